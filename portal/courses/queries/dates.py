"""Public sessions and runs by time: the calendar, the prospectus of a term, and the sitemap."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal.courses.models import (
    Course,
    CourseSession,
    CourseState,
    Mode,
    Run,
    RunState,
    SessionState,
    Term,
    Topic,
    Venue,
)
from portal.courses.queries.pages import COURSE_COLUMNS, CourseInfo, RunInfo, course_of, runs

CALENDAR_MOST = 400  # sessions in one stretch of the calendar


@dataclass(frozen=True, slots=True)
class Printed:
    """A course with its runs of one term, as the prospectus prints it."""

    course: CourseInfo
    runs: tuple[RunInfo, ...]


def prospectus(session: Session, term_slug: str) -> tuple[tuple[str, tuple[Printed, ...]], ...]:
    """(topic, its courses by title) of a term's public runs that take place: four queries."""
    held: dict[int, list[RunInfo]] = defaultdict(list)
    for one in runs(session, Term.slug == term_slug, Run.state != RunState.CANCELLED):
        held[one.course_id].append(one)
    rows = session.execute(
        sa.select(*COURSE_COLUMNS)
        .join(Topic, Topic.id == Course.topic_id)
        .where(Course.id.in_(held))
        .order_by(Topic.order, Topic.name, Course.title, Course.id)
    )
    topics: dict[str, list[Printed]] = {}
    for row in rows:
        info = course_of(row)
        topics.setdefault(info.topic, []).append(Printed(info, tuple(held[info.id])))
    return tuple((topic, tuple(courses)) for topic, courses in topics.items())


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the calendar."""

    course_slug: str
    course_title: str
    reference: str
    number: int
    sessions: int
    state: SessionState
    starts_at: datetime
    ends_at: datetime
    mode: Mode
    venue: str
    reason: str

    @property
    def url(self) -> str:
        """The path of the session's page."""
        return f"/courses/{self.course_slug}/{self.reference}/{self.number}"

    @property
    def cancelled(self) -> bool:
        """True when it will not take place."""
        return self.state is SessionState.CANCELLED


def calendar(session: Session, start: datetime, end: datetime) -> tuple[Entry, ...]:
    """Public sessions that begin in [start, end), cancelled ones too: one query."""
    run_venue = aliased(Venue)
    count = (
        sa.select(sa.func.max(CourseSession.number))
        .where(CourseSession.run_id == Run.id)
        .correlate(Run)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            Course.slug,
            Course.title,
            Run.reference,
            CourseSession.number,
            count,
            CourseSession.state,
            CourseSession.starts_at,
            CourseSession.ends_at,
            Run.mode,
            sa.func.coalesce(Venue.name, run_venue.name, ""),
            CourseSession.reason,
        )
        .join(Run, Run.id == CourseSession.run_id)
        .join(Course, Course.id == Run.course_id)
        .outerjoin(Venue, Venue.id == CourseSession.venue_id)
        .outerjoin(run_venue, run_venue.id == Run.venue_id)
        .where(
            CourseSession.starts_at >= start,
            CourseSession.starts_at < end,
            Run.published_at.is_not(None),
        )
        .order_by(CourseSession.starts_at, CourseSession.id)
        .limit(CALENDAR_MOST)
    )
    return tuple(Entry(*row) for row in rows)


def sitemap(session: Session) -> tuple[tuple[str, datetime], ...]:
    """(path, last change) of every public course, at most as many as one sitemap holds."""
    rows = session.execute(
        sa.select(Course.slug, Course.updated_at)
        .where(Course.state != CourseState.RETIRED)
        .order_by(Course.id)
        .limit(49_000)
    )
    return tuple((f"/courses/{slug}", changed) for slug, changed in rows)
