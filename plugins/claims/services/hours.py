"""Hours that people earned: given with an offer, used or put right by a treasurer. Only added to."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import Credit, TimeCreditEntry
from plugins.claims.services.separating import part_in
from portal.accounts.api import person_here
from portal.audit import api as audit
from portal.plugin_api import Actor, lock_rows, now


def balance(session: Session, person_id: int) -> int:
    """Minutes that somebody has left. One query."""
    found = session.scalar(
        sa.select(sa.func.sum(TimeCreditEntry.minutes)).where(
            TimeCreditEntry.person_id == person_id
        )
    )
    return int(found or 0)


def add_hours(
    session: Session,
    actor: Actor,
    person_id: int,
    kind: Credit,
    minutes: int,
    *,
    key: str,
    words: str = "",
) -> None:
    """Add an entry, flushed; `key` names its effect.

    Raises:
        RefusedError: somebody would have used more than they have.
        IntegrityError: the effect stands there already.
    """
    if minutes < 0:
        _lock(session, person_id)
        if balance(session, person_id) + minutes < 0:
            raise RefusedError(Why.HOURS)
    session.add(
        TimeCreditEntry(
            key=key,
            person_id=person_id,
            by_id=actor.person_id,
            kind=kind,
            minutes=minutes,
            words=words,
            at=now(),
        )
    )
    session.flush()


def use_or_adjust(
    session: Session,
    actor: Actor,
    person_id: int,
    kind: Credit,
    minutes: int,
    words: str,
    *,
    key: str,
) -> None:
    """What a treasurer writes: hours are used (`minutes` less than nothing), or put right either way.

    Raises:
        RefusedError: it is for the actor, or for somebody whom they support or share an account with; for
            nobody; or more than there is.
    """
    if person_id == actor.person_id:
        raise RefusedError(Why.SELF)
    if actor.person_id is None or part_in(session, actor.person_id, person_id, now()):
        raise RefusedError(Why.PART)
    if person_here(session, person_id) is None:
        raise RefusedError(Why.NOBODY)
    add_hours(session, actor, person_id, kind, minutes, key=f"form:{key}", words=words)
    about = ("person", person_id)
    audit.record(session, actor, f"claims:hours:{kind.value}", about, details={"minutes": minutes})


def _lock(session: Session, person_id: int) -> None:
    """Lock what they earned: hours that are used twice at once are counted one after the other."""
    ids = session.scalars(
        sa.select(TimeCreditEntry.id).where(
            TimeCreditEntry.person_id == person_id, TimeCreditEntry.minutes > 0
        )
    ).all()
    lock_rows(session, TimeCreditEntry, ids)
