"""How to call the pages of breaks with success: for the generated access tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import create_person
from portal.enrolment.services import pauses
from portal.plugin_api import SYSTEM, RouteSample


def _day() -> date:
    return clock.now().date() + timedelta(weeks=4)


def _parts(day: date) -> list[str]:
    return [str(day.day), str(day.month), str(day.year)]


def _person(session: Session) -> Mapping[str, Any]:
    return {"person_id": create_person(session, SYSTEM, name="Sample Person")}


def _paused(session: Session) -> Mapping[str, Any]:
    values = _person(session)
    pauses.begin(
        session,
        SYSTEM,
        values["person_id"],
        last_day=_day(),
        zone="Europe/London",
        at=clock.now(),
    )
    return values


_ASKED = {
    "last_day": _parts(_day()),
    "seen": _day().isoformat(),
    "how": "phone",
    "agreed_on": _parts(date(2026, 1, 5)),
}
SAMPLES = (
    RouteSample("enrolment.my_break", "GET", roles=("student",)),
    RouteSample("enrolment.my_break", "POST", payload=_ASKED, roles=("student",)),
    RouteSample("enrolment.end_my_break", "POST", roles=("student",)),
    RouteSample("enrolment.break_for", "GET", _person, roles=("coordinator",)),
    RouteSample("enrolment.break_for", "POST", _person, _ASKED, ("coordinator",)),
    RouteSample("enrolment.end_break_for", "POST", _paused, roles=("coordinator",)),
)
