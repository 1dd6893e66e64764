"""Sessions as those who lead them need them: what, when, where, and who leads. For the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

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


@dataclass(frozen=True, slots=True)
class LedSession:
    """One session. Times are UTC; `day` is the local date that was promised. `place` is empty when online.

    `leader_ids` lead this session. Of whoever leads any session of its run, `led_until` says when the last
    one of theirs ends that was not cancelled.
    """

    id: int
    run_id: int
    course_title: str
    reference: str
    number: int
    of: int
    state: SessionState
    run_state: RunState
    zone: str
    day: date
    starts_at: datetime
    ends_at: datetime
    last_ends_at: datetime | None
    in_person: bool
    place: str
    leader_ids: frozenset[int] = frozenset()
    led_until: Mapping[int, datetime] = field(default_factory=dict)

    @property
    def cancelled(self) -> bool:
        """True when it will not take place."""
        return self.state is SessionState.CANCELLED or self.run_state is RunState.CANCELLED


def led_session(session: Session, session_id: int) -> LedSession | None:
    """One session with its leaders; None when there is none. One query."""
    rows = session.execute(_ONE, {"session_id": session_id}).all()
    if not rows:
        return None
    leaders = [row[_WIDTH:] for row in rows if row.person_id is not None]
    return replace(
        LedSession(*rows[0][:_WIDTH]),
        leader_ids=frozenset(person for at, person, _, _ in leaders if at == session_id),
        led_until={
            person: ends_at
            for _, person, ends_at, state in leaders
            if state is not SessionState.CANCELLED
        },
    )


def leads_any(person_id: sa.BindParameter[int], since: sa.BindParameter[Any]) -> sa.Exists:
    """The condition that somebody leads a session which ends after an instant, whatever its state.

    Of tables, not of models: for statements that are on everybody's page.
    """
    assigned, meeting = table_of(Assignment), table_of(CourseSession)
    return (
        sa.select(sa.literal(1))
        .select_from(assigned.join(meeting, assigned.c.session_id == meeting.c.id))
        .where(assigned.c.person_id == person_id, meeting.c.ends_at > since)
        .exists()
    )


def led_sessions(
    session: Session, start: datetime, end: datetime, *, leader_id: int | None = None
) -> Sequence[LedSession]:
    """Published sessions that begin in [start, end), by time: one leader's, or everybody's. One query.

    Their leaders are not read.
    """
    statement = _SESSIONS.where(
        CourseSession.starts_at >= start,
        CourseSession.starts_at < end,
        Run.state != RunState.CANCELLED,
        Run.published_at.is_not(None),
    )
    if leader_id is not None:
        own = sa.select(Assignment.session_id).where(Assignment.person_id == leader_id)
        statement = statement.where(CourseSession.id.in_(own))
    return [
        LedSession(*row)
        for row in session.execute(statement.order_by(CourseSession.starts_at, CourseSession.id))
    ]


def leads_from(session: Session, person_id: int, at: datetime) -> Sequence[int]:
    """Ids of the sessions that somebody leads and that have not begun, whatever their state. One query."""
    return session.scalars(
        sa.select(Assignment.session_id)
        .join(CourseSession, CourseSession.id == Assignment.session_id)
        .where(Assignment.person_id == person_id, CourseSession.starts_at > at)
        .order_by(Assignment.session_id)
    ).all()


def session_starts(session: Session, run_id: int) -> dict[int, datetime]:
    """Id → start of a run's sessions that are not cancelled, the soonest first. One query."""
    rows = session.execute(
        sa.select(CourseSession.id, CourseSession.starts_at)
        .where(CourseSession.run_id == run_id, CourseSession.state != SessionState.CANCELLED)
        .order_by(CourseSession.starts_at, CourseSession.number)
    )
    return dict(rows.all())


_own, _of_run = aliased(Venue), aliased(Venue)
_COUNT = (
    sa.select(sa.func.count())
    .select_from(CourseSession)
    .where(CourseSession.run_id == Run.id)
    .correlate(Run)
    .scalar_subquery()
)
_SESSIONS = (
    sa.select(
        CourseSession.id,
        CourseSession.run_id,
        Course.title,
        Run.reference,
        CourseSession.number,
        _COUNT.label("of"),
        CourseSession.state,
        Run.state.label("run_state"),
        CourseSession.zone,
        CourseSession.local_date,
        CourseSession.starts_at,
        CourseSession.ends_at,
        Run.last_ends_at,
        (Run.mode != Mode.ONLINE).label("in_person"),
        sa.func.coalesce(_own.name, _of_run.name, "").label("place"),
    )
    .join(Run, CourseSession.run_id == Run.id)
    .join(Course, Run.course_id == Course.id)
    .outerjoin(_own, CourseSession.venue_id == _own.id)
    .outerjoin(_of_run, Run.venue_id == _of_run.id)
)
_WIDTH = len(_SESSIONS.selected_columns)
_of_its_run = aliased(CourseSession)
# A row for each session of the run and each of its leaders: the one that was asked for stands in all.
_ONE = (
    _SESSIONS.add_columns(
        _of_its_run.id.label("led_id"),
        Assignment.person_id,
        _of_its_run.ends_at.label("led_until"),
        _of_its_run.state.label("led_state"),
    )
    .join(_of_its_run, _of_its_run.run_id == CourseSession.run_id)
    .outerjoin(Assignment, Assignment.session_id == _of_its_run.id)
    .where(CourseSession.id == sa.bindparam("session_id"))
    .order_by(_of_its_run.ends_at)  # of one person's, the last stays
)
