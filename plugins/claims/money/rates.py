"""Rates as dated facts: when one holds, since when the college knows it, and who says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
APRIL, SIXTH = 4, 6


class NoRateError(LookupError):
    """No rate of this key holds on the day, as far as was known."""

    def __init__(self, key: str, on: date) -> None:
        super().__init__(f"no rate {key} on {on.isoformat()}")
        self.key = key
        self.on = on


@dataclass(frozen=True, slots=True)
class Rate:
    """Pence per mile or per hour. It holds on `valid_from` and `valid_to` too; None is "until further
    notice". `most_miles` is how far in one tax year it reaches. `id` is its row, 0 where it has none.
    """

    key: str
    pence: int
    valid_from: date
    known_from: date
    valid_to: date | None = None
    most_miles: int | None = None
    source: str = ""
    status: str = ""
    id: int = 0


def tax_year(on: date) -> int:
    """The year in which the tax year of a day began: it begins on 6 April (source: GOV.UK, "Tax year")."""
    return on.year if (on.month, on.day) >= (APRIL, SIXTH) else on.year - 1


def rate_for(rates: Iterable[Rate], key: str, on: date, known: date) -> Rate:
    """The rate that holds on a day, as the college knew it on another day.

    An old rate's end is not known before the rate that follows it: until then, the old one goes on.

    Raises:
        NoRateError: there is none.
    """
    of_key = [one for one in rates if one.key == key]
    found = [
        one
        for one in of_key
        if one.valid_from <= on and one.known_from <= known and _still(one, of_key, on, known)
    ]
    if not found:
        raise NoRateError(key, on)
    return max(found, key=lambda one: (one.valid_from, one.known_from, one.id))


def _still(one: Rate, of_key: Iterable[Rate], on: date, known: date) -> bool:
    end = one.valid_to
    if end is None or on <= end:
        return True
    next_ones = [other for other in of_key if other.valid_from == end + ONE_DAY]
    return bool(next_ones) and all(other.known_from > known for other in next_ones)
