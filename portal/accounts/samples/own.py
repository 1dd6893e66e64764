"""How to call the pages of signing in, of one's own account and of roles with success."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.models import ContactRoute, Login, LoginSession, RouteKind
from portal.accounts.passwords import hash_password
from portal.accounts.sample_people import PASSWORD, login_of, new_login, new_person, somebody
from portal.accounts.services.roles import grant_role
from portal.accounts.services.routes import RouteInput, add_route, agreed
from portal.accounts.services.sessions import open_session
from portal.accounts.signed_links import confirmation_token, reset_token
from portal.plugin_api import SYSTEM, RouteSample

Values = Mapping[str, Any]
_EMAIL = "sample.person@college.example"
_NEW_PASSWORD = "forty boats came home today"  # noqa: S105 - of nobody
_ADMINISTRATOR = ("administrator",)


def _login(session: Session, *, confirmed: bool = True) -> Login:
    hashed = hash_password(PASSWORD)
    return new_login(session, email=_EMAIL, password_hash=hashed, confirmed=confirmed)


def _signs_in(session: Session) -> Values:
    _login(session)
    return {}


def _forgot(session: Session) -> Values:
    return {"token": reset_token(_login(session))}


def _registered(session: Session) -> Values:
    login = _login(session, confirmed=False)
    login.password = hash_password(PASSWORD)
    session.flush()
    return {"token": confirmation_token(login)}


def _grant(session: Session) -> Values:
    person = new_person(session)
    return {"grant_id": grant_role(session, SYSTEM, person.id, "facilitator", reason="sample").id}


def _own_password(session: Session, person_id: int) -> Values:
    login_of(session, person_id).password = hash_password(PASSWORD)
    return {}


def _own_session(session: Session, person_id: int) -> Values:
    """A session of theirs in another browser."""
    login_id = login_of(session, person_id).id
    open_session(session, login_id, device="Sample")
    newest = sa.select(sa.func.max(LoginSession.id)).where(LoginSession.login_id == login_id)
    return {"session_id": session.scalars(newest).one()}


def _own_route(session: Session, person_id: int) -> Values:
    """The second way to reach them, so that it can be preferred and removed."""
    for kind, value in ((RouteKind.LETTER, "1 Quay Lane"), (RouteKind.LANDLINE, "01632 960123")):
        route: ContactRoute = add_route(
            session, SYSTEM, person_id, RouteInput(kind, value, consent=agreed())
        )
    return {"route_id": route.id}


_WAY = {"kind": "landline", "value": "01632 960124", "version": "1"}
SAMPLES = (
    RouteSample(
        "accounts.sign_in",
        "POST",
        _signs_in,
        {"email": _EMAIL, "password": PASSWORD},
        public=True,
    ),
    RouteSample("accounts.sign_out", "POST", public=True),
    RouteSample(
        "accounts.register",
        "POST",
        payload={"name": "Bo Sample", "email": _EMAIL, "password": PASSWORD},
        public=True,
    ),
    RouteSample("accounts.confirm_request", "POST", payload={"email": _EMAIL}, public=True),
    RouteSample("accounts.confirm", "GET", _registered, public=True),
    RouteSample("accounts.confirm", "POST", _registered, {"password": PASSWORD}, public=True),
    RouteSample("accounts.reset_request", "POST", payload={"email": _EMAIL}, public=True),
    RouteSample("accounts.reset", "GET", _forgot, public=True),
    RouteSample("accounts.reset", "POST", _forgot, {"password": _NEW_PASSWORD}, public=True),
    RouteSample("accounts.change_name", "POST", payload={"name": "Bo Sample"}, roles=("student",)),
    RouteSample(
        "accounts.change_password",
        "POST",
        payload={"current_password": PASSWORD, "password": _NEW_PASSWORD},
        arrange_own=_own_password,
    ),
    RouteSample("accounts.end_sign_in", "POST", arrange_own=_own_session),
    RouteSample("accounts.end_all_sign_ins", "POST", roles=("student",)),
    RouteSample("accounts.change_route", "GET", arrange_own=_own_route),
    RouteSample("accounts.change_route", "POST", payload=_WAY, arrange_own=_own_route),
    RouteSample("accounts.prefer_route", "POST", arrange_own=_own_route),
    RouteSample("accounts.remove_route", "GET", arrange_own=_own_route),
    RouteSample("accounts.remove_route", "POST", arrange_own=_own_route),
    RouteSample("accounts.person_roles", "GET", somebody, roles=_ADMINISTRATOR),
    RouteSample(
        "accounts.person_roles",
        "POST",
        somebody,
        {"role": "facilitator", "where": "college", "reason": "A sample"},
        _ADMINISTRATOR,
    ),
    RouteSample("accounts.end_role", "GET", _grant, roles=_ADMINISTRATOR),
    RouteSample("accounts.end_role", "POST", _grant, {"reason": "A sample"}, _ADMINISTRATOR),
)
