"""How to call the pages that keep an account safe with success: for the access tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Checked, Login
from portal.accounts.passwords import hash_password
from portal.accounts.sample_people import PASSWORD, login_of, new_login, new_person
from portal.accounts.services.email_change import AskedChange, ask_change
from portal.accounts.services.helping import begin_help
from portal.accounts.services.passkeys import add_passkey
from portal.accounts.services.second_step import add_authenticator
from portal.plugin_api import Actor, RouteSample

Values = Mapping[str, Any]
_NEW_EMAIL = "another.sample@college.example"


def _asked(session: Session, login: Login) -> AskedChange:
    return ask_change(session, Actor(login.person_id), login, _NEW_EMAIL)


def _confirm_link(session: Session) -> Values:
    return {"link": _asked(session, new_login(session)).confirm}


def _stop_link(session: Session) -> Values:
    return {"link": _asked(session, new_login(session)).stop}


def _own_change(session: Session, person_id: int) -> Values:
    _asked(session, login_of(session, person_id))
    return {}


def _refusal_link(session: Session) -> Values:
    helper = Actor(new_person(session, "Kim Sample").id)
    _request, stop = begin_help(
        session, helper, new_login(session), checked=Checked.IN_PERSON, note=""
    )
    return {"link": stop}


def _own_passkey(session: Session, person_id: int) -> Values:
    passkey = add_passkey(
        session,
        Actor(person_id),
        login_of(session, person_id),
        credential_id=b"sample",
        public_key=b"sample",
        sign_count=0,
        name="My phone",
    )
    return {"passkey_id": passkey.id}


def _own_authenticator(session: Session, person_id: int) -> Values:
    add_authenticator(session, Actor(person_id), login_of(session, person_id), "sample", 0)
    return {}


def _own_password(session: Session, person_id: int) -> Values:
    login_of(session, person_id).password = hash_password(PASSWORD)
    return {}


_STUDENT = ("student",)
SAMPLES = (
    RouteSample("accounts.ask_for_code", "POST", payload={"email": _NEW_EMAIL}, public=True),
    RouteSample("accounts.end_other_sign_ins", "POST", roles=_STUDENT),
    RouteSample("accounts.ask_for_proof", "POST", roles=_STUDENT),
    RouteSample(
        "accounts.prove", "POST", payload={"password": PASSWORD}, arrange_own=_own_password
    ),
    RouteSample("accounts.change_email", "POST", payload={"email": _NEW_EMAIL}, roles=_STUDENT),
    RouteSample("accounts.stop_own_change", "POST", arrange_own=_own_change),
    RouteSample("accounts.confirm_new_email", "GET", _confirm_link, public=True),
    RouteSample("accounts.confirm_new_email", "POST", _confirm_link, public=True),
    RouteSample("accounts.stop_new_email", "GET", _stop_link, public=True),
    RouteSample("accounts.stop_new_email", "POST", _stop_link, public=True),
    RouteSample("accounts.refuse_help", "GET", _refusal_link, public=True),
    RouteSample("accounts.refuse_help", "POST", _refusal_link, public=True),
    RouteSample("accounts.rename_passkey", "GET", arrange_own=_own_passkey),
    RouteSample(
        "accounts.rename_passkey", "POST", payload={"name": "My key"}, arrange_own=_own_passkey
    ),
    RouteSample("accounts.remove_passkey", "GET", arrange_own=_own_passkey),
    RouteSample("accounts.remove_passkey", "POST", arrange_own=_own_passkey),
    RouteSample("accounts.remove_authenticator", "POST", arrange_own=_own_authenticator),
    RouteSample("accounts.make_recovery_codes", "POST", arrange_own=_own_authenticator),
)
