"""The clock that the college promises: when a claim is decided, and when it is paid.

It counts working days of England from the day after the claim was sent, and stands still only while the
college waits for the contributor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from portal.plugin_api import is_working_day

ONE_DAY = timedelta(days=1)
DECIDED_IN, PAID_IN = 5, 10  # working days: what the settings begin with
ARRIVES_IN = 1  # working days from the bank's file to the account


@dataclass(frozen=True, slots=True)
class Pause:
    """The college asked something on one day, and has the answer since another; None: not yet."""

    asked: date
    answered: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """The last days on which a claim is decided and paid."""

    decided: date
    paid: date


@lru_cache(maxsize=4096)  # a list names the same few days
def after_working_days(day: date, count: int) -> date:
    """The working day that comes `count` working days after a day, which need not be one itself."""
    while count:
        day += ONE_DAY
        count -= is_working_day(day)
    return day


def before_working_days(day: date, count: int) -> date:
    """The working day that comes `count` working days before a day, which need not be one itself."""
    while count:
        day -= ONE_DAY
        count -= is_working_day(day)
    return day


def working_days_between(first: date, last: date) -> int:
    """Working days from the day after one day to another one, which counts."""
    day, count = first, 0
    while day < last:
        day += ONE_DAY
        count += is_working_day(day)
    return count


def waited(pauses: Sequence[Pause], today: date) -> int:
    """Working days on which the college waited: from the day after it asked to the day of the answer.

    A day on which two answers were waited for counts once.
    """
    if not pauses:
        return 0
    days = set()
    for pause in pauses:
        day, end = pause.asked, min(pause.answered or today, today)
        while day < end:
            day += ONE_DAY
            days.add(day)
    return sum(is_working_day(day) for day in days)


def due(
    sent: date,
    today: date,
    pauses: Sequence[Pause] = (),
    *,
    paying: Sequence[Pause] = (),
    decided_in: int = DECIDED_IN,
    paid_in: int = PAID_IN,
) -> Due:
    """When a claim that was sent on a day is decided and paid at the latest. `paying` are the pauses that
    only move the day on which it is paid.
    """
    more = waited(pauses, today)
    later = waited([*pauses, *paying], today) if paying else more
    return Due(
        after_working_days(sent, decided_in + more), after_working_days(sent, paid_in + later)
    )
