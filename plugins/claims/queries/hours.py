"""Hours: what somebody has left and how it came about, and who has some."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Credit, TimeCreditEntry
from plugins.claims.queries.pages import one_page

A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """Minutes that came in, or less than nothing: went out. `words` says what for."""

    kind: Credit
    minutes: int
    words: str
    at: datetime


def hours_of(session: Session, person_id: int, after: str = "") -> tuple[list[Entry], str]:
    """A page of somebody's entries, the newest first, and after which place there are more. One query."""
    wanted = sa.select(TimeCreditEntry).where(TimeCreditEntry.person_id == person_id)
    key = (TimeCreditEntry.at, TimeCreditEntry.id)
    rows, more = one_page(session, wanted, key, after, newest_first=True)
    return [Entry(one.kind, one.minutes, one.words, one.at) for one, *_key in rows], more


def balances(session: Session, *, limit: int = A_PAGE) -> list[tuple[int, int]]:
    """(person, minutes left) of everybody who has some, the most first. One query."""
    left = sa.func.sum(TimeCreditEntry.minutes)
    rows = session.execute(
        sa.select(TimeCreditEntry.person_id, left)
        .where(TimeCreditEntry.person_id.is_not(None))
        .group_by(TimeCreditEntry.person_id)
        .having(left > 0)
        .order_by(left.desc(), TimeCreditEntry.person_id)
        .limit(limit)
    )
    return [(person, int(minutes)) for person, minutes in rows if person is not None]
