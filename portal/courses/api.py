"""The front door of courses: what other rooms and plugins may ask. Ids and plain values, no records.

Places, facilitators and plugins change their own tables and publish events. Of this room's they only
lock a run and keep its numbers of places (`lock_run`, `set_places`), say who leads (`assign`, `unassign`,
`waive_pair`), begin a course that people make together (`begin_course`), and claim the key of a form, so that
it has one effect (`claim_form`, `settle_form`). Everything else here reads.
A change that the public pages show (such as another title) calls `catalogue_changed`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.calendars import calendar_of
from portal.courses.models import (
    Course,
    CourseSession,
    CourseState,
    Perspective,
    Run,
    RunState,
    SessionState,
    Topic,
)
from portal.courses.queries import dates, mine, pages, search
from portal.courses.queries.cards import CourseCard, RunCard
from portal.courses.queries.catalogue import find
from portal.courses.queries.coming import ComingSession, online_links, sessions_between
from portal.courses.queries.dates import Entry
from portal.courses.queries.filters import Filters
from portal.courses.queries.first_sessions import (
    FirstSession,
    first_sessions_held,
    next_run_of,
)
from portal.courses.queries.leading import (
    Lead,
    SessionToLead,
    coming_sessions,
    leads_in_sessions,
    leads_of_all,
    session_spans,
    sessions_on,
    sessions_to_lead,
    sessions_without_pair,
)
from portal.courses.queries.materials import Material
from portal.courses.queries.materials import file_of_run as material_file_of_run
from portal.courses.queries.materials import of_run as materials_of_run
from portal.courses.queries.pages import CourseInfo, Meeting, Place, RunInfo, TermInfo
from portal.courses.queries.register import (
    LedSession,
    leads_any,
    leads_from,
    led_session,
    led_sessions,
    session_starts,
)
from portal.courses.queries.seats import (
    RunSeats,
    SessionSeats,
    all_run_seats,
    leaders_of_run,
    mode_of_public_run,
    seats_taken_by_run,
    workshops_among,
)
from portal.courses.samples.public import sample_handout, sample_session
from portal.courses.services.clashes import ClashError
from portal.courses.services.courses import CourseText, change_state, create_course
from portal.courses.services.errors import InvalidError, MissingError, NotAllowedNowError
from portal.courses.services.history import bump_catalogue
from portal.courses.services.leaders import assign, unassign, waive_pair
from portal.courses.services.once import claim as claim_form
from portal.courses.services.once import settle as settle_form
from portal.courses.services.seats import lock_run, set_places
from portal.courses.services.sessions import deliver_session
from portal.courses.words import PERSPECTIVES, run_name
from portal.plugin_api import Actor
from portal.plugin_api.types import Card

__all__ = [
    "PERSPECTIVES",
    "ClashError",
    "ComingSession",
    "CourseCard",
    "CourseInfo",
    "CourseRef",
    "Entry",
    "FirstSession",
    "InvalidError",
    "Lead",
    "LedSession",
    "Material",
    "Meeting",
    "MissingError",
    "NotAllowedNowError",
    "Offer",
    "Perspective",
    "Place",
    "RunCard",
    "RunInfo",
    "RunSeats",
    "RunState",
    "SessionSeats",
    "SessionState",
    "SessionToLead",
    "TermInfo",
    "all_run_seats",
    "assign",
    "begin_course",
    "calendar",
    "calendar_of",
    "catalogue_changed",
    "claim_form",
    "coming_sessions",
    "count_offer",
    "course",
    "courses_by_ids",
    "deliver_session",
    "first_sessions_held",
    "leaders_of_run",
    "leading_card",
    "leads_any",
    "leads_from",
    "leads_in_sessions",
    "leads_of_all",
    "led_session",
    "led_sessions",
    "lock_run",
    "material_file_of_run",
    "materials_of_run",
    "mode_of_public_run",
    "next_run_of",
    "online_links",
    "run",
    "run_by_id",
    "run_name",
    "runs_by_ids",
    "runs_over_before",
    "sample_handout",
    "sample_session",
    "search_courses",
    "seats_taken_by_run",
    "session_spans",
    "session_starts",
    "session_times",
    "sessions_between",
    "sessions_on",
    "sessions_to_lead",
    "sessions_without_pair",
    "set_places",
    "settle_form",
    "starting_soon",
    "terms",
    "topics",
    "unassign",
    "venues",
    "waive_pair",
    "workshops_among",
]
ZONE = "Europe/London"
SHOWN_NEXT = 3


@dataclass(frozen=True, slots=True)
class CourseRef:
    """A course for a list or a link."""

    id: int
    slug: str
    title: str
    state: str

    @property
    def url(self) -> str:
        """The path of its public page."""
        return f"/courses/{self.slug}"


@dataclass(frozen=True, slots=True)
class Offer:
    """How much the college holds, in whatever state."""

    courses: int
    runs: int
    sessions: int


def leading_card(session: Session, person_id: int, at: datetime) -> list[Card]:
    """The card of what somebody leads next; none when they lead nothing from that instant on.

    It asks on everybody's page for which it is called: ask `leads_any` first, with what else is asked.
    """
    led = mine.leads_next(session, person_id, at, limit=SHOWN_NEXT)
    return [Card("courses/card_leading.html", {"led": led}, order=20)] if led else []


def count_offer(session: Session) -> Offer:
    """How many courses, runs and sessions there are."""
    counts = [
        sa.select(sa.func.count(model.id)).scalar_subquery()
        for model in (Course, Run, CourseSession)
    ]
    return Offer(*session.execute(sa.select(*counts)).one())


def begin_course(
    session: Session, actor: Actor, *, title: str, topic_id: int, description: str = "", why: str
) -> int:
    """A new course that is being made together, in the caller's transaction; returns its id.

    `description` is Markdown; `why` stands in its history.

    Raises:
        InvalidError: at the fields that cannot stand.
    """
    text = CourseText(title=title, topic_id=topic_id, description=description)
    created = create_course(session, actor, text, why=why)
    return change_state(session, actor, created.id, CourseState.CO_PRODUCTION, why=why).id


def courses_by_ids(session: Session, ids: Collection[int]) -> dict[int, CourseRef]:
    """The courses with these ids, in one query; unknown ids are left out."""
    rows = session.execute(
        sa.select(Course.id, Course.slug, Course.title, Course.state).where(Course.id.in_(set(ids)))
    )
    return {row.id: CourseRef(row.id, row.slug, row.title, row.state.value) for row in rows}


def course(session: Session, slug: str) -> CourseInfo | None:
    """A course as its public page shows it, by its name in the address."""
    return pages.course(session, slug)


def run(session: Session, course_slug: str, reference: str) -> RunInfo | None:
    """A public run with its sessions, by its address."""
    return pages.run(session, course_slug, reference)


def run_by_id(session: Session, run_id: int) -> RunInfo | None:
    """A public run with its sessions."""
    return next(iter(pages.runs(session, Run.id == run_id)), None)


def runs_by_ids(session: Session, run_ids: Collection[int]) -> dict[int, RunInfo]:
    """Public runs with their sessions, by their ids; unknown ids are left out."""
    if not run_ids:
        return {}
    return {one.id: one for one in pages.runs(session, Run.id.in_(set(run_ids)))}


def runs_over_before(session: Session, instant: datetime) -> Sequence[int]:
    """Ids of the runs whose last session ended before an instant."""
    return session.scalars(
        sa.select(Run.id).where(Run.last_ends_at < instant).order_by(Run.id)
    ).all()


def session_times(
    session: Session, session_ids: Collection[int]
) -> dict[int, tuple[datetime, datetime]]:
    """(start, end) in UTC of sessions by their ids, in one query."""
    rows = session.execute(
        sa.select(CourseSession.id, CourseSession.starts_at, CourseSession.ends_at).where(
            CourseSession.id.in_(set(session_ids))
        )
    )
    return {row.id: (row.starts_at, row.ends_at) for row in rows}


def starting_soon(session: Session, *, limit: int = 6, zone: str = ZONE) -> Sequence[CourseCard]:
    """The next courses that begin and still have places, soonest first; each has a `run`. One query."""
    day = clock.local_date(clock.now(), zone)
    free = Filters(free=True)
    return find(session, free, today=day, zone=zone, limit=limit).cards


def search_courses(
    session: Session, text: str, *, limit: int = 20, zone: str = ZONE
) -> Sequence[CourseCard]:
    """Courses that match, misspelt or not, the best first. Two queries."""
    query = search.parse(text)
    if not query.words:
        return ()
    day = clock.local_date(clock.now(), zone)
    return find(session, Filters(), today=day, zone=zone, query=query, limit=limit).cards


def calendar(session: Session, start: datetime, end: datetime) -> Sequence[Entry]:
    """Public sessions that begin in [start, end), cancelled ones too."""
    return dates.calendar(session, start, end)


def terms(session: Session) -> Sequence[TermInfo]:
    """Every term by its first day."""
    return pages.terms(session)


def venues(session: Session) -> Sequence[Place]:
    """Every venue by name."""
    return pages.places(session)


def topics(session: Session) -> dict[int, str]:
    """The catalogue's topics by id, in their order."""
    return dict(
        session.execute(sa.select(Topic.id, Topic.name).order_by(Topic.order, Topic.name)).all()
    )


def catalogue_changed(session: Session) -> None:
    """Say, in the same transaction, that the public pages show something else from now on."""
    bump_catalogue(session)
