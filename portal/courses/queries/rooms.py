"""Who has a room, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import Course, CourseSession, Run, RunState, SessionState, Venue


class Span(Protocol):
    """Anything with a start and an end, as UTC instants."""

    @property
    def starts_at(self) -> datetime:
        """When it begins."""

    @property
    def ends_at(self) -> datetime:
        """When it is over."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A session that has a room."""

    session_id: int
    run_id: int
    reference: str
    course_title: str
    day: date
    starts_at: datetime
    ends_at: datetime


def room_bookings(
    session: Session, venue_id: int | None, spans: Sequence[Span], *, but: int | None = None
) -> tuple[Booking, ...]:
    """Sessions that are on in the venue during any of the spans, earliest first.

    `but` is the id of a session that does not count. An online place is never taken; two sessions
    that touch (one ends when the other starts) do not clash. Always one query, or none.
    """
    if venue_id is None or not spans:
        return ()
    place = sa.func.coalesce(CourseSession.venue_id, Run.venue_id)
    overlap = sa.or_(
        *(
            sa.and_(CourseSession.starts_at < span.ends_at, CourseSession.ends_at > span.starts_at)
            for span in spans
        )
    )
    rows = session.execute(
        sa.select(
            CourseSession.id,
            Run.id,
            Run.reference,
            Course.title,
            CourseSession.local_date,
            CourseSession.starts_at,
            CourseSession.ends_at,
        )
        .join_from(CourseSession, Run, CourseSession.run_id == Run.id)
        .join(Course, Run.course_id == Course.id)
        .join(Venue, Venue.id == place)
        .where(
            place == venue_id,
            Venue.online.is_(False),
            CourseSession.state != SessionState.CANCELLED,
            Run.state != RunState.CANCELLED,
            CourseSession.id != (but or 0),
            overlap,
        )
        .order_by(CourseSession.starts_at, CourseSession.id)
    )
    return tuple(Booking(*row) for row in rows)
