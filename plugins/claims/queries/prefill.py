"""What somebody gave lately, for which they may want to claim: as every room and plugin says of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Prefill
from plugins.claims.promises import ZONE
from portal.facilitators.api import contribution_record
from portal.plugin_api import Actor, Words, local_date, now

DAYS_BACK = 90
MOST = 5


@dataclass(frozen=True, slots=True)
class Offered:
    """Something that somebody gave on a day: "Led a session", "Sleep and rest". `key` is a hash of it."""

    key: str
    day: date
    kind: Words
    title: str


def offered(session: Session, actor: Actor) -> list[Offered]:
    """What the actor gave in the last 90 days and has neither claimed for from here nor waved away.

    The latest first; one for each day and title.
    """
    if actor.person_id is None:
        return []
    last = local_date(now(), ZONE)
    first = last - timedelta(days=DAYS_BACK)
    answered = set(
        session.scalars(sa.select(Prefill.key).where(Prefill.person_id == actor.person_id))
    )
    found: dict[str, Offered] = {}
    for year in contribution_record(session, actor, actor.person_id).years:
        for gift in year.gifts:
            key = _key(gift.on, gift.title)
            if first <= gift.on <= last and key not in answered:
                found.setdefault(key, Offered(key, gift.on, gift.kind, gift.title))
    return sorted(found.values(), key=lambda one: (one.day, one.key), reverse=True)[:MOST]


def day_of(session: Session, claim_id: int) -> date | None:
    """The day of what a claim was begun from. One query."""
    return session.scalar(sa.select(Prefill.day).where(Prefill.claim_id == claim_id))


def _key(on: date, title: str) -> str:
    return hashlib.sha256(f"{on.isoformat()}|{title}".encode()).hexdigest()
