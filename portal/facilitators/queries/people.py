"""Who leads or wants to, with what is on record and when they can: for lists and single pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal.facilitators.models import (
    Away,
    Clearance,
    ClearanceKind,
    DebriefNote,
    Facilitator,
    HandAbout,
    RaisedHand,
    SessionPlan,
    Stage,
)
from portal.vault import unseal


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody in the list of those who lead or want to."""

    person_id: int
    stage: Stage
    since: datetime
    max_a_week: int


@dataclass(frozen=True, slots=True)
class OnRecord:
    """The latest of its kind that was checked for somebody; `valid_to` None has no end."""

    id: int
    person_id: int
    kind: ClearanceKind
    valid_to: date | None
    recorded_by_id: int | None
    recorded_at: datetime


def is_facilitator(session: Session, person_id: int) -> bool:
    """Whether somebody leads, or is on the way to it."""
    found = sa.select(Facilitator.person_id).where(
        Facilitator.person_id == person_id, Facilitator.stage != Stage.LEFT
    )
    return session.scalar(found) is not None


def everybody(session: Session) -> Sequence[PersonLine]:
    """Everybody with a record, whoever leads sessions first. One query."""
    order = sa.case(
        {stage.value: place for place, stage in enumerate(_ORDER)}, value=Facilitator.stage
    )
    rows = session.execute(
        sa.select(
            Facilitator.person_id, Facilitator.stage, Facilitator.since, Facilitator.max_a_week
        ).order_by(order, Facilitator.person_id)
    )
    return [PersonLine(*row) for row in rows]


_ORDER = (
    Stage.ACTIVE,
    Stage.RESTING,
    Stage.SHADOWING,
    Stage.TRAINED,
    Stage.CHECKS,
    Stage.INTERESTED,
    Stage.LEFT,
)


def latest_clearances(
    session: Session, *, person_id: int | None = None, ends_by: date | None = None
) -> Sequence[OnRecord]:
    """What counts for each person and kind: the one that lasts longest. One query.

    Of one person, and only what ends by a day, when they are given; whoever has left is not in it.
    """
    longer = aliased(Clearance)
    renewed = sa.exists().where(
        longer.person_id == Clearance.person_id,
        longer.kind == Clearance.kind,
        sa.or_(
            sa.and_(longer.valid_to.is_(None), Clearance.valid_to.is_not(None)),
            longer.valid_to > Clearance.valid_to,
            sa.and_(
                longer.valid_to.is_not_distinct_from(Clearance.valid_to), longer.id > Clearance.id
            ),
        ),
    )
    statement = (
        sa.select(
            Clearance.id,
            Clearance.person_id,
            Clearance.kind,
            Clearance.valid_to,
            Clearance.recorded_by_id,
            Clearance.recorded_at,
        )
        .join(Facilitator, Facilitator.person_id == Clearance.person_id)
        .where(Facilitator.stage != Stage.LEFT, ~renewed)
        .order_by(Clearance.valid_to, Clearance.id)
    )
    if person_id is not None:
        statement = statement.where(Clearance.person_id == person_id)
    if ends_by is not None:
        statement = statement.where(Clearance.valid_to <= ends_by)
    return [OnRecord(*row) for row in session.execute(statement)]


def is_renewed(session: Session, one: Clearance) -> bool:
    """Whether another of the same kind lasts longer."""
    return not any(
        one.id == latest.id for latest in latest_clearances(session, person_id=one.person_id)
    )


def away_of(session: Session, person_id: int, today: date) -> Sequence[Away]:
    """The days that somebody is away, from today on, the next first."""
    found = sa.select(Away).where(Away.person_id == person_id, Away.last_day >= today)
    return session.scalars(found.order_by(Away.first_day, Away.id)).all()


@dataclass(frozen=True, slots=True)
class Note:
    """How a session went, in the words of one of those who led it."""

    person_id: int
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Hand:
    """A raised hand, opened for a coordinator; `words` may be empty."""

    session_id: int
    person_id: int
    about: HandAbout
    words: str


def notes_of(session: Session, session_id: int) -> Sequence[Note]:
    """How a session went, in the order it was written. One query. Whoever shows it has asked who reads it.

    Raises:
        VaultError: one of them does not open.
    """
    found = sa.select(DebriefNote).where(DebriefNote.session_id == session_id)
    return [
        Note(one.person_id, one.at, unseal(session, DebriefNote.words, one.uid, one.words))
        for one in session.scalars(found.order_by(DebriefNote.at))
    ]


def raised_hand(session: Session, hand_id: int) -> Hand | None:
    """One raised hand, if it is still kept.

    Raises:
        VaultError: its words do not open.
    """
    one = session.get(RaisedHand, hand_id)
    if one is None:
        return None
    words = unseal(session, RaisedHand.words, one.uid, one.words)
    return Hand(one.session_id, one.person_id, one.about, words)


def plan_of(session: Session, session_id: int) -> SessionPlan | None:
    """What is planned for a session; None while nobody has written anything."""
    return session.get(SessionPlan, session_id)


def hands_of(session: Session, person_id: int) -> Sequence[tuple[RaisedHand, str]]:
    """The hands that somebody raised, each with its words."""
    mine = sa.select(RaisedHand).where(RaisedHand.person_id == person_id).order_by(RaisedHand.id)
    return [
        (one, unseal(session, RaisedHand.words, one.uid, one.words))
        for one in session.scalars(mine)
    ]


def notes_by(session: Session, person_id: int) -> Sequence[tuple[DebriefNote, str]]:
    """The notes that somebody wrote, each with its words."""
    mine = sa.select(DebriefNote).where(DebriefNote.person_id == person_id).order_by(DebriefNote.id)
    return [
        (one, unseal(session, DebriefNote.words, one.uid, one.words))
        for one in session.scalars(mine)
    ]
