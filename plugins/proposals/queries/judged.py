"""What waits for reviewers and for a decision, and what reviewers said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals.models import (
    Contributor,
    Conversation,
    Declaration,
    Proposal,
    Review,
    Step,
)
from plugins.proposals.queries.scope import names
from plugins.proposals.states import GROUPS, Group, Perspective, Stage
from portal.plugin_api import Actor


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal in review, for somebody who may look at it. `mine`: what they have said of it so far: "" for
    nothing, "declared", "older" where the text or the questions have changed since, "said".
    """

    ref: str
    title: str
    stage: Stage
    since: datetime
    mine: str
    counts: Mapping[Group, int]


def waiting(session: Session, actor: Actor, asked: Collection[str]) -> list[Waiting]:
    """What is in review and not made by the actor, what has waited longest first. Three queries.

    It waits since it came from those who make it, or from an appeal: no pause and no conversation costs it
    its place.
    """
    made = sa.select(Contributor.proposal_id).where(Contributor.person_id == actor.person_id)
    came = sa.select(sa.func.max(Step.at)).where(
        Step.proposal_id == Proposal.id,
        Step.stage == Stage.REVIEW,
        Step.before.in_([Stage.OPEN, Stage.NOT_NOW]),
    )
    since = sa.func.coalesce(came.scalar_subquery(), Proposal.stage_since)
    rows = session.execute(
        sa.select(Proposal, since)
        .where(Proposal.stage.in_([Stage.REVIEW, Stage.CONVERSATION]), Proposal.id.not_in(made))
        .order_by(since, Proposal.id)
        .limit(100)
    ).all()
    versions = {row.id: row.version for row, _since in rows}
    reviews: dict[int, list[Review]] = {}
    for one in session.scalars(
        sa.select(Review).where(Review.proposal_id.in_(versions), Review.voided_at.is_(None))
    ):
        reviews.setdefault(one.proposal_id, []).append(one)
    rounds = sa.select(Declaration.proposal_id, Declaration.round).where(
        Declaration.person_id == actor.person_id, Declaration.proposal_id.in_(versions)
    )
    declared = {(key, number) for key, number in session.execute(rounds)}
    found = []
    for row, came_at in rows:
        told = reviews.get(row.id, [])
        said = next((one for one in told if one.person_id == actor.person_id), None)
        mine = "declared" if (row.id, row.round) in declared else ""
        if said is not None:
            mine = "said" if _stands(said, row, asked) else "older"
        fresh = [GROUPS[one.perspective] for one in told if _stands(one, row, asked)]
        counts = {group: fresh.count(group) for group in Group}
        found.append(Waiting(row.ref, row.title, row.stage, came_at, mine, counts))
    return found


def _stands(one: Review, row: Proposal, asked: Collection[str]) -> bool:
    """It is of the text of now, and answers each question of now."""
    return one.confirmed == row.version and one.answers.keys() >= set(asked)


@dataclass(frozen=True, slots=True)
class Said:
    """One review. `who`, `interests` and `employer` are for whoever decides, and empty for others."""

    perspective: Perspective
    answers: Mapping[str, tuple[int, str]]
    counts: bool
    at: datetime
    who: str = ""
    interests: str = ""
    employer: str = ""


def said_of(
    session: Session, proposal_id: int, asked: Collection[str], *, named: bool
) -> list[Said]:
    """What reviewers said, voided ones left out. Four queries at most."""
    row = session.get_one(Proposal, proposal_id)
    reviews = session.scalars(
        sa.select(Review)
        .where(Review.proposal_id == proposal_id, Review.voided_at.is_(None))
        .order_by(Review.id)
    ).all()
    people = names(session, [one.person_id for one in reviews]) if named else {}
    declared: dict[int | None, Declaration] = {}
    if named:
        rows = sa.select(Declaration).where(
            Declaration.proposal_id == proposal_id, Declaration.round == row.round
        )
        declared = {one.person_id: one for one in session.scalars(rows)}
    found = []
    for one in reviews:
        person = people.get(one.person_id or 0)
        said = declared.get(one.person_id) if one.person_id else None
        found.append(
            Said(
                perspective=one.perspective,
                answers={key: (int(said[0]), str(said[1])) for key, said in one.answers.items()},
                counts=_stands(one, row, asked),
                at=one.at,
                who=person.name if person else "",
                interests=said.interests if said else "",
                employer=said.employer if said else "",
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class MyReview:
    """How far the reader is with a proposal: what they declared as, and said."""

    declared: Perspective | None
    answers: Mapping[str, tuple[int, str]]
    confirmed: int


def my_review(session: Session, proposal_id: int, person_id: int | None) -> MyReview:
    """The reader's own declaration and review in this round."""
    declared = session.scalar(
        sa.select(Declaration.perspective)
        .join(Proposal, Proposal.id == Declaration.proposal_id)
        .where(
            Declaration.proposal_id == proposal_id,
            Declaration.person_id == person_id,
            Declaration.round == Proposal.round,
        )
    )
    review = session.scalar(
        sa.select(Review).where(
            Review.proposal_id == proposal_id,
            Review.person_id == person_id,
            Review.voided_at.is_(None),
        )
    )
    if review is None:
        return MyReview(declared, {}, 0)
    answers = {key: (int(said[0]), str(said[1])) for key, said in review.answers.items()}
    return MyReview(declared, answers, review.confirmed)


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation between the two sides."""

    opened_at: datetime
    closed_at: datetime | None
    criteria: Sequence[str]
    words: str


def talks(session: Session, proposal_id: int) -> list[Talk]:
    """Every conversation, the latest last."""
    rows = session.scalars(
        sa.select(Conversation)
        .where(Conversation.proposal_id == proposal_id)
        .order_by(Conversation.id)
    )
    return [Talk(one.opened_at, one.closed_at, list(one.criteria), one.words) for one in rows]
