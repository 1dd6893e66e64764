"""What the lines of a claim come to: miles in their tax years, after what was claimed before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    STANDS,
    Adjustment,
    AdjustmentKind,
    Category,
    Claim,
    Decision,
    Line,
    State,
)
from plugins.claims.money.mileage import Vehicle, quote
from plugins.claims.money.rates import Rate, tax_year
from plugins.claims.promises import ZONE
from plugins.claims.queries.rates import rates
from portal.plugin_api import local_date

VEHICLES: Mapping[Category, Vehicle] = {Category(one.value): one for one in Vehicle}
COUNTED = STANDS | {State.SUBMITTED, State.QUERIED}


@dataclass(frozen=True, slots=True)
class Price:
    """A line's pence, and the net tenths of a mile before it, where it is a journey."""

    pence: int
    before: int | None = None


def net_tenths(session: Session, person_id: int, years: Sequence[int], but: int) -> dict[int, int]:
    """Tenths of a mile by car that somebody has claimed, by tax year, without one claim. One query.

    What was declined, withdrawn or taken back does not count.
    """
    if not years:
        return {}
    found = dict.fromkeys(years, 0)
    taken_back = sa.select(Adjustment.id).where(
        Adjustment.line_id == Line.id,
        Adjustment.kind == AdjustmentKind.BACK,
        Adjustment.approved_at.is_not(None),
    )
    rows = session.execute(
        sa.select(Line.day, Line.tenths)
        .join(Claim, Claim.id == Line.claim_id)
        .where(
            Claim.person_id == person_id,
            Claim.id != but,
            Claim.state.in_(COUNTED),
            Line.category == Category.CAR,
            Line.day >= date(min(years), 4, 6),
            Line.day < date(max(years) + 1, 4, 6),
            sa.or_(Line.decision.is_(None), Line.decision != Decision.DECLINED),
            sa.not_(taken_back.exists()),
        )
    )
    for day, tenths in rows:
        if day is not None and tax_year(day) in found:
            found[tax_year(day)] += tenths or 0
    return found


def prices(session: Session, claim: Claim, lines: Sequence[Line], known: date) -> dict[int, Price]:
    """What each line that has its answers comes to, by line. Two queries where there are journeys.

    After an appeal a journey that was not changed keeps the price that it was decided with.

    Raises:
        NoRateError: no rate holds on the day of a journey.
    """
    found = {
        line.id: Price(line.pence) for line in lines if line.category not in VEHICLES and line.pence
    }
    journeys = [line for line in lines if line.category in VEHICLES and line.day and line.tenths]
    if journeys:
        known_rates = rates(session)
        years = sorted({tax_year(line.day) for line in journeys if line.day})
        net = net_tenths(session, claim.person_id or 0, years, claim.id)
        for line in journeys:
            made = _price(line, known_rates, net, known)
            kept = claim.round > 1 and line.known_on is not None
            found[line.id] = Price(line.pence or 0, line.before) if kept else made
    return found


def _price(line: Line, known_rates: Sequence[Rate], net: dict[int, int], known: date) -> Price:
    day, tenths = line.day, line.tenths
    if day is None or tenths is None:
        raise ValueError("a journey without an answer has no price")
    vehicle, year = VEHICLES[line.category], tax_year(day)
    before = net[year] if vehicle is Vehicle.CAR else 0
    if vehicle is Vehicle.CAR:
        net[year] += tenths
    made = quote(known_rates, vehicle, day, tenths, known=known, before=before)
    return Price(made.pence, before)


@dataclass(frozen=True, slots=True)
class _Journey:
    """A journey by car that counts. `back_on`: the day since when it is taken back."""

    id: int
    tenths: int
    before: int
    known_on: date
    back_on: date | None

    def may_be_before(self, other: _Journey) -> bool:
        """Whether it may have been counted before another one. Where that is not known, it is: so nobody is
        paid twice for the same room.
        """
        if self.back_on is not None and self.back_on < other.known_on:
            return False
        later = self.known_on > other.known_on
        same_day = self.known_on == other.known_on
        return not (later or (same_day and self.before >= other.before + other.tenths))


def rooms(session: Session, lines: Sequence[Line]) -> dict[int, int]:
    """Net tenths of a mile before each of these journeys by car, by line, without what was declined or
    withdrawn since it was priced: never more than it was priced with. One query, none where none is by car.
    """
    wanted = {line.id for line in lines if line.category is Category.CAR}
    if not wanted:
        return {}
    found: dict[int, int] = {}
    for year in _years(session, wanted).values():
        for one in year:
            if one.id in wanted:
                others = (other for other in year if other.id != one.id)
                counted = sum(other.tenths for other in others if other.may_be_before(one))
                found[one.id] = min(one.before, counted)
    return found


def _years(session: Session, wanted: Collection[int]) -> dict[tuple[int, int], list[_Journey]]:
    """All journeys by car that count of whoever made these, by person and tax year."""
    people = (
        sa.select(Claim.person_id).join(Line, Line.claim_id == Claim.id).where(Line.id.in_(wanted))
    )
    rows = session.execute(
        sa.select(
            Claim.person_id,
            Line.day,
            Line.id,
            Line.tenths,
            Line.before,
            Line.known_on,
            Adjustment.approved_at,
        )
        .join(Claim, Claim.id == Line.claim_id)
        .outerjoin(
            Adjustment,
            sa.and_(
                Adjustment.line_id == Line.id,
                Adjustment.kind == AdjustmentKind.BACK,
                Adjustment.approved_at.is_not(None),
            ),
        )
        .where(
            Claim.person_id.in_(people),
            Claim.state.in_(COUNTED),
            Line.category == Category.CAR,
            sa.or_(Line.decision.is_(None), Line.decision != Decision.DECLINED),
        )
    )
    found: dict[tuple[int, int], list[_Journey]] = {}
    for person_id, day, line_id, tenths, before, known_on, back_at in rows:
        if person_id is None or day is None or known_on is None:
            continue
        back_on = local_date(back_at, ZONE) if back_at is not None else None
        made = _Journey(line_id, tenths or 0, before or 0, known_on, back_on)
        found.setdefault((person_id, tax_year(day)), []).append(made)
    return found
