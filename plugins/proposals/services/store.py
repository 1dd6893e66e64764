"""Between the tables and the rules: a proposal is read into plain values, and written back."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals import states
from plugins.proposals.events import ProposalMoved
from plugins.proposals.models import (
    Agreement,
    Contributor,
    Declaration,
    Outcome,
    Proposal,
    Relation,
    RelationState,
    Review,
    Step,
)
from plugins.proposals.policies import (
    CRITERIA,
    REVIEWS,
    SILENCE_DAYS,
    STEWARD_DAYS,
    criteria_of,
)
from plugins.proposals.states import RESTING, RefusedError, Rules, Why
from portal.audit import api as audit
from portal.plugin_api import Actor, insert_once, lock_rows, now, publish, setting

T = TypeVar("T", Contributor, Review)
ENDING = "end"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is easily misread


class GoneError(Exception):
    """There is no such thing, or not for this person."""


@dataclass(slots=True)
class Loaded:
    """A proposal's rows under their lock, and what the rules see of them."""

    row: Proposal
    people: list[Contributor]
    reviews: list[Review]
    state: states.Proposal

    def part_of(self, person_id: int | None) -> int:
        """The id of the part that somebody takes now.

        Raises:
            RefusedError: they take none.
        """
        found = self.state.of_person(person_id)
        if found is None or not found.active:
            raise RefusedError(Why.NOT_HERE)
        return found.id


def rules_of(session: Session) -> Rules:
    """The rules as the college set them."""
    return Rules(
        criteria=criteria_of(str(setting(session, CRITERIA))),
        reviews=int(setting(session, REVIEWS)),
        silence=timedelta(days=int(setting(session, SILENCE_DAYS))),
        steward=timedelta(days=int(setting(session, STEWARD_DAYS))),
    )


def new_ref() -> str:
    """A random address, which can be said on the telephone."""
    return "".join(secrets.choice(_LETTERS) for _ in range(8))


def load(session: Session, proposal_id: int) -> Loaded:
    """One proposal, locked until the transaction ends.

    Raises:
        GoneError: there is none.
    """
    return load_all(session, [proposal_id])[proposal_id]


def load_all(session: Session, ids: Collection[int]) -> dict[int, Loaded]:
    """Several, locked in order, so that two who need the same never wait for each other.

    Raises:
        GoneError: one of them is not there.
    """
    found = _loaded(session, lock_rows(session, Proposal, sorted(ids)))
    if found.keys() != set(ids):
        raise GoneError
    return found


def look(session: Session, proposal_id: int) -> states.Proposal:
    """What the rules see of one proposal, for a page that only reads.

    Raises:
        GoneError: there is none.
    """
    row = session.get(Proposal, proposal_id)
    if row is None:
        raise GoneError
    return _loaded(session, [row])[proposal_id].state


def _loaded(session: Session, found_rows: Sequence[Proposal]) -> dict[int, Loaded]:
    rows = {row.id: row for row in found_rows}
    people = _fresh(session, sa.select(Contributor).where(Contributor.proposal_id.in_(rows)))
    reviews = _fresh(session, sa.select(Review).where(Review.proposal_id.in_(rows)))
    found = {}
    for key, row in rows.items():
        mine = [one for one in people if one.proposal_id == key]
        told = [one for one in reviews if one.proposal_id == key]
        found[key] = Loaded(row, mine, told, _state(session, row, mine, told))
    return found


def _fresh(session: Session, query: sa.Select[T]) -> list[T]:
    ordered = query.order_by(sa.text("id")).execution_options(populate_existing=True)
    return list(session.scalars(ordered))


