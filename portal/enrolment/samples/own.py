"""How to call the pages of one's own place, wait or offer with success: for the generated access tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import create_person
from portal.courses.api import run_by_id, sample_handout, sample_session
from portal.enrolment.queries.asking import agreements_with
from portal.enrolment.queries.waiting import live_offer
from portal.enrolment.services import agreements, seats
from portal.enrolment.services.outcomes import Body, Enrolled, Waiting
from portal.plugin_api import SYSTEM, Actor, RouteSample

Values = Mapping[str, Any]
Own = Callable[[Session, int], Values]


def _day() -> date:
    return clock.now().date() + timedelta(weeks=5)


def _book(session: Session, run_id: int, person_id: int) -> Enrolled | Waiting:
    made = seats.book(session, SYSTEM, run_id, [Body(person_id=person_id)], at=clock.now())
    assert isinstance(made, Enrolled | Waiting)  # noqa: S101 - nobody here has an offer
    return made


def _session_of_place(session: Session, person_id: int) -> Values:
    run_id, session_id = sample_session(session, _day(), both_ways=True)
    made = _book(session, run_id, person_id)
    assert isinstance(made, Enrolled)  # noqa: S101 - the run is empty
    return {"enrolment_id": made.enrolment_ids[0], "session_id": session_id}


def _place(session: Session, person_id: int) -> Values:
    return {"enrolment_id": _session_of_place(session, person_id)["enrolment_id"]}


def _place_with_handout(session: Session, person_id: int) -> Values:
    run_id, _session_id = sample_session(session, _day())
    made = _book(session, run_id, person_id)
    assert isinstance(made, Enrolled)  # noqa: S101 - the run is empty
    return {"enrolment_id": made.enrolment_ids[0], "material_id": sample_handout(session, run_id)}


def _place_of_who_agreed(session: Session, person_id: int) -> Values:
    """The place of somebody for whom this person acts."""
    other = create_person(session, SYSTEM, name="Sample Person")
    _agree(session, other, person_id)
    return _place(session, other)


def _wait(session: Session, person_id: int) -> Values:
    """A wait, on a run that others have filled."""
    entry_id, _place_id = _full(session, person_id)
    return {"entry_id": entry_id}


def _offer(session: Session, person_id: int) -> Values:
    """An offer: one of the others has left."""
    entry_id, place_id = _full(session, person_id)
    seats.withdraw(session, SYSTEM, place_id, at=clock.now())
    return {"offer_id": live_offer(session, entry_id)}


def _full(session: Session, person_id: int) -> tuple[int, int]:
    """(wait, a place that would be free for it)."""
    run_id, _session_id = sample_session(session, _day())
    run = run_by_id(session, run_id)
    assert run is not None  # noqa: S101 - it has just been made
    places = [
        _book(session, run_id, create_person(session, SYSTEM, name="Sample Person"))
        for _ in range(run.places)
    ]
    made = _book(session, run_id, person_id)
    assert isinstance(made, Waiting)  # noqa: S101 - it is full now
    assert isinstance(places[0], Enrolled)  # noqa: S101 - it was empty
    return made.entry_id, places[0].enrolment_ids[0]


def _agree(session: Session, person_id: int, acting_id: int) -> None:
    now = clock.now()
    code = agreements.make_code(session, Actor(person_id=person_id), at=now)
    agreements.use_code(session, Actor(person_id=acting_id), code, at=now, today=now.date())


def _helper(session: Session, person_id: int) -> Values:
    """Somebody who acts for this person."""
    _agree(session, person_id, create_person(session, SYSTEM, name="Sample Helper"))
    return {"agreement_id": agreements_with(session, person_id)[0].id}


def _page(name: str, own: Own, payload: Values | None = None) -> list[RouteSample]:
    """A page of one's own, and its form where it has one."""
    endpoint = f"enrolment.{name}"
    shown = RouteSample(endpoint, "GET", arrange_own=own)
    if payload is None:
        return [shown]
    return [shown, RouteSample(endpoint, "POST", payload=payload, arrange_own=own)]


SAMPLES = (
    *_page("place", _place),
    *_page("done", _place),
    RouteSample("enrolment.my_handout", "GET", arrange_own=_place_with_handout),
    *_page("leave", _place, {}),
    *_page("change_how", _place, {"mode": "online"}),
    *_page("change_needs", _place, {"needs": "A sample"}),
    *_page("apologise", _session_of_place, {"turn": "on"}),
    *_page("place_of_another", _place_of_who_agreed),
    *_page("waiting", _wait),
    *_page("leave_list", _wait, {}),
    *_page("offer", _offer, {}),
    *_page("decline", _offer, {}),
    RouteSample("enrolment.end_helping", "POST", arrange_own=_helper),
)
