"""People and logins for tests: made past the pages, with sensible values."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts import passwords
from portal.accounts.models import Login, Person
from portal.accounts.services.logins import create_login
from portal.accounts.services.people import create_person
from portal.accounts.services.roles import grant_role
from portal.plugin_api import SYSTEM

PASSWORD = "gravel lantern seventeen otters"


@lru_cache(maxsize=1)
def password_hash() -> str:
    """The hash of `PASSWORD`, made once."""
    return passwords.hash_password(PASSWORD)


def make_person(session: Session, name: str = "Sam", **values: Any) -> Person:
    """A person without a login."""
    return create_person(session, SYSTEM, name=name, **values)


def make_login(
    session: Session,
    *,
    name: str = "Sam",
    email: str = "",
    roles: Sequence[str] = (),
    confirmed: bool = True,
) -> Login:
    """A person who can sign in with `PASSWORD` and holds these roles in the whole college."""
    person = make_person(session, name)
    for role in roles:
        grant_role(session, SYSTEM, person.id, role, reason="for a test")
    return create_login(
        session,
        SYSTEM,
        person,
        email=email or f"{secrets.token_hex(6)}@example.org",
        password_hash=password_hash(),
        confirmed=confirmed,
    )
