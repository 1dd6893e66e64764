"""What a visitor may narrow the catalogue by, and what each choice means to the database.

`Filters` holds choices that are already checked: ids of things that exist, days and lengths that the
page offers. Reading them from an address is the view's work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from portal import clock
from portal.courses.models import (
    Course,
    CourseSession,
    CourseState,
    Mode,
    RunState,
    SessionState,
    Venue,
)

NOON, EVENING = time(12), time(17)
LENGTHS = {"one": (1, 1), "few": (2, 4), "many": (5, 1000)}  # sessions, first and last included
TIMES = ("morning", "afternoon", "evening")
OVER = (RunState.FINISHED, RunState.CANCELLED)
NOT_TO_COME = (SessionState.CANCELLED, SessionState.DELIVERED)
# Shown without a date: what is on offer or takes a break. What is still being made only when asked.
ON_OFFER = (CourseState.PILOT, CourseState.APPROVED, CourseState.LIVE, CourseState.RESTING)
IN_THE_MAKING = (CourseState.IDEA, CourseState.CO_PRODUCTION)

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Filters:
    """The choices, all of which must hold; within `topics`, `days` and `times` any one may.

    `days` count from Monday, 0, to Sunday, 6. `length` is a key of `LENGTHS` or "own" for courses
    taken at one's own pace.
    """

    topics: tuple[int, ...] = ()
    venue: int | None = None
    how: Mode | None = None
    term: int | None = None
    days: tuple[int, ...] = ()
    times: tuple[str, ...] = ()
    start: date | None = None
    length: str = ""
    free: bool = False
    quiet: bool = False
    step_free: bool = False
    supporters: bool = False
    making: bool = False

    @property
    def about_runs(self) -> bool:
        """True when only a course with dates can match."""
        return bool(
            self.venue
            or self.term
            or self.days
            or self.times
            or self.start
            or self.free
            or self.quiet
            or self.step_free
        )


def day_start(day: date, zone: str) -> datetime:
    """The first instant of a local day (a zone may skip midnight itself)."""
    midnight = datetime.combine(day, time())
    try:
        return clock.wall_to_utc(midnight, zone)
    except clock.NonexistentLocalTimeError:
        return clock.wall_to_utc(midnight + timedelta(hours=1), zone)


def course_conditions(filters: Filters) -> Iterator[Condition]:
    """What the course itself must be."""
    if filters.topics:
        yield Course.topic_id.in_(filters.topics)
    if filters.supporters:
        yield Course.for_supporters.is_(True)
    if filters.length == "own":
        yield Course.self_paced.is_(True)


def offered(filters: Filters) -> Condition:
    """A course that is listed even without a date."""
    states = (*ON_OFFER, *IN_THE_MAKING) if filters.making else ON_OFFER
    fits: list[Condition] = [Course.state.in_(states)]
    if filters.how is not None:
        fits.append(Course.planned_mode.in_((filters.how, Mode.BOTH)))
    if filters.length in LENGTHS:
        fits.append(sa.func.coalesce(Course.planned_sessions, 1).between(*LENGTHS[filters.length]))
    return sa.and_(*fits)


def joinable(meeting: Any, run: Any, filters: Filters, start: datetime) -> Iterator[Condition]:
    """What a session must be for somebody to begin with it on or after `start`.

    It is the first of its run, or any one of a drop-in; the run is public and not over; and it fits the
    choices. `meeting` and `run` are `CourseSession` and `Run`, or aliases of them; `Course` is joined.
    """
    yield meeting.starts_at >= start
    yield meeting.state.not_in(NOT_TO_COME)
    yield sa.or_(meeting.starts_at == run.first_starts_at, Course.drop_in)
    yield run.published_at.is_not(None)
    yield run.state.not_in(OVER)
    if filters.venue is not None:
        yield run.venue_id == filters.venue
    if filters.term is not None:
        yield run.term_id == filters.term
    if filters.how is not None:
        yield run.mode.in_((filters.how, Mode.BOTH))
    if filters.length in LENGTHS:
        yield session_count(run.id).between(*LENGTHS[filters.length])
    if filters.free:
        yield run.state.in_((RunState.OPEN, RunState.RUNNING))
        yield places_free(run) > 0
    if filters.days:
        # Both databases count the days of the week from Sunday, 0.
        weekday = sa.extract("dow", meeting.local_date)
        yield weekday.in_([(day + 1) % 7 for day in filters.days])
    if filters.times:
        at = meeting.local_time
        spans = {
            "morning": at < NOON,
            "afternoon": sa.and_(at >= NOON, at < EVENING),
            "evening": at >= EVENING,
        }
        yield sa.or_(*(spans[name] for name in filters.times))
    # Whoever joins from home needs no step-free door, but may well need a quiet room to go to.
    if filters.step_free:
        yield sa.or_(run.mode != Mode.IN_PERSON, run.venue_id.in_(_venues(Venue.step_free)))
    if filters.quiet:
        yield run.venue_id.in_(_venues(Venue.quiet_room))


def session_count(run_id: Any) -> sa.ScalarSelect[int]:
    """How many sessions of a run take place."""
    return (
        sa.select(sa.func.count())
        .where(CourseSession.run_id == run_id, CourseSession.state != SessionState.CANCELLED)
        .correlate_except(CourseSession)
        .scalar_subquery()
    )


def places_free(run: Any) -> sa.ColumnElement[int]:
    """How many places everybody is told are free: the number that is kept, or what the caps leave.

    Below zero where somebody lowered a cap and nobody has counted since. None are free once a run has begun
    whose first session is needed.
    """
    most = sa.case(
        (
            sa.and_(run.mode == Mode.ONLINE, run.online_cap < run.learning_cap),
            run.online_cap,
        ),
        else_=run.learning_cap,
    )
    return sa.case(
        (has_begun(run), 0), else_=sa.func.coalesce(run.places_free, most - run.seats_taken)
    )


def has_begun(run: Any) -> sa.ColumnElement[bool]:
    """It has begun, and its first session is needed: nobody can join it any more."""
    return sa.and_(run.first_required, run.state == RunState.RUNNING)


def _venues(fact: InstrumentedAttribute[bool]) -> sa.Select[int]:
    return sa.select(Venue.id).where(fact)
