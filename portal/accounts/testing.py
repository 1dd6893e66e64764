"""Clients that are signed in, for tests: through the same records and cookies as a real browser.

Only the typing of a password is left out. Never imported by the running portal.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any
from unittest import mock

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from portal.accounts import evenly, passwords
from portal.accounts.browser_session import KEY
from portal.accounts.models import Login, Person, RoleGrant
from portal.accounts.policies import EVERYBODY
from portal.accounts.services.logins import create_login
from portal.accounts.services.people import create_person
from portal.accounts.services.roles import grant_role, revoke_role
from portal.accounts.services.sessions import open_session
from portal.db import unit_of_work
from portal.plugin_api import SYSTEM

if TYPE_CHECKING:
    from portal.app import Portal

_numbers = count(1)
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_DECOY = _QUICK.hash("nobody’s")


@contextmanager
def without_slowness() -> Iterator[None]:
    """Meanwhile hashes of passwords cost next to nothing, and answers do not wait for a stroke."""
    with (
        mock.patch.object(passwords, "_hasher", _QUICK),
        mock.patch.object(passwords, "_decoy", return_value=_DECOY),
        mock.patch.object(evenly, "STROKE", 1e-6),
    ):
        yield


class BrowserClient(FlaskClient):
    """A client that sends the form's CSRF token along, as a page's form would.

    `client.post(address, data={…}, csrf=False)` leaves it out.
    """

    def post(self, *arguments: Any, csrf: bool = True, **keywords: Any) -> Any:
        """POST a form with its token."""
        data = keywords.get("data")
        if csrf and (data is None or isinstance(data, dict)):
            keywords["data"] = {"csrf_token": self.csrf_token(), **(data or {})}
        return super().post(*arguments, **keywords)

    def csrf_token(self) -> str:
        """A token that fits this client's session; begins one when there is none."""
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", secrets.token_hex(20))
        serializer = URLSafeTimedSerializer(
            self.application.secret_key or "", salt="wtf-csrf-token"
        )
        token = serializer.dumps(raw)
        return token if isinstance(token, str) else token.decode()


def signed_in_client(
    app: Portal, roles: Iterable[str] = (), person_id: int | None = None
) -> FlaskClient:
    """A client signed in as a new person with these roles, or as an existing one who has a login.

    `client.person_id` says who it is.
    """
    with app.app_context(), unit_of_work() as session:
        if person_id is None:
            person = _new_person(session, list(roles))
        else:
            person = session.get_one(Person, person_id)
        login = session.query(Login).filter_by(person_id=person.id).one()
        key = open_session(session, login.id, device="Test", strong=True)
        uniquifier, who = login.get_id(), person.id
    client = BrowserClient(app, app.response_class, use_cookies=True)
    with client.session_transaction() as cookie:
        cookie[KEY] = key
        cookie["_user_id"] = uniquifier
        cookie["_fresh"] = True
    client.person_id = who  # type: ignore[attr-defined]
    return client


def _new_person(session: Any, roles: list[str]) -> Person:
    number = next(_numbers)
    person = create_person(session, SYSTEM, name=f"Person {number}")
    email = f"person{number}-{secrets.token_hex(4)}@college.example"
    create_login(session, SYSTEM, person, email=email, password_hash=None, confirmed=True)
    for role in roles:
        if role != EVERYBODY:  # held by whoever is signed in
            grant_role(session, SYSTEM, person.id, role, reason="for a test")
    return person


def take_roles(app: Portal, person_id: int) -> None:
    """Take away every role that somebody was given."""
    with app.app_context(), unit_of_work() as session:
        held = session.query(RoleGrant).filter_by(person_id=person_id, revoked_at=None)
        for grant in held.all():
            revoke_role(session, SYSTEM, grant.id, reason="for a test")
