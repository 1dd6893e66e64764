"""How to call the pages of whoever looks after people's records with success: for the access tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.sample_people import new_login, new_person, somebody, somebody_with_login
from portal.accounts.services.merge_requests import ask_to_merge
from portal.plugin_api import Actor, RouteSample

_STAFF = ("coordinator", "administrator")
_ADMINISTRATOR = ("administrator",)


def _two(session: Session) -> Mapping[str, Any]:
    """Two records of one person."""
    return {"person_id": new_person(session).id, "other_id": new_person(session).id}


def _asked(session: Session) -> Mapping[str, Any]:
    """Two records, one with a login, that another coordinator takes for one person's."""
    pair = {**_two(session), "person_id": new_login(session).person_id}
    asker = Actor(new_person(session, "Kim Sample").id)
    ask_to_merge(session, asker, pair["person_id"], pair["other_id"], reason="A sample")
    return pair


def _asked_for(session: Session) -> Mapping[str, Any]:
    _asked(session)
    return {}


_WHY = {"reason": "A sample"}
SAMPLES = (
    RouteSample("accounts.find_same", "GET", somebody, roles=_STAFF),
    RouteSample("accounts.merge_records", "GET", _two, roles=_STAFF),
    RouteSample("accounts.merge_records", "POST", _two, _WHY, _STAFF),
    RouteSample("accounts.merge_list", "GET", _asked_for, roles=_STAFF),
    RouteSample("accounts.stop_merge", "POST", _asked, roles=_STAFF),
    RouteSample("accounts.close_login", "GET", somebody_with_login, roles=_ADMINISTRATOR),
    RouteSample("accounts.close_login", "POST", somebody_with_login, _WHY, _ADMINISTRATOR),
    RouteSample("accounts.my_looks", "GET", roles=("student",)),
    RouteSample("accounts.pause", "GET", roles=("student",)),
    RouteSample("accounts.begin_pause", "POST", roles=("student",)),
    RouteSample("accounts.end_pause", "POST", roles=("student",)),
)
