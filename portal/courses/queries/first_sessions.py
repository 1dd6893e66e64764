"""First sessions that are needed, for the places room: which have been, and which run of a course is next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import CourseSession, Run, RunState, SessionState


@dataclass(frozen=True, slots=True)
class FirstSession:
    """The first session of a run that took place: whoever comes to this run needs to have been there."""

    session_id: int
    run_id: int
    course_id: int
    starts_at: datetime
    zone: str


def first_sessions_held(
    session: Session, since: datetime, until: datetime
) -> Sequence[FirstSession]:
    """The needed first sessions that ended in [since, until], of runs that are not cancelled. One query.

    A cancelled session is not the first: then the one after it is.
    """
    on = CourseSession.state != SessionState.CANCELLED
    earliest = (
        sa.select(CourseSession.id)
        .where(CourseSession.run_id == Run.id, on)
        .order_by(CourseSession.starts_at, CourseSession.number)
        .limit(1)
        .correlate(Run)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            CourseSession.id,
            CourseSession.run_id,
            Run.course_id,
            CourseSession.starts_at,
            CourseSession.zone,
        )
        .join(Run, Run.id == CourseSession.run_id)
        .where(
            Run.first_required,
            Run.state != RunState.CANCELLED,
            Run.published_at.is_not(None),
            CourseSession.ends_at >= since,
            CourseSession.ends_at <= until,
            CourseSession.id == earliest,
        )
        .order_by(CourseSession.run_id)
    )
    return [FirstSession(*row) for row in rows]


def next_run_of(
    session: Session, course_id: int, at: datetime, *, but_run_id: int | None = None
) -> int | None:
    """The public run of a course that begins next after an instant; None when none has dates. One query."""
    return session.scalar(
        sa.select(Run.id)
        .where(
            Run.course_id == course_id,
            Run.state == RunState.OPEN,
            Run.published_at.is_not(None),
            Run.first_starts_at > at,
            Run.id.is_distinct_from(but_run_id),
        )
        .order_by(Run.first_starts_at, Run.id)
        .limit(1)
    )
