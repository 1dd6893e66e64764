"""What the places room must know of a run before it gives a place away: caps, rooms, leaders, times."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import (
    Assignment,
    Course,
    CourseSession,
    Mode,
    Run,
    RunState,
    SessionState,
    Venue,
)
from portal.db import table_of

TAKES_PEOPLE = (RunState.OPEN, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class SessionSeats:
    """One session that is not cancelled. `room` counts bodies, leaders included; None: nobody knows."""

    id: int
    number: int
    starts_at: datetime
    ends_at: datetime
    zone: str
    room: int | None
    leaders: int


@dataclass(frozen=True, slots=True)
class RunSeats:
    """A run's caps and its sessions by time, cancelled ones left out.

    `first_required`: only the first of them is one to begin with. `takes_people`: it is public, and neither
    over nor cancelled. `in_person` and `online` say how people may take part in it at all.
    """

    id: int
    course_id: int
    term_id: int
    state: RunState
    takes_people: bool
    in_person: bool
    online: bool
    learning_cap: int
    online_cap: int | None
    seats_taken: int
    places_free: int | None
    first_required: bool
    sessions: tuple[SessionSeats, ...]


def run_seats(session: Session, run: sa.Row[Any]) -> RunSeats:
    """What the places room must know of a run whose row is already locked. One query."""
    rows = session.execute(_SESSIONS, {"run_id": run.id})
    return _run_seats(run, tuple(SessionSeats(*row) for row in rows))


def all_run_seats(session: Session, *, ending_after: datetime | None = None) -> list[RunSeats]:
    """Every run, or those that are not over at an instant, by id and without a lock. Two queries."""
    wanted = sa.true() if ending_after is None else _RUN.c.last_ends_at > ending_after
    held: dict[int, list[SessionSeats]] = {}
    for *values, run_id in session.execute(_SESSION.add_columns(_MEETING.c.run_id).where(wanted)):
        held.setdefault(run_id, []).append(SessionSeats(*values))
    runs = session.execute(sa.select(_RUN).where(wanted).order_by(_RUN.c.id))
    return [_run_seats(run, tuple(held.get(run.id, ()))) for run in runs]


def leaders_of_run(session: Session, run_id: int) -> frozenset[int]:
    """Ids of the people who lead one of its sessions. One query."""
    return frozenset(session.scalars(_LEADING, {"run_id": run_id}))


def mode_of_public_run(run_id: sa.ColumnElement[int]) -> sa.ScalarSelect[Mode | None]:
    """How people take part in a run, as a column of a question about that run; null unless it is public."""
    return (
        sa.select(_RUN.c.mode)
        .where(_RUN.c.id == run_id, _RUN.c.published_at.is_not(None))
        .scalar_subquery()
    )


def seats_taken_by_run(session: Session) -> dict[int, int]:
    """How many places the lists say are taken, by run, finished ones left out. One query."""
    return dict(
        session.execute(
            sa.select(Run.id, Run.seats_taken).where(Run.state != RunState.FINISHED)
        ).all()
    )


def _run_seats(run: sa.Row[Any], sessions: tuple[SessionSeats, ...]) -> RunSeats:
    return RunSeats(
        id=run.id,
        course_id=run.course_id,
        term_id=run.term_id,
        state=run.state,
        takes_people=run.published_at is not None and run.state in TAKES_PEOPLE,
        in_person=run.mode is not Mode.ONLINE,
        online=run.mode is not Mode.IN_PERSON,
        learning_cap=run.learning_cap,
        online_cap=run.online_cap,
        seats_taken=run.seats_taken,
        places_free=run.places_free,
        first_required=run.first_required,
        sessions=sessions,
    )


def workshops_among(session: Session, run_ids: Collection[int], term_id: int) -> int:
    """How many of these runs are workshops of the term: drop-ins and cancelled runs are not counted."""
    found = session.scalar(
        sa.select(sa.func.count(Run.id))
        .join(Course, Course.id == Run.course_id)
        .where(
            Run.id.in_(set(run_ids)),
            Run.term_id == term_id,
            Run.state != RunState.CANCELLED,
            Course.drop_in.is_(False),
        )
    )
    return found or 0


_RUN, _MEETING, _LED = table_of(Run), table_of(CourseSession), table_of(Assignment)
_own, _of_run = table_of(Venue).alias(), table_of(Venue).alias()
# A place online has no room that could be full.
_ROOM = sa.case(
    (_own.c.id.is_not(None), sa.case((_own.c.online, sa.null()), else_=_own.c.capacity)),
    else_=sa.case((_of_run.c.online, sa.null()), else_=_of_run.c.capacity),
)
_LEADERS = (
    sa.select(sa.func.count())
    .where(_LED.c.session_id == _MEETING.c.id)
    .correlate(_MEETING)
    .scalar_subquery()
)
_SESSION = (
    sa.select(
        _MEETING.c.id,
        _MEETING.c.number,
        _MEETING.c.starts_at,
        _MEETING.c.ends_at,
        _MEETING.c.zone,
        _ROOM,
        _LEADERS,
    )
    .join_from(_MEETING, _RUN, _RUN.c.id == _MEETING.c.run_id)
    .outerjoin(_own, _own.c.id == _MEETING.c.venue_id)
    .outerjoin(_of_run, _of_run.c.id == _RUN.c.venue_id)
    .where(_MEETING.c.state != SessionState.CANCELLED)
    .order_by(_MEETING.c.starts_at, _MEETING.c.number)
)
# Asked for every booking, so it is put together once.
_SESSIONS = _SESSION.where(_MEETING.c.run_id == sa.bindparam("run_id"))
_LEADING = (
    sa.select(_LED.c.person_id)
    .join_from(_LED, _MEETING, _MEETING.c.id == _LED.c.session_id)
    .where(_MEETING.c.run_id == sa.bindparam("run_id"), _MEETING.c.state != SessionState.CANCELLED)
)
