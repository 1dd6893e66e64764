"""Miles in money: two bands for a car in one tax year, one for everything else.

The bands follow the net miles of a person in a tax year: what was taken back makes room again.
Source of the form: GOV.UK, "Travel - mileage and fuel rates and allowances".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from plugins.claims.money.amounts import TENTHS, half_up
from plugins.claims.money.rates import Rate, rate_for, tax_year


class Vehicle(StrEnum):
    """How somebody came."""

    CAR = "car"
    MOTORCYCLE = "motorcycle"
    BICYCLE = "bicycle"
    PASSENGER = "passenger"


# The rates of each, the one that reaches only so far in a tax year first.
BANDS: Mapping[Vehicle, tuple[str, ...]] = {
    Vehicle.CAR: ("car-first", "car-over"),
    Vehicle.MOTORCYCLE: ("motorcycle",),
    Vehicle.BICYCLE: ("bicycle",),
    Vehicle.PASSENGER: ("passenger",),
}


@dataclass(frozen=True, slots=True)
class Band:
    """Some tenths of a mile at one rate."""

    tenths: int
    rate: Rate


@dataclass(frozen=True, slots=True)
class Quote:
    """What a journey is worth: whole pence, rounded half up once. `before` is the net tenths of a mile
    in the same tax year before it.
    """

    vehicle: Vehicle
    on: date
    tenths: int
    before: int
    bands: tuple[Band, ...]
    pence: int

    @property
    def tax_year(self) -> int:
        """The year in which its tax year began."""
        return tax_year(self.on)


def quote(
    rates: Iterable[Rate],
    vehicle: Vehicle,
    on: date,
    tenths: int,
    *,
    known: date,
    before: int = 0,
) -> Quote:
    """What so many tenths of a mile on a day are worth, as the rates were known on another day.

    Raises:
        NoRateError: no rate holds on that day.
        ValueError: a distance is negative.
    """
    if tenths < 0 or before < 0:
        raise ValueError("a distance is not negative")
    rates, place, left, found = tuple(rates), before, tenths, []
    for key in BANDS[vehicle]:
        rate = rate_for(rates, key, on, known)
        room = left if rate.most_miles is None else max(rate.most_miles * TENTHS - place, 0)
        part = min(left, room)
        if part:
            found.append(Band(part, rate))
        place, left = place + part, left - part
    worth = sum(band.tenths * band.rate.pence for band in found)
    return Quote(vehicle, on, tenths, before, tuple(found), half_up(worth, TENTHS))


def top_up(
    rates: Iterable[Rate],
    made: Quote,
    *,
    known: date,
    given: int = 0,
    allowed: int | None = None,
) -> int:
    """What is still owed for a line since a better rate became known, in pence; `given` was added before.

    `allowed` is how many of its pence were approved: of a line that was paid in part, that part is topped up.
    Never less than nothing: a line keeps the rate that it was made with.

    Raises:
        NoRateError: no rate holds on that day.
    """
    now = quote(rates, made.vehicle, made.on, made.tenths, known=known, before=made.before)
    more = now.pence - made.pence
    if allowed is not None and made.pence:
        more = half_up(more * allowed, made.pence)
    return max(more - given, 0)
