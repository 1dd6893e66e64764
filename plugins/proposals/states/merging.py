"""Two proposals become one, when everybody of both says yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from plugins.proposals.states.steps import join
from plugins.proposals.states.values import LIVING, Proposal, RefusedError, Rules, Stage, Why


@dataclass(frozen=True, slots=True)
class Merge:
    """That one proposal goes into another was asked at an instant; `yes` holds contributors of both."""

    id: int
    source: int
    target: int
    asked_at: datetime
    yes: frozenset[int] = frozenset()

    def is_over(self, at: datetime, rules: Rules) -> bool:
        """True when whoever has not answered by now has not said yes."""
        return at >= self.asked_at + rules.silence


def ask_to_merge(
    merge_id: int, source: Proposal, target: Proposal, merged: Mapping[int, int], *, at: datetime
) -> Merge:
    """That `source` goes into `target`. `merged` says which went into which before.

    Raises:
        RefusedError: SELF, STAGE, CYCLE, NOT_HERE where nobody could say yes.
    """
    if source.id == target.id:
        raise RefusedError(Why.SELF)
    _check_fit(source, target, merged)
    return Merge(merge_id, source.id, target.id, at)


def _check_fit(source: Proposal, target: Proposal, merged: Mapping[int, int]) -> None:
    step: int | None = target.id
    seen: set[int] = set()
    while step is not None and step not in seen:
        seen.add(step)
        step = merged.get(step)
        if step == source.id:
            raise RefusedError(Why.CYCLE)
    if source.stage not in LIVING or target.stage not in LIVING:
        raise RefusedError(Why.STAGE)
    if not source.active or not target.active:
        raise RefusedError(Why.NOT_HERE)


def agree_to_merge(
    asked: Merge,
    source: Proposal,
    target: Proposal,
    contributor_id: int,
    *,
    at: datetime,
    rules: Rules,
) -> Merge:
    """With one more yes.

    Raises:
        RefusedError: NOT_HERE, or STAGE where it is too late.
    """
    if not source.is_active(contributor_id) and not target.is_active(contributor_id):
        raise RefusedError(Why.NOT_HERE)
    if asked.is_over(at, rules):
        raise RefusedError(Why.STAGE)
    return replace(asked, yes=asked.yes | {contributor_id})


def take_back_merge(asked: Merge, contributor_id: int) -> Merge:
    """Without the yes of somebody, who may take it back as long as nothing was done."""
    return replace(asked, yes=asked.yes - {contributor_id})


def is_agreed(asked: Merge, source: Proposal, target: Proposal) -> bool:
    """True when everybody who takes part in either has said yes: somebody in both, in each."""
    return all(one.id in asked.yes for one in (*source.active, *target.active))


def merge(
    asked: Merge,
    source: Proposal,
    target: Proposal,
    merged: Mapping[int, int],
    newcomers: Mapping[int, int],
    *,
    at: datetime,
    rules: Rules,
) -> tuple[Proposal, Proposal]:
    """(source, target) afterwards: whoever made the one makes the other too, and is credited in both. A yes
    to ending the target is none any more.

    `newcomers` are the ids that people of the source have in the target, by person.

    Raises:
        RefusedError: CYCLE, STAGE, NOT_HERE, or CONSENT where a yes is missing.
    """
    _check_fit(source, target, merged)
    if asked.is_over(at, rules):
        raise RefusedError(Why.STAGE)
    if not is_agreed(asked, source, target):
        raise RefusedError(Why.CONSENT)
    for one in source.active:
        there = target.of_person(one.person_id)
        if one.person_id is not None and (there is None or not there.active):
            key = there.id if there else newcomers[one.person_id]
            target = join(target, key, one.person_id, one.perspective, agreed=True)
    # Whoever agreed to end it agreed to end another idea, and has said since that this one goes on.
    target = replace(target, ending=frozenset())
    return replace(source, stage=Stage.MERGED, back_to=None), target
