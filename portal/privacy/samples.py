"""How each page of this room is called with success."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.db import Base
from portal.plugin_api import COLLEGE, Actor, RouteSample
from portal.plugin_api.personal import Exported
from portal.privacy.erasure_links import link_of
from portal.privacy.models import AskedHow, ErasureAsk, RecordRequest, RequestState
from portal.privacy.policies import REVIEW, TIME_TO_SAY_NO
from portal.privacy.services import requests
from portal.privacy.services.erasing import seal_of
from portal.privacy.services.requests import seal_of as seal_of_record

# The seal of nothing held: whoever has just signed up for the first time.
_SURE = {"sure": "y", "told": seal_of(())}

_GUARDIAN = ("data_guardian",)
_READ = {"read": "y", "seen": seal_of_record(Exported(()))}
_REVIEWER = Actor(permissions={REVIEW: frozenset({COLLEGE})})


def _asked(session: Session, person_id: int) -> Mapping[str, Any]:
    """Their request, with a question that waits for them."""
    me, today = Actor(person_id=person_id), clock.now().date()
    request_id = requests.ask(session, me, person_id, "", today=today)
    requests.put_question(session, _REVIEWER, request_id, "Which years?", today=today)
    return {}


def _released(session: Session, person_id: int) -> Mapping[str, Any]:
    """Their request, answered."""
    _asked(session, person_id)
    one = requests.latest(session, person_id)
    if one is not None:
        one.state, one.paused_on, one.decided_at = RequestState.RELEASED, None, clock.now()
    session.flush()
    return {}


def _somebody(session: Session) -> int:
    values = {"pronouns": "", "display": "", "language": "", "name": "Sample Person"}
    table = Base.metadata.tables["person"]
    made = session.execute(
        sa.insert(table).values(created_at=clock.now(), **values).returning(table.c.id)
    )
    found: int = made.scalar_one()
    return found


def _somebody_asked(session: Session) -> Mapping[str, Any]:
    """A request of somebody else's, of whom nothing is kept beside what they told us."""
    person_id = _somebody(session)
    one = RecordRequest(
        person_id=person_id,
        state=RequestState.ASKED,
        words="",
        asked_on=clock.now().date(),
        approved=[],
    )
    session.add(one)
    session.flush()
    return {"request_id": one.id}


def _somebody_waits(session: Session) -> Mapping[str, Any]:
    """The same, with a question that waits for them."""
    found = _somebody_asked(session)
    one = session.get_one(RecordRequest, found["request_id"])
    one.state, one.paused_on = RequestState.WAITING, clock.now().date()
    session.flush()
    return found


def _one(session: Session) -> Mapping[str, Any]:
    """Somebody of whom nothing is kept beside what they told us."""
    return {"person_id": _somebody(session)}


def _waits(session: Session) -> Mapping[str, Any]:
    """Somebody wants to be erased and has had the time to say no; nobody knows any more who wrote it down."""
    ask = ErasureAsk(
        person_id=_somebody(session),
        how=AskedHow.PHONE,
        asked_on=clock.now().date(),
        words="She rang, and I rang her back",
        told=_SURE["told"],
        begun_at=clock.now() - TIME_TO_SAY_NO,
    )
    session.add(ask)
    session.flush()
    return {"erasure_id": ask.id}


def _waits_for_link(session: Session) -> Mapping[str, Any]:
    """The same, and the link to say no."""
    return {"link": link_of(_waits(session)["erasure_id"])}


def _somebody_released(session: Session) -> Mapping[str, Any]:
    """A request of somebody else's, answered."""
    found = _somebody_asked(session)
    one = session.get_one(RecordRequest, found["request_id"])
    one.state, one.decided_at = RequestState.RELEASED, clock.now()
    session.flush()
    return found


_COORDINATOR = ("coordinator",)
_SECOND = ("coordinator", "administrator")
_PHONED = {"how": "phone", "known": "y", "words": "Both years"}

SAMPLES = (
    RouteSample("privacy.page", "GET", public=True),
    RouteSample("privacy.part", "GET", lambda _session: {"name": "accounts"}, public=True),
    RouteSample("privacy.mine", "GET", roles=("student",)),
    RouteSample("privacy.copy", "POST", roles=("student",)),
    RouteSample("privacy.record", "GET", roles=("student",)),
    RouteSample("privacy.record", "POST", payload={"words": ""}, roles=("student",)),
    RouteSample("privacy.record_answer", "POST", arrange_own=_asked, payload={"words": "Both"}),
    RouteSample("privacy.record_withdraw", "POST", arrange_own=_asked),
    RouteSample("privacy.record_copy", "POST", arrange_own=_released),
    RouteSample("privacy.records", "GET", roles=_GUARDIAN),
    RouteSample("privacy.review", "GET", _somebody_asked, roles=_GUARDIAN),
    RouteSample("privacy.question", "GET", _somebody_asked, roles=_GUARDIAN),
    RouteSample("privacy.said", "GET", _somebody_waits, roles=_GUARDIAN),
    RouteSample("privacy.refuse", "GET", _somebody_asked, roles=_GUARDIAN),
    RouteSample("privacy.question", "POST", _somebody_asked, {"words": "Which years?"}, _GUARDIAN),
    RouteSample("privacy.said", "POST", _somebody_waits, {"words": "All of them"}, _GUARDIAN),
    RouteSample("privacy.refuse", "POST", _somebody_asked, {"words": "It is not ours"}, _GUARDIAN),
    RouteSample("privacy.release", "POST", _somebody_asked, _READ, _GUARDIAN),
    RouteSample("privacy.letter", "GET", _somebody_released, roles=_GUARDIAN),
    RouteSample("privacy.ask_for", "GET", _one, roles=_COORDINATOR),
    RouteSample("privacy.ask_for", "POST", _one, _PHONED, _COORDINATOR),
    RouteSample("privacy.erase_for", "GET", _one, roles=_COORDINATOR),
    RouteSample("privacy.erase_for", "POST", _one, _PHONED | _SURE, _COORDINATOR),
    RouteSample("privacy.erasures", "GET", roles=_SECOND),
    RouteSample("privacy.confirm_erasure", "GET", _waits, roles=_SECOND),
    RouteSample("privacy.confirm_erasure", "POST", _waits, _SURE, _SECOND),
    RouteSample("privacy.stop_erasure", "POST", _waits, roles=_SECOND),
    RouteSample("privacy.say_no", "GET", _waits_for_link, public=True),
    RouteSample("privacy.say_no", "POST", _waits_for_link, public=True),
    RouteSample("privacy.agreed", "GET", roles=("student",)),
    RouteSample("privacy.withdraw", "POST", payload={"kind": "a", "ref": "1"}, roles=("student",)),
    RouteSample("privacy.erase", "GET", roles=("student",)),
    RouteSample("privacy.erase", "POST", payload=_SURE, roles=("student",)),
    RouteSample("privacy.erased", "GET", public=True),
)
