"""How to call the pages of whoever looks after people's records with success: for the access tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.sample_people import new_person, somebody, somebody_with_login
from portal.plugin_api import RouteSample

_STAFF = ("coordinator", "administrator")
_ADMINISTRATOR = ("administrator",)


def _two(session: Session) -> Mapping[str, Any]:
    """Two records of one person."""
    return {"person_id": new_person(session).id, "other_id": new_person(session).id}


_WHY = {"reason": "A sample"}
SAMPLES = (
    RouteSample("accounts.find_same", "GET", somebody, roles=_STAFF),
    RouteSample("accounts.merge_records", "GET", _two, roles=_STAFF),
    RouteSample("accounts.merge_records", "POST", _two, _WHY, _STAFF),
    RouteSample("accounts.close_login", "GET", somebody_with_login, roles=_ADMINISTRATOR),
    RouteSample("accounts.close_login", "POST", somebody_with_login, _WHY, _ADMINISTRATOR),
    RouteSample("accounts.my_looks", "GET", roles=("student",)),
    RouteSample("accounts.pause", "GET", roles=("student",)),
    RouteSample("accounts.begin_pause", "POST", roles=("student",)),
    RouteSample("accounts.end_pause", "POST", roles=("student",)),
)
