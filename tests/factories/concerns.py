"""Concerns and the people on duty, for tests."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.services.roles import grant_role
from portal.concerns.models import Concern
from portal.concerns.services.raising import raise_concern
from portal.plugin_api import ANONYMOUS, SYSTEM, Actor
from tests.factories.messages import MOBILE, make_reachable

WORDS = "I am afraid for my neighbour"


def make_duty(session: Session, name: str = "Dara", *, role: str = "duty_contact") -> int:
    """Somebody with this role who is reached by e-mail and by text message, and prefers a call."""
    person = make_reachable(
        session,
        name,
        landline="01632 960123",
        email=f"{name.lower()}@example.org",
        mobile=MOBILE,
    )
    grant_role(session, SYSTEM, person, role, reason="for a test")
    session.flush()
    return person


def make_concern(session: Session, words: str = WORDS, *, by: int | None = None) -> Concern:
    """A concern that waits, raised by nobody or by a person under their name."""
    actor = Actor(person_id=by) if by else ANONYMOUS
    raise_concern(session, actor, form_key=secrets.token_hex(8), words=words, named=by is not None)
    return session.scalars(sa.select(Concern).order_by(Concern.id.desc()).limit(1)).one()
