"""Reviews, when they decide and when they begin a conversation instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median

from plugins.proposals.states.values import (
    ADOPTED,
    GROUPS,
    Group,
    Perspective,
    Proposal,
    RefusedError,
    Review,
    Rules,
    Stage,
    Why,
)

BANDS = range(4)
APART = 1  # this far between the medians of the groups is a reason to talk
REVIEWED_IN = frozenset({Stage.REVIEW, Stage.CONVERSATION})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the reviews add up to. `missing` counts the reviews that each group still needs; `gaps` are the
    medians of the groups, (experience, knowledge), by criterion, where both have any.
    """

    missing: Mapping[Group, int]
    gaps: Mapping[str, tuple[float, float]]
    apart: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Both groups have been heard."""
        return not any(self.missing.values())

    @property
    def decides(self) -> bool:
        """A decision may be made: both groups were heard, and see it alike."""
        return self.enough and not self.apart


def counts(proposal: Proposal, review: Review) -> bool:
    """True for a review that its reviewer stands by for the present version."""
    return not review.voided and review.confirmed == proposal.version


def verdict(proposal: Proposal, rules: Rules) -> Verdict:
    """What the reviews that count add up to: those that answer each question which the college asks now."""
    told: dict[Group, list[Review]] = {group: [] for group in Group}
    for one in proposal.reviews:
        if counts(proposal, one) and dict(one.bands).keys() >= set(rules.criteria):
            told[GROUPS[one.perspective]].append(one)
    needed = max(1, rules.reviews)
    gaps = {}
    for criterion in rules.criteria:
        bands = [
            [dict(one.bands)[criterion] for one in told[group] if criterion in dict(one.bands)]
            for group in Group
        ]
        if all(bands):
            gaps[criterion] = (float(median(bands[0])), float(median(bands[1])))
    return Verdict(
        missing={group: max(0, needed - len(told[group])) for group in Group},
        gaps=gaps,
        apart=tuple(name for name, (one, other) in gaps.items() if abs(one - other) >= APART),
    )


def _check_outside(proposal: Proposal, person_id: int) -> None:
    """Whoever makes it, or made it, does not judge it; after an appeal, nor do those who judged before."""
    if proposal.of_person(person_id) is not None:
        raise RefusedError(Why.CONTRIBUTOR)
    if person_id in proposal.earlier:
        raise RefusedError(Why.SAME_PEOPLE)


def declare(proposal: Proposal, person_id: int) -> Proposal:
    """With somebody who said what interests they have: the text opens for them.

    Raises:
        RefusedError: STAGE, CONTRIBUTOR, SAME_PEOPLE.
    """
    if proposal.stage not in REVIEWED_IN:
        raise RefusedError(Why.STAGE)
    _check_outside(proposal, person_id)
    return replace(proposal, declared=proposal.declared | {person_id})


def review(
    proposal: Proposal,
    review_id: int,
    person_id: int,
    perspective: Perspective,
    bands: Mapping[str, int],
    *,
    rules: Rules,
    read: int | None = None,
) -> Proposal:
    """With what somebody says of the present version; instead of what they said before, if they did.

    `read` is the version that they had before their eyes.

    Raises:
        RefusedError: STAGE, CONTRIBUTOR, SAME_PEOPLE, UNDECLARED, CHANGED, CRITERIA.
    """
    if proposal.stage not in REVIEWED_IN:
        raise RefusedError(Why.STAGE)
    _check_outside(proposal, person_id)
    if person_id not in proposal.declared:
        raise RefusedError(Why.UNDECLARED)
    _check_read(proposal, read)
    if set(bands) != set(rules.criteria) or any(band not in BANDS for band in bands.values()):
        raise RefusedError(Why.CRITERIA)
    said = Review(review_id, person_id, perspective, proposal.version, tuple(bands.items()))
    others = tuple(one for one in proposal.reviews if one.id != review_id)
    return replace(proposal, reviews=(*others, said))


def _check_read(proposal: Proposal, read: int | None) -> None:
    if read is not None and read != proposal.version:
        raise RefusedError(Why.CHANGED)


def confirm(proposal: Proposal, person_id: int, *, read: int | None = None) -> Proposal:
    """With a reviewer who stands by what they said, for the version of now, which is the one they `read`.

    Raises:
        RefusedError: STAGE; UNDECLARED, where they have said nothing that could count; CHANGED.
    """
    if proposal.stage not in REVIEWED_IN:
        raise RefusedError(Why.STAGE)
    if not any(one.person_id == person_id and not one.voided for one in proposal.reviews):
        raise RefusedError(Why.UNDECLARED)
    _check_read(proposal, read)
    reviews = tuple(
        replace(one, confirmed=proposal.version)
        if one.person_id == person_id and not one.voided
        else one
        for one in proposal.reviews
    )
    return replace(proposal, reviews=reviews)


def converse(proposal: Proposal, rules: Rules) -> Proposal:
    """In conversation, since both groups were heard and see it differently.

    Raises:
        RefusedError: STAGE, REVIEWS, TOGETHER.
    """
    if proposal.stage is not Stage.REVIEW:
        raise RefusedError(Why.STAGE)
    found = verdict(proposal, rules)
    if not found.enough:
        raise RefusedError(Why.REVIEWS)
    if not found.apart:
        raise RefusedError(Why.TOGETHER)
    return replace(proposal, stage=Stage.CONVERSATION)


def return_to_review(proposal: Proposal) -> Proposal:
    """Back in review, once they have talked.

    Raises:
        RefusedError: STAGE.
    """
    if proposal.stage is not Stage.CONVERSATION:
        raise RefusedError(Why.STAGE)
    return replace(proposal, stage=Stage.REVIEW)


def decide(
    proposal: Proposal,
    person_id: int,
    outcome: Stage,
    *,
    rules: Rules,
    reasons: Mapping[str, str] | None = None,
    change: str = "",
    contact: str = "",
) -> Proposal:
    """Decided. `not now` says why for each criterion, what would change the answer, and who can be asked.

    Raises:
        RefusedError: STAGE, CONTRIBUTOR, SAME_PEOPLE, REVIEWS, APART, REASONS.
    """
    if proposal.stage is not Stage.REVIEW or outcome not in ADOPTED | {Stage.NOT_NOW}:
        raise RefusedError(Why.STAGE)
    _check_outside(proposal, person_id)
    found = verdict(proposal, rules)
    if not found.enough:
        raise RefusedError(Why.REVIEWS)
    if found.apart:
        raise RefusedError(Why.APART)
    if outcome is Stage.NOT_NOW:
        given = {name for name, words in (reasons or {}).items() if words.strip()}
        if not given.issuperset(rules.criteria) or not change.strip() or not contact.strip():
            raise RefusedError(Why.REASONS)
    if outcome is Stage.ADOPTED_CHANGED and not change.strip():
        raise RefusedError(Why.REASONS)
    return replace(proposal, stage=outcome, deciders=proposal.deciders | {person_id})


def appeal(proposal: Proposal, contributor_id: int) -> Proposal:
    """In review again, by others. What was said before is kept, and does not count.

    Raises:
        RefusedError: STAGE, NOT_HERE.
    """
    if not proposal.is_active(contributor_id):
        raise RefusedError(Why.NOT_HERE)
    if proposal.stage is not Stage.NOT_NOW:
        raise RefusedError(Why.STAGE)
    judges = {one.person_id for one in proposal.reviews if one.person_id is not None}
    return replace(
        proposal,
        stage=Stage.REVIEW,
        reviews=tuple(replace(one, voided=True) for one in proposal.reviews),
        declared=frozenset(),
        deciders=frozenset(),
        earlier=proposal.earlier | judges | proposal.deciders,
    )
