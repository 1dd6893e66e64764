"""First sessions that were needed and missed: whose, what is kept for them, who came with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal.enrolment.models import (
    STANDING,
    AttendanceMark,
    Enrolment,
    EnrolmentState,
    Mark,
    MissedFirst,
    MissedState,
    PartyMember,
    Role,
    WaitEntry,
)
from portal.enrolment.queries.waiting import BEGUN

AWAY = (Mark.ABSENT, Mark.APOLOGIES)
THERE = (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED)


@dataclass(frozen=True, slots=True)
class Missed:
    """What somebody has open: they missed a first session, and what became of it is not settled."""

    id: int
    enrolment_id: int
    run_id: int
    session_id: int
    person_id: int
    entry_id: int | None
    active: bool  # they still have their place on the run that they missed


def missing(session: Session, firsts: Mapping[int, datetime]) -> Sequence[int]:
    """Places whose student was away from the first session, and of which nothing is noted yet. One query.

    `firsts` maps those sessions to their starts. Whoever joined after it did not miss it.
    """
    rows = session.execute(
        sa.select(Enrolment.id, Enrolment.from_at, AttendanceMark.session_id)
        .join(AttendanceMark, AttendanceMark.enrolment_id == Enrolment.id)
        .where(
            AttendanceMark.session_id.in_(list(firsts)),
            AttendanceMark.mark.in_(AWAY),
            Enrolment.state.in_(THERE),
            Enrolment.role == Role.STUDENT,
            Enrolment.person_id.is_not(None),
            ~sa.exists().where(
                MissedFirst.enrolment_id == Enrolment.id,
                MissedFirst.state != MissedState.TAKEN_BACK,
            ),
        )
        .order_by(Enrolment.id)
    )
    return [place for place, since, session_id in rows if since <= firsts[session_id]]


def were_there(session: Session) -> Sequence[int]:
    """Ids of what stands although the register does not say any more that they were away. One query."""
    away = sa.exists().where(
        AttendanceMark.session_id == MissedFirst.session_id,
        AttendanceMark.enrolment_id == MissedFirst.enrolment_id,
        AttendanceMark.mark.in_(AWAY),
    )
    return session.scalars(
        sa.select(MissedFirst.id)
        .join(Enrolment, Enrolment.id == MissedFirst.enrolment_id)
        .where(MissedFirst.state.in_(STANDING), Enrolment.state.in_(THERE), ~away)
        .order_by(MissedFirst.id)
    ).all()


def looking(session: Session, run_ids: Collection[int] | None = None) -> Sequence[Missed]:
    """Those for whom nothing could be kept yet, the longest first; of some runs, or of all. One query."""
    statement = _MISSED.where(MissedFirst.state == MissedState.LOOKING)
    if run_ids is not None:
        statement = statement.where(Enrolment.run_id.in_(run_ids))
    return [_missed(row) for row in session.execute(statement)]


def waited_in_vain(session: Session) -> Sequence[Missed]:
    """Those for whom a place in a list was kept, of a run that began without them. One query."""
    statement = _MISSED.join(WaitEntry, WaitEntry.id == MissedFirst.entry_id).where(
        MissedFirst.state == MissedState.KEPT, WaitEntry.ended_why == BEGUN
    )
    return [_missed(row) for row in session.execute(statement)]


def standing_of(session: Session, person_id: int) -> Sequence[Missed]:
    """What is open for a person. One query."""
    statement = _MISSED.where(MissedFirst.state.in_(STANDING), Enrolment.person_id == person_id)
    return [_missed(row) for row in session.execute(statement)]


def standing(session: Session, missed_id: int) -> Missed | None:
    """One of them, while it is open."""
    return _one(
        session, _MISSED.where(MissedFirst.id == missed_id, MissedFirst.state.in_(STANDING))
    )


def standing_for(session: Session, enrolment_id: int) -> Missed | None:
    """What is open for a place."""
    wanted = (MissedFirst.enrolment_id == enrolment_id, MissedFirst.state.in_(STANDING))
    return _one(session, _MISSED.where(*wanted))


def instead_of(session: Session, entry_id: int) -> Missed | None:
    """The missed first session for which a wait, or its offer, is kept."""
    wanted = (MissedFirst.entry_id == entry_id, MissedFirst.state.in_(STANDING))
    return _one(session, _MISSED.where(*wanted))


def came_with(session: Session, enrolment_id: int) -> Sequence[Enrolment]:
    """The places of those who come with a student only to support them."""
    own, theirs = aliased(PartyMember), aliased(PartyMember)
    return session.scalars(
        sa.select(Enrolment)
        .join(theirs, theirs.enrolment_id == Enrolment.id)
        .join(own, own.party_id == theirs.party_id)
        .where(
            own.enrolment_id == enrolment_id,
            own.role == Role.STUDENT,
            theirs.role != Role.STUDENT,
            Enrolment.role != Role.STUDENT,
            Enrolment.state.in_(THERE),
        )
        .distinct()
        .order_by(Enrolment.id)
    ).all()


_MISSED = (
    sa.select(
        MissedFirst.id,
        MissedFirst.enrolment_id,
        Enrolment.run_id,
        MissedFirst.session_id,
        Enrolment.person_id,
        MissedFirst.entry_id,
        Enrolment.state,
    )
    .join(Enrolment, Enrolment.id == MissedFirst.enrolment_id)
    .where(Enrolment.person_id.is_not(None))
    .order_by(MissedFirst.id)
)


def _missed(
    row: sa.Row[int, int, int, int, int | None, int | None, EnrolmentState],
) -> Missed:
    missed_id, enrolment_id, run_id, session_id, person_id, entry_id, state = row
    active = state is EnrolmentState.ENROLLED
    return Missed(missed_id, enrolment_id, run_id, session_id, person_id or 0, entry_id, active)


def _one(
    session: Session,
    statement: sa.Select[int, int, int, int, int | None, int | None, EnrolmentState],
) -> Missed | None:
    row = session.execute(statement.limit(1)).one_or_none()
    return _missed(row) if row is not None else None