def _state(
    session: Session, row: Proposal, people: Sequence[Contributor], reviews: Sequence[Review]
) -> states.Proposal:
    declared = session.scalars(
        sa.select(Declaration.person_id).where(
            Declaration.proposal_id == row.id,
            Declaration.round == row.round,
            Declaration.person_id.is_not(None),
        )
    )
    decided = session.execute(
        sa.select(Outcome.decided_by_id, Outcome.round).where(
            Outcome.proposal_id == row.id, Outcome.decided_by_id.is_not(None)
        )
    ).all()
    ending = session.scalars(
        sa.select(Agreement.contributor_id).where(
            Agreement.contributor_id.in_([one.id for one in people]), Agreement.about == ENDING
        )
    )
    earlier = {by for by, number in decided if number < row.round}
    earlier |= {one.person_id for one in reviews if one.round < row.round}
    return states.Proposal(
        id=row.id,
        stage=row.stage,
        version=row.version,
        contributors=tuple(
            states.Contributor(one.id, one.person_id, one.perspective, left=one.left_at is not None)
            for one in people
        ),
        reviews=tuple(
            states.Review(
                one.id,
                one.person_id,
                one.perspective,
                one.confirmed,
                tuple((name, answer[0]) for name, answer in one.answers.items()),
                voided=one.voided_at is not None,
            )
            for one in reviews
        ),
        declared=frozenset(one for one in declared if one is not None),
        deciders=frozenset(by for by, number in decided if number == row.round and by is not None),
        earlier=frozenset(one for one in earlier if one is not None),
        ending=frozenset(ending),
        back_to=row.back_to,
        steward_until=row.steward_until,
    )


def save(
    session: Session,
    actor: Actor,
    loaded: Loaded,
    after: states.Proposal,
    action: str,
    *,
    details: Mapping[str, object] | None = None,
) -> None:
    """Write back what the rules made of a proposal, flushed, with its record and what others are told.

    Rows that only the rules' answer would call for (a newcomer, a review) the caller has added.
    """
    at, row, before = now(), loaded.row, loaded.state
    if after.stage is not before.stage:
        session.add(
            Step(
                proposal_id=row.id,
                stage=after.stage,
                before=before.stage,
                seconds=int((at - row.stage_since).total_seconds()),
                version=after.version,
                by_id=actor.person_id,
                at=at,
            )
        )
        if before.stage in RESTING and row.until is not None:
            row.until += at.date() - row.stage_since.date()  # no day for comments is lost by a rest
        row.stage, row.stage_since = after.stage, at
        publish(
            session,
            ProposalMoved(proposal_id=row.id, stage=after.stage.value, before=before.stage.value),
        )
    row.back_to, row.steward_until, row.version = after.back_to, after.steward_until, after.version
    _save_people(loaded, after, at)
    reviews = {one.id: one for one in loaded.reviews}
    for review in after.reviews:
        if review.id in reviews:
            _save_review(reviews[review.id], review, at)
    session.flush()
    for key in sorted(after.ending - before.ending):
        insert_once(session, Agreement, contributor_id=key, about=ENDING, at=at)
    _take_back(session, sorted(before.ending - after.ending))
    audit.record(session, actor, action, ("proposal", row.id), details=details)
    loaded.state = after


def forget_ending(session: Session, loaded: Loaded) -> None:
    """Nobody's yes to ending it counts any more, as after `states.merge`."""
    _take_back(session, sorted(loaded.state.ending))
    loaded.state = replace(loaded.state, ending=frozenset())


def _take_back(session: Session, parts: Sequence[int]) -> None:
    """Their yes to ending it is none any more."""
    if parts:
        theirs = Agreement.contributor_id.in_(parts)
        session.execute(sa.delete(Agreement).where(theirs, Agreement.about == ENDING))


def _save_people(loaded: Loaded, after: states.Proposal, at: datetime) -> None:
    people = {one.id: one for one in loaded.people}
    for one in after.contributors:
        row = people.get(one.id)
        if row is None:
            continue
        row.person_id, row.perspective = one.person_id, one.perspective
        if not one.left:
            row.left_at = None
        elif row.left_at is None:
            row.left_at = at


def _save_review(row: Review, after: states.Review, at: datetime) -> None:
    row.person_id, row.confirmed = after.person_id, after.confirmed
    if after.voided and row.voided_at is None:
        row.voided_at = at


def merged_into(session: Session) -> dict[int, int]:
    """Which proposal went into which."""
    found = session.execute(
        sa.select(Relation.source_id, Relation.target_id).where(
            Relation.state == RelationState.MERGED
        )
    )
    return dict(found.all())


def with_id(state: states.Proposal, new_id: int) -> states.Proposal:
    """The newcomer or new review that the rules were asked about as number 0, under the id of its row."""
    return replace(
        state,
        contributors=tuple(
            replace(one, id=new_id) if one.id == 0 else one for one in state.contributors
        ),
        reviews=tuple(replace(one, id=new_id) if one.id == 0 else one for one in state.reviews),
    )
