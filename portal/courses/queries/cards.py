"""A course in a list: its card, and the query that fills the cards of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import (
    Course,
    CourseSession,
    CourseState,
    Mode,
    Run,
    RunState,
    Topic,
    Venue,
)
from portal.courses.queries.filters import has_begun, places_free, session_count

Rows = sa.Select[Any, Any, Any]  # (part, course id, session id)
COUNTED = 100  # a longer list is "more than 100"


class Part(IntEnum):
    """The parts of a list, in the order in which they are shown."""

    DATED = 1
    UNDATED = 2
    TITLED = 3  # the whole list, when it is sorted by title
    FOUND = 4  # the whole list, when it answers a search


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after this record of this part (a place in the list, for FOUND)."""

    part: Part
    after: int


@dataclass(frozen=True, slots=True)
class RunCard:
    """The next run of a course, as its card shows it.

    `starts_at` is the session that one can begin with: of a drop-in, the next one. `places` are those
    still free; `begun`: it is too late to join, full or not.
    """

    reference: str
    state: RunState
    mode: Mode
    starts_at: datetime
    minutes: int
    places: int
    begun: bool
    sessions: int
    venue: str
    step_free: bool


@dataclass(frozen=True, slots=True)
class CourseCard:
    """One course in a list: plain values only, so that what a card says can be kept by them."""

    id: int
    slug: str
    title: str
    summary: str
    topic: str
    state: CourseState
    drop_in: bool
    self_paced: bool
    for_supporters: bool
    adjacent: bool
    planned_sessions: int | None
    planned_minutes: int | None
    planned_mode: Mode | None
    run: RunCard | None
    part: Part

    @property
    def url(self) -> str:
        """The path of its page."""
        return f"/courses/{self.slug}"


def cards_of(session: Session, page: sa.Subquery, counted: Sequence[Rows]) -> Sequence[Any]:
    """The rows of a page with all that their cards say, in the order of the list."""
    total: Any = sa.literal(0)
    if counted:
        some = sa.union_all(*counted).limit(COUNTED + 1).subquery()
        total = sa.select(sa.func.count()).select_from(some).scalar_subquery()
    statement = (
        sa.select(
            page.c.part,
            Course.id,
            Course.slug,
            Course.title,
            Course.summary,
            Topic.name.label("topic"),
            Course.state,
            Course.drop_in,
            Course.self_paced,
            Course.for_supporters,
            Course.adjacent,
            Course.planned_sessions,
            Course.planned_minutes,
            Course.planned_mode,
            page.c.session_id,
            CourseSession.starts_at,
            CourseSession.minutes,
            Run.reference,
            Run.state.label("run_state"),
            Run.mode,
            places_free(Run).label("places"),
            has_begun(Run).label("begun"),
            session_count(Run.id).label("sessions"),
            Venue.name.label("venue"),
            Venue.step_free,
            total.label("total"),
        )
        .select_from(page)
        .outerjoin(CourseSession, CourseSession.id == page.c.session_id)
        .outerjoin(Run, Run.id == CourseSession.run_id)
        .join(Course, Course.id == sa.func.coalesce(page.c.course_id, Run.course_id))
        .join(Topic, Topic.id == Course.topic_id)
        .outerjoin(Venue, Venue.id == Run.venue_id)
        .order_by(
            page.c.part,
            sa.case((page.c.part == Part.DATED.value, CourseSession.starts_at)),
            sa.case((page.c.part == Part.DATED.value, CourseSession.id)),
            Course.title,
            Course.id,
        )
    )
    return session.execute(statement).all()


def card_of(row: Any, part: Part | None = None) -> CourseCard:
    """The card in a row of `cards_of`, in its own part of the list or another."""
    run = None
    if row.session_id is not None:
        run = RunCard(
            reference=row.reference,
            state=row.run_state,
            mode=row.mode,
            starts_at=row.starts_at,
            minutes=row.minutes,
            places=max(row.places, 0),
            begun=bool(row.begun),
            sessions=row.sessions,
            venue=row.venue or "",
            step_free=bool(row.step_free),
        )
    return CourseCard(
        id=row.id,
        slug=row.slug,
        title=row.title,
        summary=row.summary,
        topic=row.topic,
        state=row.state,
        drop_in=row.drop_in,
        self_paced=row.self_paced,
        for_supporters=row.for_supporters,
        adjacent=row.adjacent,
        planned_sessions=row.planned_sessions,
        planned_minutes=row.planned_minutes,
        planned_mode=row.planned_mode,
        run=run,
        part=part or Part(row.part),
    )
