"""How to call each page of the register with success: for the generated access tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import create_person
from portal.courses.api import sample_handout, sample_session
from portal.enrolment.services.outcomes import Body
from portal.enrolment.services.seats import book
from portal.plugin_api import SYSTEM, RouteSample

_ROLES = ("administrator", "coordinator")


def _today(session: Session) -> Mapping[str, Any]:
    """A session of today."""
    _run_id, session_id = sample_session(session, clock.local_date(clock.now(), "Europe/London"))
    return {"session_id": session_id}


_DAY = clock.local_date(clock.now(), "Europe/London")
_ONE = ("register", "register_from_paper", "register_print", "register_came")


def _today_with_handout(session: Session) -> Mapping[str, Any]:
    run_id, session_id = sample_session(session, _DAY)
    return {"session_id": session_id, "material_id": sample_handout(session, run_id)}


def _led_by(session: Session, person_id: int) -> Mapping[str, Any]:
    """A session of today that this person leads."""
    _run_id, session_id = sample_session(session, _DAY, leader_id=person_id)
    return {"session_id": session_id}


def _led_by_with_somebody(session: Session, person_id: int) -> Mapping[str, Any]:
    """A session of today that this person leads, and somebody with a place in it."""
    run_id, session_id = sample_session(session, _DAY, leader_id=person_id)
    student_id = create_person(session, SYSTEM, name="Sam")
    asked = clock.now() - timedelta(days=20)
    book(session, SYSTEM, run_id, [Body(person_id=student_id)], at=asked)
    return {"session_id": session_id, "person_id": student_id}


SAMPLES = (
    RouteSample("enrolment.register_needs", "GET", arrange_own=_led_by),
    RouteSample("enrolment.register_emergency", "GET", arrange_own=_led_by),
    RouteSample("enrolment.register_emergency_of", "GET", arrange_own=_led_by_with_somebody),
    RouteSample("enrolment.register_handout", "GET", _today_with_handout, roles=_ROLES),
    RouteSample("enrolment.registers", "GET", roles=("student",)),
    RouteSample("enrolment.register_worker", "GET", public=True),
    *(RouteSample(f"enrolment.{name}", "GET", _today, roles=_ROLES) for name in _ONE),
    RouteSample("enrolment.register", "POST", _today, roles=_ROLES),
    RouteSample(
        "enrolment.register_from_paper",
        "POST",
        _today,
        {"day": [str(_DAY.day), str(_DAY.month), str(_DAY.year)]},
        _ROLES,
    ),
    RouteSample("enrolment.register_marks", "POST", _today, {"taps": "[]"}, _ROLES),
    RouteSample(
        "enrolment.register_came",
        "POST",
        _today,
        {"name": "Sample Guest", "who": "new", "visit": "yes"},
        _ROLES,
    ),
)
