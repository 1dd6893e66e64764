"""What the courses room knows of one person's part in it, and of what waits for those who plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal.courses.models import (
    Assignment,
    Course,
    CourseSession,
    Run,
    RunState,
    SessionState,
    Term,
    Venue,
)
from portal.courses.queries.manage import COMING_RUNS, COMING_SESSIONS, without_pair
from portal.db import UTCDateTime


@dataclass(frozen=True, slots=True)
class Led:
    """A session that the person leads or led.

    Times are UTC. `place` is empty when it is online, `url` while its run is not public.
    """

    title: str
    day: date
    starts_at: datetime
    ends_at: datetime
    minutes: int
    place: str
    url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What somebody who plans should look at."""

    at_risk: int
    to_publish: int


def leads_next(session: Session, person_id: int, at: datetime, limit: int) -> Sequence[Led]:
    """The person's sessions to come, soonest first. One query."""
    given = {"person_id": person_id, "at": at, "most": limit}
    return [_led(row) for row in session.execute(_LEADS_NEXT, given)]


def has_led(session: Session, person_id: int, until: datetime) -> Sequence[Led]:
    """The sessions that the person led and that took place before an instant. One query."""
    rows = session.execute(_HAS_LED, {"person_id": person_id, "at": until})
    return [_led(row) for row in rows]


def leads_between(
    session: Session, person_id: int, start: datetime, end: datetime
) -> Sequence[Led]:
    """The sessions that keep the person busy between two instants. One query."""
    rows = session.execute(_LEADS_BETWEEN, {"person_id": person_id, "start": start, "end": end})
    return [_led(row) for row in rows]


def waiting(session: Session, at: datetime) -> Waiting:
    """How many sessions lack their pair, and how many planned runs are not public. One query."""
    at_risk = (
        sa.select(sa.func.count())
        .select_from(CourseSession)
        .join(Run, CourseSession.run_id == Run.id)
        .where(Run.state.in_(COMING_RUNS), without_pair(at))
    )
    to_publish = sa.select(sa.func.count()).where(
        Run.state == RunState.PLANNED, Run.published_at.is_(None), Run.first_starts_at > at
    )
    row = session.execute(sa.select(at_risk.scalar_subquery(), to_publish.scalar_subquery())).one()
    return Waiting(*row)


_own, _of_run = aliased(Venue), aliased(Venue)
# Asked whenever somebody opens their page, so these statements are put together once.
_LED = (
    sa.select(
        Course.title,
        CourseSession.local_date,
        CourseSession.starts_at,
        CourseSession.ends_at,
        CourseSession.minutes,
        sa.func.coalesce(_own.name, _of_run.name, ""),
        Course.slug,
        Run.reference,
        CourseSession.number,
        Run.published_at,
    )
    .join_from(Assignment, CourseSession, Assignment.session_id == CourseSession.id)
    .join(Run, CourseSession.run_id == Run.id)
    .join(Course, Run.course_id == Course.id)
    .outerjoin(_own, CourseSession.venue_id == _own.id)
    .outerjoin(_of_run, Run.venue_id == _of_run.id)
    .where(Assignment.person_id == sa.bindparam("person_id"), Run.state != RunState.CANCELLED)
    .order_by(CourseSession.starts_at, CourseSession.id)
)
_LEADS_NEXT = _LED.where(
    CourseSession.state.in_(COMING_SESSIONS),
    CourseSession.ends_at > sa.bindparam("at", type_=UTCDateTime),
).limit(sa.bindparam("most", type_=sa.Integer))
_HAS_LED = _LED.where(
    Assignment.holds,  # of two at one time it is the one at which they were
    CourseSession.state != SessionState.CANCELLED,
    CourseSession.ends_at <= sa.bindparam("at", type_=UTCDateTime),
)
_LEADS_BETWEEN = _LED.where(
    CourseSession.state != SessionState.CANCELLED,
    CourseSession.starts_at < sa.bindparam("end", type_=UTCDateTime),
    CourseSession.ends_at > sa.bindparam("start", type_=UTCDateTime),
)


def _led(
    row: sa.Row[str, date, datetime, datetime, int, str, str, str, int, datetime | None],
) -> Led:
    title, day, starts_at, ends_at, minutes, place, slug, reference, number, published = row
    url = f"/courses/{slug}/{reference}/{number}" if published else ""
    return Led(title, day, starts_at, ends_at, minutes, place, url)


def terms_run(session: Session, course_id: int) -> Sequence[tuple[datetime, str]]:
    """(first start, term) of each run that began to an end: the course's life so far. One query."""
    statement = (
        sa.select(Run.first_starts_at, Term.name)
        .join(Term, Run.term_id == Term.id)
        .where(
            Run.course_id == course_id,
            Run.state == RunState.FINISHED,
            Run.first_starts_at.is_not(None),
        )
        .order_by(Run.first_starts_at)
    )
    return [(start, term) for start, term in session.execute(statement) if start is not None]
