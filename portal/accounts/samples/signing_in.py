"""How to call each page of this room with success: for the generated access tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Checked, RouteKind
from portal.accounts.sample_people import new_login, new_person, somebody, somebody_with_login
from portal.accounts.services.helping import begin_help
from portal.accounts.services.routes import RouteInput, add_route, agreed
from portal.plugin_api import SYSTEM, Actor, RouteSample

_EVERYBODY = (
    "sign_in", "ask_for_passkey", "ask_for_code", "type_code",
    "type_number", "use_help", "register", "confirm_request",
    "reset_request", "role_guide",
)  # fmt: skip
_SIGNED_IN = (
    "details", "change_name", "add_route", "change_language", "sign_ins", "still_here",
    "change_password",
    "prove", "prove_by_code", "my_passkeys",
    "second_step", "change_email", "new_email_waits", "add_authenticator", "remove_authenticator",
    "add_passkey", "ask_for_own_passkey", "ask_for_new_passkey",
)  # fmt: skip
_STAFF = ("coordinator",)
_WAY = {"kind": "landline", "value": "01632 960123", "how": "phone"}


def _reachable(session: Session) -> Mapping[str, Any]:
    values = somebody(session)
    given = RouteInput(RouteKind.LETTER, "1 Quay Lane", consent=agreed())
    route = add_route(session, SYSTEM, values["person_id"], given)
    return {**values, "route_id": route.id}


def _helped(session: Session) -> Mapping[str, Any]:
    """Somebody whom another coordinator has begun to help."""
    helper = Actor(new_person(session, "Kim Sample").id)
    login = new_login(session)
    request, _stop = begin_help(session, helper, login, checked=Checked.IN_PERSON, note="")
    return {"request_id": request.id}


SAMPLES = (
    RouteSample("accounts.help_list", "GET", roles=_STAFF),
    RouteSample("accounts.begin_help", "GET", somebody_with_login, roles=_STAFF),
    RouteSample(
        "accounts.begin_help", "POST", somebody_with_login, {"checked": "document"}, _STAFF
    ),
    RouteSample("accounts.confirm_help", "GET", _helped, roles=_STAFF),
    RouteSample("accounts.confirm_help", "POST", _helped, roles=_STAFF),
    RouteSample("accounts.stop_help", "POST", _helped, roles=_STAFF),
    *(RouteSample(f"accounts.{name}", "GET", public=True) for name in _EVERYBODY),
    RouteSample("accounts.sent", "GET", arrange=lambda _session: {"what": "reset"}, public=True),
    *(RouteSample(f"accounts.{name}", "GET", roles=("student",)) for name in _SIGNED_IN),
    RouteSample("accounts.add_route", "POST", payload=_WAY, roles=("student",)),
    RouteSample("accounts.change_language", "POST", payload={"language": "-"}, roles=("student",)),
    RouteSample("accounts.people", "GET", roles=("administrator",)),
    RouteSample("accounts.find_contact", "GET", roles=_STAFF),
    RouteSample("accounts.person_contact", "GET", _reachable, roles=_STAFF),
    RouteSample("accounts.add_their_route", "GET", somebody, roles=_STAFF),
    RouteSample("accounts.add_their_route", "POST", somebody, _WAY, _STAFF),
    RouteSample("accounts.change_their_route", "GET", _reachable, roles=_STAFF),
    RouteSample(
        "accounts.change_their_route", "POST", _reachable, {**_WAY, "version": "1"}, _STAFF
    ),
    RouteSample("accounts.prefer_their_route", "POST", _reachable, roles=_STAFF),
    RouteSample("accounts.remove_their_route", "GET", _reachable, roles=_STAFF),
    RouteSample("accounts.remove_their_route", "POST", _reachable, roles=_STAFF),
    RouteSample("accounts.change_their_language", "GET", somebody, roles=_STAFF),
    RouteSample(
        "accounts.change_their_language", "POST", somebody, {"language": "-", "seen": ""}, _STAFF
    ),
)
