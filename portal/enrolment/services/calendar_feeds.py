"""Private addresses of calendars: made when asked for, ended at will, known to us by a hash alone."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.audit.api import record
from portal.enrolment.models import CalendarFeed
from portal.plugin_api import Actor

TOKEN_LENGTH = 64  # hex digits: 256 bits that nobody can guess


def token_of(secret: str, person_id: int, form_key: str) -> str:
    """The key of an address: random, as the form's key is, and the same for a second click on one form."""
    message = f"calendar:{person_id}:{form_key}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def open_feed(session: Session, actor: Actor, person_id: int, token: str, *, at: datetime) -> None:
    """Let this address show the person's sessions from now on; their earlier address leads nowhere.

    Opening it again changes nothing; one that was ended stays ended.
    """
    known = sa.select(CalendarFeed.id).where(CalendarFeed.token_hash == _hash(token))
    if session.scalar(known) is not None:
        return
    close_feeds(session, actor, person_id, at=at)
    session.add(CalendarFeed(person_id=person_id, token_hash=_hash(token), created_at=at))
    session.flush()
    record(session, actor, "enrolment:calendar:opened", ("person", person_id))


def close_feeds(
    session: Session,
    actor: Actor,
    person_id: int,
    *,
    at: datetime,
) -> bool:
    """End the person's address that they have at that instant; False when there is none."""
    ended = session.execute(
        sa.update(CalendarFeed)
        .where(
            CalendarFeed.person_id == person_id,
            CalendarFeed.revoked_at.is_(None),
            CalendarFeed.created_at <= at,
        )
        .values(revoked_at=at)
        .returning(CalendarFeed.id)
    ).all()
    if ended:
        record(session, actor, "enrolment:calendar:closed", ("person", person_id))
    return bool(ended)


def open_since(session: Session, person_id: int) -> datetime | None:
    """When the person's present address was made; None when they have none."""
    return session.scalar(
        sa.select(sa.func.max(CalendarFeed.created_at)).where(
            CalendarFeed.person_id == person_id, CalendarFeed.revoked_at.is_(None)
        )
    )


def owner(session: Session, token: str) -> int | None:
    """Whose sessions an address shows; None when it never was one of ours, or has ended."""
    return session.scalar(
        sa.select(CalendarFeed.person_id).where(
            CalendarFeed.token_hash == _hash(token), CalendarFeed.revoked_at.is_(None)
        )
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
