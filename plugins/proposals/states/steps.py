"""Taking part, writing, and the steps that those who make a proposal take by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from plugins.proposals.states.values import (
    ADOPTED,
    GROUPS,
    LIVING,
    OVER,
    WITH_TEXT,
    Contributor,
    Group,
    Perspective,
    Proposal,
    RefusedError,
    Rules,
    Stage,
    Why,
)

JOINED_IN = frozenset(Stage) - OVER
ENDED_FROM = LIVING | {Stage.PAUSED, Stage.STEWARD, Stage.NOT_NOW}
FORWARD: Mapping[Stage, Stage] = {
    Stage.IDEA: Stage.DRAFTING,
    Stage.DRAFTING: Stage.OPEN,
    Stage.OPEN: Stage.REVIEW,
}
AFTERWARDS: Mapping[Stage, tuple[Stage, ...]] = {
    **dict.fromkeys(ADOPTED, (Stage.DELIVERY,)),
    Stage.DELIVERY: (Stage.EVALUATION,),
    Stage.EVALUATION: (Stage.IMPROVEMENT,),
    Stage.IMPROVEMENT: (Stage.DRAFTING, Stage.RETIRED),
}


def join(
    proposal: Proposal,
    contributor_id: int,
    person_id: int,
    perspective: Perspective,
    *,
    agreed: bool,
) -> Proposal:
    """With somebody more who makes it. Whoever left may come back: `contributor_id` is then their old one.

    Where nobody was there any more, it goes on. What they reviewed does not count from now on.

    Raises:
        RefusedError: STAGE, CONSENT, JOINED.
    """
    if proposal.stage not in JOINED_IN:
        raise RefusedError(Why.STAGE)
    if not agreed:
        raise RefusedError(Why.CONSENT)
    before = proposal.of_person(person_id)
    if before is not None and before.active:
        raise RefusedError(Why.JOINED)
    if before is None:
        newcomer = Contributor(contributor_id, person_id, perspective)
        contributors = (*proposal.contributors, newcomer)
    else:
        contributors = tuple(
            replace(one, left=False, perspective=perspective) if one is before else one
            for one in proposal.contributors
        )
    reviews = tuple(
        replace(one, voided=True) if one.person_id == person_id else one for one in proposal.reviews
    )
    ending = proposal.ending - {before.id} if before is not None else proposal.ending
    joined = replace(proposal, contributors=contributors, reviews=reviews, ending=ending)
    if proposal.stage is Stage.STEWARD:
        stage = proposal.back_to or Stage.IDEA
        joined = replace(joined, stage=stage, back_to=None, steward_until=None)
    return joined


def leave(proposal: Proposal, contributor_id: int, *, at: datetime, rules: Rules) -> Proposal:
    """Without somebody who leaves; what they gave stays, and so does their credit.

    Raises:
        RefusedError: NOT_HERE.
    """
    _check_here(proposal, contributor_id)
    contributors = tuple(
        replace(one, left=True) if one.id == contributor_id else one
        for one in proposal.contributors
    )
    return _without_them(replace(proposal, contributors=contributors), at, rules)


def erase(proposal: Proposal, person_id: int, *, at: datetime, rules: Rules) -> Proposal:
    """With somebody's name gone from everything, and the number of everything as it was."""
    contributors = tuple(
        replace(one, person_id=None, left=True) if one.person_id == person_id else one
        for one in proposal.contributors
    )
    reviews = tuple(
        replace(one, person_id=None) if one.person_id == person_id else one
        for one in proposal.reviews
    )
    gone = frozenset((person_id,))
    erased = replace(
        proposal,
        contributors=contributors,
        reviews=reviews,
        declared=proposal.declared - gone,
        deciders=proposal.deciders - gone,
        earlier=proposal.earlier - gone,
    )
    return _without_them(erased, at, rules) if contributors != proposal.contributors else erased


def _without_them(proposal: Proposal, at: datetime, rules: Rules) -> Proposal:
    """Nobody is left: somebody is looked for. What waits for others already is left where it is."""
    if proposal.active or proposal.stage not in LIVING | {Stage.PAUSED}:
        return proposal
    back_to = proposal.back_to if proposal.stage is Stage.PAUSED else proposal.stage
    return replace(proposal, stage=Stage.STEWARD, back_to=back_to, steward_until=at + rules.steward)


def steward_over(proposal: Proposal, *, at: datetime) -> Proposal:
    """Paused, when nobody was found in time; as it is otherwise."""
    until = proposal.steward_until
    if proposal.stage is not Stage.STEWARD or until is None or at < until:
        return proposal
    return replace(proposal, stage=Stage.PAUSED, steward_until=None)


