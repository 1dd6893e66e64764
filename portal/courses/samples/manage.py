"""How to call each staff page with success, for the generated access tests."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import create_person
from portal.courses.models import (
    Assignment,
    Course,
    CourseSession,
    CourseState,
    Mode,
    Perspective,
    Run,
    RunState,
    SessionState,
    Term,
    Topic,
    Venue,
)
from portal.courses.samples.public import sample_materials
from portal.files.api import SAMPLE_PICTURE
from portal.plugin_api import SYSTEM, RouteSample

_ZONE = "Europe/London"
_ID = 900_000  # of every record here: payloads name them, and each sample begins from the same ones
_UNUSED, _MOVED = _ID + 1, _ID + 2
_ROLES = ("coordinator", "administrator")
_READERS = (*_ROLES, "board_member", "co_chair")


def _day() -> date:
    """A Monday some weeks ahead."""
    today = clock.now().date()
    return today + timedelta(weeks=5, days=-today.weekday())


def _college(session: Session, state: RunState = RunState.OPEN) -> None:
    now, day = clock.now(), _day()
    for row in (
        Topic(id=_ID, slug="planned-sample", name="Sample"),
        Venue(id=_ID, slug="planned-sample", name="Sample room"),
        Venue(id=_UNUSED, slug="unused-sample", name="Unused room"),
        Term(
            id=_ID, slug="planned-sample", name="Sample", starts_on=day, ends_on=day + timedelta(60)
        ),
        Term(
            id=_UNUSED,
            slug="unused-sample",
            name="Unused",
            starts_on=day,
            ends_on=day + timedelta(9),
        ),
    ):
        session.merge(row)
    session.flush()
    session.merge(
        Course(
            id=_ID, slug="planned-sample", title="Planned sample", topic_id=_ID, version=1,
            state=CourseState.LIVE, created_at=now, updated_at=now,
        )
    )  # fmt: skip
    session.flush()
    run = Run(
        id=_ID, reference="planned-sample-1", course_id=_ID, term_id=_ID, venue_id=_ID, version=1,
        state=state, mode=Mode.IN_PERSON, learning_cap=12, created_at=now, cancelled_reason="",
        published_at=None if state is RunState.PLANNED else now,
    )  # fmt: skip
    session.merge(run)
    session.flush()
    for number, (key, stands) in enumerate(
        ((_ID, SessionState.SCHEDULED), (_MOVED, SessionState.MOVED)), start=1
    ):
        starts = clock.wall_to_utc(datetime.combine(day, time(9 + 3 * number)), _ZONE)
        session.merge(
            CourseSession(
                id=key, run_id=_ID, number=number, local_date=day, local_time=time(9 + 3 * number),
                zone=_ZONE, minutes=60, starts_at=starts, ends_at=starts + timedelta(hours=1),
                state=stands, version=0, uid=f"planned-sample-{number}@college.example",
            )
        )  # fmt: skip
    session.flush()


def _arrange(
    state: RunState = RunState.OPEN, **values: Any
) -> Callable[[Session], Mapping[str, Any]]:
    def arrange(session: Session) -> Mapping[str, Any]:
        _college(session, state)
        return values

    return arrange


_NEW_LEADER: dict[str, Any] = {"perspective": Perspective.LIVED.value}


def _with_leader(session: Session) -> Mapping[str, Any]:
    _college(session)
    person_id = create_person(session, SYSTEM, name="Sample Leader")
    session.add(Assignment(session_id=_ID, person_id=person_id, perspective=Perspective.LIVED))
    session.flush()
    return {"session_id": _ID, "person_id": person_id}


def _with_handouts(session: Session) -> Mapping[str, Any]:
    _college(session)
    ids = sample_materials(session, _ID, 2)
    return {"course_id": _ID, "material_id": ids[-1]}


def _handout(_values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"title": "A handout", "file": (io.BytesIO(SAMPLE_PICTURE), "handout.png")}


def _with_somebody_to_ask(session: Session) -> Mapping[str, Any]:
    _college(session)
    name = f"Asked {uuid.uuid4().hex}"  # found alone, whoever else is there
    _NEW_LEADER["person_id"] = str(create_person(session, SYSTEM, name=name))  # known only now
    return {"session_id": _ID, "q": name}


def _parts(day: date) -> list[str]:
    return [str(day.day), str(day.month), str(day.year)]


_KEY = str(_ID)
_HOW = {"term_id": _KEY, "mode": "in_person", "venue_id": _KEY, "learning_cap": "10"}
_WHEN = {"starts": "3pm", "minutes": "60", "room_shared": "y"}
_WHY, _REASON = {"why": "A sample"}, {"reason": "A sample"}
_COURSE, _RUN = _arrange(course_id=_ID), _arrange(run_id=_ID)
_SESSION = _arrange(session_id=_ID)
_VENUE, _TERM = _arrange(venue_id=_ID), _arrange(term_id=_ID)
_PLANNED = _arrange(RunState.PLANNED, run_id=_ID)

_READ: tuple[tuple[str, Callable[[Session], Mapping[str, Any]]], ...] = (
    *((name, _arrange()) for name in ("index", "venues", "terms")),
    ("course", _COURSE),
    ("run", _RUN),
    ("session", _SESSION),
)


def _forms() -> tuple[tuple[str, Callable[[Session], Mapping[str, Any]], Mapping[str, Any]], ...]:
    day, later = _parts(_day()), _parts(_day() + timedelta(days=1))
    term = {"name": "Sample", "starts_on": day, "ends_on": later}
    return (
        ("new_course", _arrange(), {"title": "Another sample", "topic_id": _KEY}),
        ("edit_course", _COURSE, {"title": "New", "topic_id": _KEY, "version": "1", **_WHY}),
        ("course_state", _COURSE, {"state": "resting", **_WHY}),
        ("copy_course", _COURSE, {"title": "A copy"}),
        ("plan_run", _COURSE, {**_HOW, **_WHEN, "first_on": day, "count": "2", "step": "confirm"}),
        ("edit_run", _RUN, {**_HOW, "version": "1", **_WHY}),
        ("publish_run", _PLANNED, {}),
        ("unpublish_run", _RUN, _WHY),
        ("cancel_run", _RUN, _REASON),
        (
            "copy_run",
            _RUN,
            {"term_id": _KEY, "first_on": later, "room_shared": "y", "step": "confirm"},
        ),
        ("add_session", _RUN, {"day": later, **_WHEN}),
        ("move_session", _SESSION, {"day": later, **_WHEN, "version": "0", **_REASON}),
        ("cancel_session", _SESSION, _REASON),
        ("tell_students", _SESSION, {"note": "A sample"}),
        ("waive_pair", _SESSION, _REASON),
        ("add_leader", _with_somebody_to_ask, _NEW_LEADER),
        ("remove_leader", _with_leader, {}),
        ("new_venue", _arrange(), {"name": "Sample"}),
        ("edit_venue", _VENUE, {"name": "Sample"}),
        ("remove_venue", _arrange(venue_id=_UNUSED), {}),
        ("new_term", _arrange(), term),
        ("edit_term", _TERM, term),
        ("remove_term", _arrange(term_id=_UNUSED), {}),
    )


def staff_samples() -> list[RouteSample]:
    """A sample of every method of every staff page."""
    forms = _forms()

    def sample(name: str, method: str, arrange: Any, payload: Mapping[str, Any]) -> RouteSample:
        return RouteSample(f"courses_manage.{name}", method, arrange, payload, _ROLES)

    return [
        *(sample(name, "GET", arrange, {}) for name, arrange in _READ),
        *(sample(name, "GET", arrange, {}) for name, arrange, _payload in forms),
        *(sample(name, "POST", arrange, payload) for name, arrange, payload in forms),
        sample("settle_session", "POST", _arrange(session_id=_MOVED), {}),
        sample("materials", "GET", _COURSE, {}),
        sample("new_material", "GET", _COURSE, {}),
        RouteSample("courses_manage.new_material", "POST", _COURSE, _handout, _ROLES),
        sample("change_material", "GET", _with_handouts, {}),
        RouteSample("courses_manage.change_material", "POST", _with_handouts, _handout, _ROLES),
        sample("remove_material", "GET", _with_handouts, {}),
        sample("remove_material", "POST", _with_handouts, {}),
        sample("move_material", "POST", _with_handouts, {}),
        sample("material_file", "GET", _with_handouts, {}),
        RouteSample(
            "courses_manage.history_of",
            "GET",
            _arrange(kind="course", subject_id=_ID),
            roles=_READERS,
        ),
    ]
