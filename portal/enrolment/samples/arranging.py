"""How to call the pages of asking and arranging with success: for the generated access tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import create_person
from portal.courses.api import run_by_id, sample_session
from portal.enrolment.queries.waiting import waiting_for_run
from portal.enrolment.services import agreements, keeping_apart, seats
from portal.enrolment.services.outcomes import Body, Enrolled, Waiting
from portal.plugin_api import SYSTEM, Actor, RouteSample

STUDENT, COORDINATOR = ("student",), ("coordinator",)
Values = Mapping[str, Any]


def _day() -> date:
    return clock.now().date() + timedelta(weeks=5)


def _run(session: Session) -> int:
    run_id, _session_id = sample_session(session, _day())
    return run_id


def _person(session: Session, name: str = "Sample Person") -> int:
    return create_person(session, SYSTEM, name=name)


def _with_run(session: Session) -> Values:
    return {"run_id": _run(session)}


def _with_course(session: Session) -> Values:
    run = run_by_id(session, _run(session))
    return {"course_id": run.course_id if run else 0}


def _with_run_and_person(session: Session) -> Values:
    return {"run_id": _run(session), "person_id": _person(session)}


def _with_place(session: Session) -> Values:
    made = seats.book(
        session, SYSTEM, _run(session), [Body(person_id=_person(session))], at=clock.now()
    )
    return {"enrolment_id": made.enrolment_ids[0] if isinstance(made, Enrolled) else 0}


def _waits(session: Session) -> tuple[int, int, int]:
    """A full run, somebody who waits, and a place that would be theirs."""
    run_id, place_id, entry_id = _run(session), 0, 0
    while not entry_id:
        body = Body(person_id=_person(session))
        made = seats.book(session, SYSTEM, run_id, [body], at=clock.now())
        if isinstance(made, Enrolled):
            (place_id,) = made.enrolment_ids
        elif isinstance(made, Waiting):
            entry_id = made.entry_id
    return run_id, place_id, entry_id


def _with_entry(session: Session) -> Values:
    run_id, _place_id, entry_id = _waits(session)
    return {"run_id": run_id, "entry_id": entry_id}


def _with_offer(session: Session) -> Values:
    run_id, place_id, entry_id = _waits(session)
    now = clock.now()
    seats.withdraw(session, SYSTEM, place_id, at=now)
    lines = waiting_for_run(session, run_id, now)
    return {"offer_id": next(line.offer_id for line in lines if line.entry_id == entry_id)}


def _with_pair(session: Session) -> Values:
    one, other = _person(session), _person(session, "Another Person")
    return {"pair_id": keeping_apart.keep_apart(session, SYSTEM, one, other, at=clock.now())}


_PAIR: dict[str, Any] = {}


def _with_two_to_choose(session: Session) -> Values:
    # The payload names people who are made only now.
    _PAIR["one"] = str(_person(session, "Chosen Sample"))
    _PAIR["other"] = str(_person(session, "Other Sample"))
    return {"one": "Chosen Sample", "other": "Other Sample"}


_CODE: dict[str, Any] = {}


def _with_code(session: Session) -> Values:
    # A code works once, so each call has a new one.
    _CODE["code"] = agreements.make_code(session, Actor(person_id=_person(session)), at=clock.now())
    return {}


_HELPER: dict[str, Any] = {}


def _parts(day: date) -> list[str]:
    return [str(day.day), str(day.month), str(day.year)]


_AGREED = {"how": "phone", "agreed_on": _parts(date(2026, 1, 5))}


def _with_helper_to_choose(session: Session) -> Values:
    _HELPER.update(_AGREED, acting_id=str(_person(session, "Helping Sample")))
    return {"person_id": _person(session), "q": "Helping Sample"}


def _step(name: str) -> Callable[[Session], Values]:
    return lambda session: {"run_id": _run(session), "step": name}


def _both(
    name: str, arrange: Callable[[Session], Values], payload: Values, roles: tuple[str, ...]
) -> list[RouteSample]:
    endpoint = f"enrolment.{name}"
    return [
        RouteSample(endpoint, "GET", arrange, roles=roles),
        RouteSample(endpoint, "POST", arrange, payload, roles),
    ]


_NEW = {
    "name": "New Sample",
    "kind": "landline",
    "value": "01632 960123",
    "how": "phone",
}
SAMPLES = (
    RouteSample("enrolment.start", "GET", _with_run, public=True),
    *_both("step", _step("company"), {"company": "alone"}, STUDENT),
    *_both("check", _with_run, {}, STUDENT),
    *_both("interest", _with_course, {"turn": "on"}, STUDENT),
    *_both("helpers", _with_code, _CODE, STUDENT),
    RouteSample("enrolment.make_code", "POST", roles=STUDENT),
    RouteSample("enrolment.people", "GET", _with_run, roles=COORDINATOR),
    RouteSample("enrolment.find_person", "GET", _with_run, roles=COORDINATOR),
    *_both("new_person", _with_run, _NEW, COORDINATOR),
    *_both("enrol_person", _with_run_and_person, {**_AGREED, "company": "alone"}, COORDINATOR),
    *_both("answer_for", _with_offer, {"answer": "yes"}, COORDINATOR),
    *_both("release_place", _with_place, {"who": "they"}, COORDINATOR),
    RouteSample("enrolment.leave_for", "POST", _with_entry, roles=COORDINATOR),
    *_both("helper_for", _with_helper_to_choose, _HELPER, COORDINATOR),
    *_both("apart", _with_two_to_choose, _PAIR, COORDINATOR),
    RouteSample("enrolment.end_apart", "POST", _with_pair, roles=COORDINATOR),
)
