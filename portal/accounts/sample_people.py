"""Made-up people of the access tests: what the samples of several pages arrange."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.models import Login, Person
from portal.accounts.services.logins import create_login
from portal.accounts.services.people import create_person
from portal.plugin_api import SYSTEM

PASSWORD = "a lamp in the harbour window"  # noqa: S105 - of nobody


def new_person(session: Session, name: str = "Bo Sample") -> Person:
    """A person without a login."""
    return create_person(session, SYSTEM, name=name)


def new_login(
    session: Session, *, email: str = "", password_hash: str | None = None, confirmed: bool = True
) -> Login:
    """A person who signs in."""
    person = new_person(session)
    return create_login(
        session,
        SYSTEM,
        person,
        email=email or f"bo-{person.id}@sample.example",
        password_hash=password_hash,
        confirmed=confirmed,
    )


def somebody(session: Session) -> Mapping[str, Any]:
    """The address of a page about a person."""
    return {"person_id": new_person(session).id}


def somebody_with_login(session: Session) -> Mapping[str, Any]:
    """The address of a page about a person who signs in."""
    return {"person_id": new_login(session).person_id}


def login_of(session: Session, person_id: int) -> Login:
    """How a person signs in."""
    return session.scalars(sa.select(Login).where(Login.person_id == person_id)).one()