def take_step(proposal: Proposal, contributor_id: int) -> Proposal:
    """One step on: from an idea to drafting, to everybody's comments, to review.

    Raises:
        RefusedError: STAGE, NOT_HERE, PERSPECTIVES.
    """
    _check_here(proposal, contributor_id)
    if proposal.stage not in FORWARD:
        raise RefusedError(Why.STAGE)
    if proposal.stage is Stage.DRAFTING and missing_perspectives(proposal):
        raise RefusedError(Why.PERSPECTIVES)
    return replace(proposal, stage=FORWARD[proposal.stage])


def missing_perspectives(proposal: Proposal) -> frozenset[Group]:
    """Of which side nobody takes part who may end the drafting."""
    return missing_among(frozenset(one.perspective for one in proposal.active))


def missing_among(here: frozenset[Perspective]) -> frozenset[Group]:
    """What these perspectives lack: lived experience; a profession or the subject."""
    missing = set()
    if Perspective.LIVED not in here:
        missing.add(Group.EXPERIENCE)
    if all(GROUPS[one] is not Group.KNOWLEDGE for one in here):
        missing.add(Group.KNOWLEDGE)
    return frozenset(missing)


def revise(proposal: Proposal, contributor_id: int) -> Proposal:
    """With a new version of the text: reviews of the one before wait for their reviewers.

    Raises:
        RefusedError: STAGE, NOT_HERE.
    """
    _check_here(proposal, contributor_id)
    if proposal.stage not in WITH_TEXT:
        raise RefusedError(Why.STAGE)
    return replace(proposal, version=proposal.version + 1)


def pause(proposal: Proposal, contributor_id: int) -> Proposal:
    """Resting, with everything as it is.

    Raises:
        RefusedError: STAGE, NOT_HERE.
    """
    _check_here(proposal, contributor_id)
    if proposal.stage not in LIVING:
        raise RefusedError(Why.STAGE)
    return replace(proposal, stage=Stage.PAUSED, back_to=proposal.stage)


def resume(proposal: Proposal, contributor_id: int) -> Proposal:
    """Where it was before the pause.

    Raises:
        RefusedError: STAGE, NOT_HERE.
    """
    _check_here(proposal, contributor_id)
    if proposal.stage is not Stage.PAUSED or proposal.back_to is None:
        raise RefusedError(Why.STAGE)
    return replace(proposal, stage=proposal.back_to, back_to=None)


def agree_to_withdraw(proposal: Proposal, contributor_id: int) -> Proposal:
    """With one more who would end it; withdrawn, once it is everybody who takes part.

    Raises:
        RefusedError: STAGE, NOT_HERE.
    """
    _check_here(proposal, contributor_id)
    if proposal.stage not in ENDED_FROM:
        raise RefusedError(Why.STAGE)
    ending = proposal.ending | {contributor_id}
    if all(one.id in ending for one in proposal.active):
        return replace(
            proposal, ending=ending, stage=Stage.WITHDRAWN, back_to=None, steward_until=None
        )
    return replace(proposal, ending=ending)


def keep_going(proposal: Proposal, contributor_id: int) -> Proposal:
    """With a yes to ending it taken back.

    Raises:
        RefusedError: NOT_HERE.
    """
    _check_here(proposal, contributor_id)
    return replace(proposal, ending=proposal.ending - {contributor_id})


def advance(proposal: Proposal, to: Stage) -> Proposal:
    """A step in the life of the course that it became; back to drafting for its next version.

    Raises:
        RefusedError: STAGE; NOT_HERE, where nobody is there to draft it.
    """
    if to not in AFTERWARDS.get(proposal.stage, ()):
        raise RefusedError(Why.STAGE)
    if to is Stage.DRAFTING:
        if not proposal.active:
            raise RefusedError(Why.NOT_HERE)
        return replace(proposal, stage=to, version=proposal.version + 1)
    return replace(proposal, stage=to)


def write_again(proposal: Proposal, contributor_id: int) -> Proposal:
    """Back in drafting after a "not now", once something has changed: a new version, which is looked at anew.

    Raises:
        RefusedError: STAGE, NOT_HERE.
    """
    _check_here(proposal, contributor_id)
    if proposal.stage is not Stage.NOT_NOW:
        raise RefusedError(Why.STAGE)
    return replace(proposal, stage=Stage.DRAFTING, version=proposal.version + 1)


def _check_here(proposal: Proposal, contributor_id: int) -> None:
    if not proposal.is_active(contributor_id):
        raise RefusedError(Why.NOT_HERE)
