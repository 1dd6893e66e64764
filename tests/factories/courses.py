"""Rows of the courses room for tests: each function adds and flushes one, with sensible values.

Rows are written straight into the tables, past the services, so that a test can begin from any state.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.courses.models import (
    Assignment,
    Course,
    CourseSession,
    CourseState,
    Perspective,
    Run,
    RunState,
    Term,
    Topic,
    Venue,
)

ZONE = "Europe/London"
FIRST_DAY = date(2027, 3, 1)  # a Monday, four weeks before the clocks go forward
_numbers = count(1)


def _add(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def make_topic(session: Session, **values: Any) -> Topic:
    """A topic with a name of its own."""
    number = next(_numbers)
    topic: Topic = _add(
        session, Topic(**{"slug": f"topic-{number}", "name": f"Topic {number}", **values})
    )
    return topic


def make_term(session: Session, **values: Any) -> Term:
    """Spring term 2027 unless told otherwise."""
    number = next(_numbers)
    defaults = {
        "slug": f"term-{number}",
        "name": f"Term {number}",
        "starts_on": date(2027, 1, 11),
        "ends_on": date(2027, 4, 23),
    }
    term: Term = _add(session, Term(**{**defaults, **values}))
    return term


def make_venue(session: Session, **values: Any) -> Venue:
    """A step-free room for sixteen."""
    number = next(_numbers)
    defaults = {
        "slug": f"venue-{number}",
        "name": f"Room {number}",
        "address": "Quay Lane, Seaford",
        "capacity": 16,
        "step_free": True,
    }
    venue: Venue = _add(session, Venue(**{**defaults, **values}))
    return venue


def make_course(session: Session, **values: Any) -> Course:
    """A live course; makes a topic when none is given."""
    number = next(_numbers)
    if "topic_id" not in values:
        values["topic_id"] = make_topic(session).id
    defaults = {
        "slug": f"course-{number}",
        "title": f"Course {number}",
        "summary": "A gentle start.",
        "state": CourseState.LIVE,
        "planned_sessions": 6,
        "planned_minutes": 120,
        "created_at": clock.now(),
        "updated_at": clock.now(),
    }
    course: Course = _add(session, Course(**{**defaults, **values}))
    return course


def make_run(session: Session, *, sessions: int = 0, **values: Any) -> Run:
    """An open, published run; `sessions` adds that many weekly ones from `FIRST_DAY` at 10:00."""
    number = next(_numbers)
    if "course_id" not in values:
        values["course_id"] = make_course(session).id
    if "term_id" not in values:
        values["term_id"] = make_term(session).id
    if "venue_id" not in values:
        values["venue_id"] = make_venue(session).id
    defaults = {
        "reference": f"run-{number}",
        "state": RunState.OPEN,
        "learning_cap": 12,
        "published_at": clock.now(),
        "created_at": clock.now(),
    }
    run: Run = _add(session, Run(**{**defaults, **values}))
    for index in range(sessions):
        day = FIRST_DAY + timedelta(weeks=index)
        made = make_session(session, run_id=run.id, number=index + 1, local_date=day)
        run.first_starts_at = run.first_starts_at or made.starts_at
        run.last_ends_at = made.ends_at
    session.flush()
    return run


def make_coming_run(session: Session, days: int = 7, **values: Any) -> Run:
    """An open run of one session, that many days from today at 10:00."""
    run = make_run(session, **values)
    day = clock.local_date(clock.now(), ZONE) + timedelta(days=days)
    made = make_session(session, run_id=run.id, local_date=day)
    run.first_starts_at, run.last_ends_at = made.starts_at, made.ends_at
    session.flush()
    return run


def make_session(session: Session, **values: Any) -> CourseSession:
    """Two hours on `FIRST_DAY` at 10:00 local time; makes a run when none is given."""
    number = next(_numbers)
    if "run_id" not in values:
        values["run_id"] = make_run(session).id
    defaults = {
        "number": 1,
        "local_date": FIRST_DAY,
        "local_time": time(10, 0),
        "zone": ZONE,
        "minutes": 120,
        "uid": f"session-{number}@college.example",
    }
    values = {**defaults, **values}
    wall = datetime.combine(values["local_date"], values["local_time"])
    starts_at = clock.wall_to_utc(wall, values["zone"])
    values.setdefault("starts_at", starts_at)
    values.setdefault("ends_at", starts_at + timedelta(minutes=values["minutes"]))
    made: CourseSession = _add(session, CourseSession(**values))
    return made


def make_assignment(
    session: Session,
    session_id: int,
    person_id: int,
    perspective: Perspective = Perspective.LIVED,
) -> Assignment:
    """Somebody who leads a session."""
    row: Assignment = _add(
        session,
        Assignment(session_id=session_id, person_id=person_id, perspective=perspective),
    )
    return row
