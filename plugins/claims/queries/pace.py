"""How long it takes from sending a claim to its money leaving: by month, of everybody together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Claim, Payment
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.deadlines import working_days_between
from plugins.claims.promises import ZONE
from portal.plugin_api import local_date, wall_to_utc
from portal.privacy.api import SMALLEST_CELL

MONTHS = 12
_LEFT = (Outcome.SENT, Outcome.SETTLED)


@dataclass(frozen=True, slots=True)
class Pace:
    """Working days from sending to leaving: of how many claims, on average (rounded half up), at the longest,
    and how many claims took no longer than was promised.
    """

    claims: int
    average: int
    longest: int
    in_time: int


@dataclass(frozen=True, slots=True)
class Month:
    """What left in a month. `pace` is None where so few claims were paid that one could be known."""

    first: date
    pace: Pace | None


def paces(session: Session, today: date, promised: int) -> list[Month]:
    """The last twelve months with this one, the earliest first. One query.

    A claim counts once, in the month in which its money left for the first time and did not come back;
    `promised` is in working days.
    """
    firsts = _months(today)
    left_at = sa.func.min(Payment.sent_at)
    begins = wall_to_utc(datetime.combine(firsts[0], time()), ZONE)
    rows = session.execute(
        sa.select(Claim.sent_at, left_at)
        .join(Payment, sa.and_(Payment.what == What.CLAIM, Payment.what_id == Claim.id))
        .where(Payment.outcome.in_(_LEFT), Payment.sent_at >= Claim.sent_at)
        .group_by(Claim.id, Claim.sent_at)
        .having(left_at >= begins)
    )
    # Most of them share their two days with others: each pair is counted once.
    pairs = Counter(
        (local_date(sent, ZONE), local_date(left, ZONE)) for sent, left in rows if sent and left
    )
    found: dict[date, Counter[int]] = {first: Counter() for first in firsts}
    for (sent, left), many in pairs.items():
        found[left.replace(day=1)][working_days_between(sent, left)] += many
    return [Month(first, pace_of(days, promised)) for first, days in found.items()]


def pace_of(days: Mapping[int, int], promised: int) -> Pace | None:
    """What so many claims (values) that took so many working days (keys) come to; None for very few."""
    claims = sum(days.values())
    if claims < SMALLEST_CELL:
        return None
    in_all = sum(day * many for day, many in days.items())
    in_time = sum(many for day, many in days.items() if day <= promised)
    longest = max(day for day, many in days.items() if many)
    return Pace(claims, (2 * in_all + claims) // (2 * claims), longest, in_time)


def _months(today: date) -> list[date]:
    firsts = [today.replace(day=1)]
    while len(firsts) < MONTHS:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    return firsts[::-1]
