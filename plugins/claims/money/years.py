"""The miles of a person's tax year, one journey after the other: what each is worth now, and what of it is
still to be put right.

What is no journey any more makes room for those after it. A journey that is taken back takes the year's last
miles with it, so it may keep what those after it would have gained.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from plugins.claims.money.mileage import BANDS, Quote, Vehicle, quote, top_up
from plugins.claims.money.rates import NoRateError, Rate


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey that counts, or one that is taken back (`back`), as it was priced: `pence` for so many tenths
    of a mile, with the rates that were known on a day.

    In pence: `allowed` is what was decided of it, nothing before that. `stands` is what it is owed by the
    books, with all that was put right. `more` and `less` were proposed by nobody, and wait or were not made.
    `open`: it is still to be decided about, or anew, so nothing is proposed.
    """

    id: int
    vehicle: Vehicle
    on: date
    tenths: int
    known: date
    pence: int
    allowed: int = 0
    stands: int = 0
    more: int = 0
    less: int = 0
    back: bool = False
    open: bool = False

    @property
    def given(self) -> int:
        """Pence that it has, or that somebody has still to approve, or that were left as they are."""
        return self.stands + self.less + (0 if self.back else self.more)


@dataclass(frozen=True, slots=True)
class Due:
    """So many pence more for a journey, or less. More names the newest rate in what it is worth by now."""

    id: int
    pence: int
    rate_id: int | None


def due(rates: Iterable[Rate], year: Sequence[Journey], at: date) -> list[Due]:
    """What is still to be put right in a year, by the rates as they are known at a day: all of it is more, or
    all of it is less. `year` is in the order in which its journeys were priced.

    More goes to the first ones that have too little. Less comes first off what a journey that was taken back
    has kept.
    """
    worth = _worth(rates, year, at)
    gaps = {one.id: worth[one.id][0] - one.given for one in year}
    left, found = sum(gaps.values()), []
    # Their order stands: sorting keeps it among those that are alike.
    for one in year if left > 0 else sorted(year, key=lambda each: not each.back):
        gap = gaps[one.id]
        part = max(min(gap, left), 0) if left > 0 else min(max(gap, left), 0)
        if part and not one.open:
            found.append(Due(one.id, part, worth[one.id][1] if part > 0 else None))
        left -= part
    return found


def taken_back(rates: Iterable[Rate], year: Sequence[Journey], line_id: int, at: date) -> int:
    """The adjustment, in pence and negative, when one journey of a year is taken back: the year's last miles
    go, at what those are worth. Nothing, where it has nothing.
    """
    after = [replace(one, back=one.back or one.id == line_id) for one in year]
    has = sum(one.given for one in after if one.id == line_id)
    if has <= 0:
        return 0
    worth = sum(pence for pence, _rate in _worth(rates, after, at).values())
    change = worth - sum(one.given for one in after)
    return change if -has < change < 0 else -has


def _worth(
    rates: Iterable[Rate], year: Sequence[Journey], at: date
) -> dict[int, tuple[int, int | None]]:
    """What each is worth by now, in pence, and the newest rate in it. What counts takes its miles in turn,
    also before it is decided; what is taken back takes none.
    """
    known, before, found = tuple(rates), 0, {}
    for one in year:
        found[one.id] = (0, None) if one.back else _worth_after(known, one, before, at)
        before += 0 if one.back else one.tenths
    return found


def _worth_after(
    rates: Sequence[Rate], one: Journey, before: int, at: date
) -> tuple[int, int | None]:
    """By the best rates that were known since it was priced: who was decided late gets no less."""
    if not one.allowed:
        return 0, None
    keys = BANDS[one.vehicle]
    later = {rate.known_from for rate in rates if rate.key in keys and one.known < rate.known_from}
    made = Quote(one.vehicle, one.on, one.tenths, before, (), one.pence)
    best: tuple[int, int | None] = (one.allowed, None)
    for day in [one.known, *sorted(day for day in later if day <= at)]:
        with suppress(NoRateError):
            more = top_up(rates, made, known=day, allowed=one.allowed)
            if best[1] is None or one.allowed + more > best[0]:
                best = (one.allowed + more, _newest(rates, made, day))
    return best


def _newest(rates: Sequence[Rate], made: Quote, known: date) -> int:
    anew = quote(rates, made.vehicle, made.on, made.tenths, known=known, before=made.before)
    return max((band.rate for band in anew.bands), key=lambda one: (one.known_from, one.id)).id
