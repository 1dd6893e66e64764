"""How to call each page of this room with success: for the generated access tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import create_person
from portal.courses.api import sample_session
from portal.facilitators.models import Away, ClearanceKind, Facilitator, LeadAsk, Stage
from portal.facilitators.services import people
from portal.plugin_api import SYSTEM, RouteSample

_ROLES = ("coordinator",)
_ZONE = "Europe/London"
Values = Mapping[str, Any]


def _leads(session: Session, person_id: int) -> None:
    """Somebody who leads sessions, with all that is asked for."""
    record = people.begin(session, SYSTEM, person_id)
    record.stage, record.weekly = Stage.ACTIVE, [[0, "09:00", "17:00"]]
    for kind in ClearanceKind:
        people.put_on_record(session, SYSTEM, person_id, kind, None)


def _own_record(session: Session, person_id: int) -> Values:
    _leads(session, person_id)
    return {}


def _own_session(session: Session, person_id: int) -> Values:
    """A session of today that they lead."""
    _leads(session, person_id)
    today = clock.local_date(clock.now(), _ZONE)
    _run_id, session_id = sample_session(session, today, leader_id=person_id)
    return {"session_id": session_id}


def _own_session_to_come(session: Session, person_id: int) -> Values:
    _leads(session, person_id)
    _run_id, session_id = sample_session(session, _later(), leader_id=person_id)
    return {"session_id": session_id}


def _own_session_of_yesterday(session: Session, person_id: int) -> Values:
    _leads(session, person_id)
    day = clock.local_date(clock.now(), _ZONE) - timedelta(days=1)
    _run_id, session_id = sample_session(session, day, leader_id=person_id)
    return {"session_id": session_id}


def _own_away(session: Session, person_id: int) -> Values:
    _leads(session, person_id)
    row = Away(person_id=person_id, first_day=_later(), last_day=_later())
    session.add(row)
    session.flush()
    return {"away_id": row.id}


def _later() -> date:
    """A Monday some weeks ahead."""
    today = clock.local_date(clock.now(), _ZONE)
    return today + timedelta(weeks=5, days=-today.weekday())


def _ask(session: Session, person_id: int, session_id: int) -> int:
    one = LeadAsk(session_id=session_id, person_id=person_id, asked_at=clock.now())
    session.add(one)
    session.flush()
    return one.id


def _own_ask(session: Session, person_id: int) -> Values:
    _leads(session, person_id)
    _run_id, session_id = sample_session(session, _later())
    return {"ask_id": _ask(session, person_id, session_id)}


_CHOSEN: dict[str, Any] = {}


def _to_lead(session: Session) -> Values:
    """A session without leaders, and somebody who fits, whom the payload names."""
    person_id = create_person(session, SYSTEM, name="Sample Peer")
    _leads(session, person_id)
    _run_id, session_id = sample_session(session, _later())
    _CHOSEN["people"] = [str(person_id)]
    return {"session_id": session_id, "person_id": person_id}


def _session_to_lead(session: Session) -> Values:
    return {"session_id": _to_lead(session)["session_id"]}


def _asked(session: Session) -> Values:
    values = _to_lead(session)
    return {"ask_id": _ask(session, values["person_id"], values["session_id"])}


def _person(session: Session) -> Values:
    person_id = create_person(session, SYSTEM, name="Sample Peer")
    session.add(
        Facilitator(person_id=person_id, stage=Stage.INTERESTED, since=clock.now(), max_a_week=2)
    )
    session.flush()
    return {"person_id": person_id}


def _at_checks(session: Session) -> Values:
    values = _person(session)
    session.get_one(Facilitator, values["person_id"]).stage = Stage.CHECKS
    session.flush()
    return values


def _own(
    name: str, arrange: Callable[[Session, int], Values], payload: Values | None = None
) -> list[RouteSample]:
    endpoint = f"facilitators.{name}"
    got = RouteSample(endpoint, "GET", arrange_own=arrange)
    if payload is None:
        return [got]
    return [got, RouteSample(endpoint, "POST", payload=payload, arrange_own=arrange)]


def _post(name: str, arrange: Callable[[Session, int], Values], **values: Any) -> RouteSample:
    def with_values(session: Session, person_id: int) -> Values:
        return {**arrange(session, person_id), **values}

    return RouteSample(f"facilitators.{name}", "POST", arrange_own=with_values)


def _staff(
    name: str,
    arrange: Callable[[Session], Values],
    *,
    get: bool = True,
    payload: Values | None = None,
) -> list[RouteSample]:
    endpoint = f"facilitators.{name}"
    found = [RouteSample(endpoint, "GET", arrange, roles=_ROLES)] if get else []
    if payload is not None:
        found.append(RouteSample(endpoint, "POST", arrange, payload, _ROLES))
    return found


def _parts(day: date) -> list[str]:
    return [str(day.day), str(day.month), str(day.year)]


_DAYS = {"first_day": _parts(_later()), "last_day": _parts(_later())}
_LIVED = {"perspective": "lived"}
SAMPLES = (
    RouteSample("facilitators.mine", "GET", roles=("student",)),
    *_own("answer", _own_ask, _LIVED),
    _post("decline", _own_ask),
    *_own("session", _own_session),
    *_own("bring", _own_session_to_come, {"perspective": "subject"}),
    _post("hand_back", _own_session_to_come),
    *_own("late", _own_session),
    *_own("hand", _own_session, {"about": "talk"}),
    *_own("plan", _own_session, {"words": "Tea first", "version": "0"}),
    *_own("note", _own_session_of_yesterday, {"words": "It went well"}),
    *_own("most", _own_record, {"most": "3"}),
    *_own("topics", _own_record, {}),
    *_own("times", _own_record, {"weekday": "2", "since": "10am", "until": "1pm"}),
    _post("remove_time", _own_record, number=0),
    *_own("away", _own_record, _DAYS),
    _post("remove_away", _own_away),
    _post("own_step", _own_record, stage="resting"),
    *_staff("at_risk", lambda _session: {}),
    *_staff("match", _session_to_lead),
    *_staff("ask", _session_to_lead, get=False, payload=_CHOSEN),
    *_staff("give", _to_lead, payload=_LIVED),
    *_staff("answer_for", _asked, payload=_LIVED),
    *_staff("decline_for", _asked, get=False, payload={}),
    *_staff("people", lambda _session: {}),
    *_staff("person", _at_checks, payload={"stage": "trained", "why": "A sample"}),
    *_staff("told_when", _person, payload={"most": "3", "how": "phone"}),
    *_staff("put_on_record", _person, payload={"kind": "dbs"}),
)
