"""What a register shows: who has a place, what is marked, and on which version of each mark. Few queries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal.enrolment.models import (
    AttendanceMark,
    Enrolment,
    Mark,
    MarkChange,
    MarkedHow,
    Role,
    ShareableNeed,
    TakesPart,
    Visitor,
)
from portal.enrolment.queries.needs import shared_words
from portal.enrolment.queries.runs import ON_ROSTER

# By the person, or because they take a break: nobody is told which of the two.
SENT_AHEAD = (MarkedHow.AHEAD, MarkedHow.PAUSE)


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One place and its mark in one session. `version` is what the next change is based on; 0 is none."""

    enrolment_id: int
    person_id: int | None
    guest_name: str
    role: Role
    mode: TakesPart
    from_at: datetime
    mark: Mark | None
    by_id: int | None
    at: datetime | None
    version: int
    ahead: bool  # apologies that came before the session, and that nobody has changed since


@dataclass(frozen=True, slots=True)
class VisitorLine:
    """Somebody who was welcomed to one session without a place."""

    person_id: int | None
    guest_name: str


@dataclass(frozen=True, slots=True)
class Count:
    """How far a register is: marks made, and places it is for."""

    marked: int
    places: int


@dataclass(frozen=True, slots=True)
class NeedLine:
    """What somebody shared with those who lead the run."""

    enrolment_id: int
    person_id: int | None
    guest_name: str
    words: str
    updated_at: datetime


def lines(
    session: Session, run_id: int, session_id: int, only: Collection[int] | None = None
) -> Sequence[RegisterLine]:
    """Everybody with a place on the run, in the order they came; `only` some of the places. One query."""
    latest, change = aliased(MarkChange), aliased(MarkChange)
    version = (
        sa.select(sa.func.max(latest.id))
        .where(latest.session_id == session_id, latest.enrolment_id == Enrolment.id)
        .correlate(Enrolment)
        .scalar_subquery()
    )
    statement = (
        sa.select(
            Enrolment.id,
            Enrolment.person_id,
            Enrolment.guest_name,
            Enrolment.role,
            Enrolment.mode,
            Enrolment.from_at,
            AttendanceMark.mark,
            AttendanceMark.by_id,
            AttendanceMark.at,
            sa.func.coalesce(change.id, 0),
            sa.func.coalesce(
                sa.and_(AttendanceMark.mark == Mark.APOLOGIES, change.how.in_(SENT_AHEAD)),
                sa.false(),
            ),
        )
        .select_from(Enrolment)
        .outerjoin(change, change.id == version)
        .outerjoin(
            AttendanceMark,
            sa.and_(
                AttendanceMark.enrolment_id == Enrolment.id,
                AttendanceMark.session_id == session_id,
            ),
        )
        .where(Enrolment.run_id == run_id, Enrolment.state.in_(ON_ROSTER))
        .order_by(Enrolment.id)
    )
    if only is not None:
        statement = statement.where(Enrolment.id.in_(only))
    return [RegisterLine(*row) for row in session.execute(statement)]


def visitors(session: Session, session_id: int) -> Sequence[VisitorLine]:
    """Who was welcomed without a place. One query."""
    rows = session.execute(
        sa.select(Visitor.person_id, Visitor.guest_name)
        .where(Visitor.session_id == session_id)
        .order_by(Visitor.id)
    )
    return [VisitorLine(*row) for row in rows]


def counts(session: Session, sessions: dict[int, tuple[int, datetime]]) -> dict[int, Count]:
    """How far registers are, by session; `sessions` maps an id to run and start. Two queries."""
    marked: dict[int, int] = dict(
        session.execute(
            sa.select(AttendanceMark.session_id, sa.func.count())
            .join(Enrolment, Enrolment.id == AttendanceMark.enrolment_id)
            .where(AttendanceMark.session_id.in_(sessions), Enrolment.state.in_(ON_ROSTER))
            .group_by(AttendanceMark.session_id)
        ).all()
    )
    joined: dict[int, list[datetime]] = {}
    for run_id, since in session.execute(
        sa.select(Enrolment.run_id, Enrolment.from_at).where(
            Enrolment.run_id.in_({run_id for run_id, _ in sessions.values()}),
            Enrolment.state.in_(ON_ROSTER),
        )
    ):
        joined.setdefault(run_id, []).append(since)
    return {
        session_id: Count(
            marked.get(session_id, 0),
            sum(1 for since in joined.get(run_id, ()) if since <= starts_at),
        )
        for session_id, (run_id, starts_at) in sessions.items()
    }


def marks_of(session: Session, enrolment_id: int) -> dict[int, Mark]:
    """Everything the register says of one place: session's id → mark. One query."""
    rows = session.execute(
        sa.select(AttendanceMark.session_id, AttendanceMark.mark).where(
            AttendanceMark.enrolment_id == enrolment_id
        )
    )
    return dict(rows.all())


def marks_of_run(session: Session, run_id: int) -> dict[int, dict[int, Mark]]:
    """Everything the registers of a run say: place → session's id → mark. One query."""
    rows = session.execute(
        sa.select(AttendanceMark.enrolment_id, AttendanceMark.session_id, AttendanceMark.mark)
        .join(Enrolment, Enrolment.id == AttendanceMark.enrolment_id)
        .where(Enrolment.run_id == run_id, Enrolment.state.in_(ON_ROSTER))
    )
    found: dict[int, dict[int, Mark]] = {}
    for enrolment_id, session_id, mark in rows:
        found.setdefault(enrolment_id, {})[session_id] = mark
    return found


def shared_needs(session: Session, run_id: int) -> Sequence[NeedLine]:
    """What people on a run shared with those who lead it. Log the reading. One query.

    Raises:
        VaultError: something of it does not open.
    """
    rows = session.execute(
        sa.select(
            Enrolment.id,
            Enrolment.person_id,
            Enrolment.guest_name,
            ShareableNeed.uid,
            ShareableNeed.words,
            ShareableNeed.updated_at,
        )
        .join(ShareableNeed, ShareableNeed.enrolment_id == Enrolment.id)
        .where(Enrolment.run_id == run_id, Enrolment.state.in_(ON_ROSTER))
        .order_by(Enrolment.id)
    )
    return [
        NeedLine(
            enrolment_id=row.id,
            person_id=row.person_id,
            guest_name=row.guest_name,
            words=shared_words(session, row.uid, row.words),
            updated_at=row.updated_at,
        )
        for row in rows
    ]
