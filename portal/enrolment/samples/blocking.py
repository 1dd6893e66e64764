"""How to call the pages of stopped places with success: for the generated access tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import create_person
from portal.enrolment.services import appeals, blocks
from portal.plugin_api import SYSTEM, RouteSample

STAFF = ("coordinator", "administrator")
Values = Mapping[str, Any]


def _day(weeks: int) -> date:
    return clock.now().date() + timedelta(weeks=weeks)


def _parts(day: date) -> list[str]:
    return [str(day.day), str(day.month), str(day.year)]


def _person(session: Session) -> Values:
    return {"person_id": create_person(session, SYSTEM, name="Sample Person")}


def _block(session: Session) -> Values:
    return {"block_id": _block_of(session, _person(session)["person_id"])}


def _own(session: Session, person_id: int) -> Values:
    _block_of(session, person_id)
    return {}


def _block_of(session: Session, person_id: int) -> int:
    return blocks.decide(
        session,
        SYSTEM,
        person_id,
        reason="A sample",
        last_day=_day(4),
        review_on=_day(2),
        zone="Europe/London",
        at=clock.now(),
    )


def _appeal(session: Session) -> Values:
    block_id = _block(session)["block_id"]
    appeal_id = appeals.appeal(session, SYSTEM, block_id, "A sample", today=_day(0), at=clock.now())
    return {"appeal_id": appeal_id}


def _both(
    name: str, arrange: Callable[[Session], Values], payload: Values
) -> tuple[RouteSample, RouteSample]:
    endpoint = f"enrolment.{name}"
    return (
        RouteSample(endpoint, "GET", arrange, roles=STAFF),
        RouteSample(endpoint, "POST", arrange, payload, STAFF),
    )


_DECISION = {"reason": "A sample", "last_day": _parts(_day(4)), "review_on": _parts(_day(2))}
SAMPLES = (
    RouteSample("enrolment.stopped", "GET", roles=STAFF),
    RouteSample("enrolment.block", "GET", _block, roles=STAFF),
    *_both("decide_block", _person, _DECISION),
    *_both("lift_block", _block, {}),
    *_both("review_block", _block, {"outcome": "stands"}),
    *_both("appeal_for", _block, {"how": "phone", "words": "A sample"}),
    *_both("answer_appeal", _appeal, {"outcome": "stands", "answer": "A sample"}),
    RouteSample("enrolment.my_block", "GET", roles=("student",)),
    RouteSample("enrolment.my_block", "POST", payload={"words": "A sample"}, arrange_own=_own),
)
