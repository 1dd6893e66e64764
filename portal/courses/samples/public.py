"""How to call each public page with success, for the generated access tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.models import (
    Assignment,
    Course,
    CourseMaterial,
    CourseSession,
    CourseState,
    Mode,
    Perspective,
    Run,
    RunState,
    Term,
    Topic,
    Venue,
)
from portal.courses.services import materials as services
from portal.files.api import sample_file
from portal.plugin_api import SYSTEM, RouteSample

_ZONE = "Europe/London"
_DAY = date(2027, 3, 1)


def sample_session(
    session: Session, day: date, *, leader_id: int | None = None, both_ways: bool = False
) -> tuple[int, int]:
    """(run, session) of an invented run on a day: for other rooms' samples, in tests only.

    `both_ways`: people may take part in the room or online.
    """
    one = _college(session, day)
    if both_ways:
        session.get_one(Run, one.run_id).mode = Mode.BOTH
    if leader_id is not None:
        session.add(
            Assignment(session_id=one.id, person_id=leader_id, perspective=Perspective.LIVED)
        )
    session.flush()
    return one.run_id, one.id


def sample_materials(session: Session, course_id: int, count: int = 1) -> list[int]:
    """Ids of invented handouts of a course, at least so many: for other rooms' samples too, in tests only."""
    there = list(
        session.scalars(sa.select(CourseMaterial.id).where(CourseMaterial.course_id == course_id))
    )
    made = [
        services.add(
            session,
            SYSTEM,
            course_id,
            title=f"Sample handout {number}",
            received=sample_file(session),
        ).id
        for number in range(len(there), count)
    ]
    session.flush()
    return [*there, *made]


def sample_handout(session: Session, run_id: int) -> int:
    """The id of an invented handout of a run's course: for other rooms' samples, in tests only."""
    return sample_materials(session, session.get_one(Run, run_id).course_id)[0]


def _college(session: Session, day: date = _DAY) -> CourseSession:
    """One live course with one open run of one session."""
    starts = clock.wall_to_utc(datetime.combine(day, time(10)), _ZONE)
    ends = starts + timedelta(hours=2)
    topic = Topic(slug="sample", name="Sample")
    venue = Venue(slug="sample", name="Sample room")
    term = Term(slug="sample", name="Sample term", starts_on=day, ends_on=day + timedelta(30))
    session.add_all([topic, venue, term])
    session.flush()
    now = clock.now()
    course = Course(
        slug="sample",
        title="Sample course",
        topic_id=topic.id,
        state=CourseState.LIVE,
        created_at=now,
        updated_at=now,
    )
    session.add(course)
    session.flush()
    run = Run(
        reference="sample-1",
        course_id=course.id,
        term_id=term.id,
        venue_id=venue.id,
        state=RunState.OPEN,
        learning_cap=12,
        first_starts_at=starts,
        last_ends_at=ends,
        published_at=now,
        created_at=now,
    )
    session.add(run)
    session.flush()
    one = CourseSession(
        run_id=run.id,
        number=1,
        local_date=day,
        local_time=time(10),
        minutes=120,
        starts_at=starts,
        ends_at=ends,
        uid="sample@college.example",
    )
    session.add(one)
    session.flush()
    return one


def _arrange(**values: Any) -> Callable[[Session], Mapping[str, Any]]:
    def arrange(session: Session) -> Mapping[str, Any]:
        _college(session)
        return values

    return arrange


_COURSE = _arrange(slug="sample")
_RUN = _arrange(slug="sample", reference="sample-1")
_SESSION = _arrange(slug="sample", reference="sample-1", number=1)

PUBLIC = [
    *(
        RouteSample(f"courses.{name}", "GET", public=True)
        for name in ("index", "feed", "calendar", "venues", "prospectus", "sitemap")
    ),
    *(
        RouteSample(f"courses.{name}", "GET", arrange, public=True)
        for arrange, names in (
            (_COURSE, ("course", "course_calendar", "course_data", "venue", "prospectus_of")),
            (_RUN, ("run", "run_calendar")),
            (_SESSION, ("session", "session_calendar")),
        )
        for name in names
    ),
]
