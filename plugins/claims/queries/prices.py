"""What the lines of a claim come to: miles in their tax years, after what was claimed before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from plugins.claims.queries.rates import rates

VEHICLES: Mapping[Category, Vehicle] = {Category(one.value): one for one in Vehicle}
COUNTED = STANDS | {State.SUBMITTED, State.QUERIED}


@dataclass(frozen=True, slots=True)
class Price:
    """A line's pence, and the net tenths of a mile before it, where it is a journey. `kept`: that was priced
    before.
    """

    pence: int
    before: int | None = None
    kept: bool = False


def counts() -> sa.ColumnElement[bool]:
    """That a line is not declined. Until its claim is decided, what one of two people said is no decision."""
    return sa.or_(
        Claim.state.not_in(STANDS), Line.decision.is_(None), Line.decision != Decision.DECLINED
    )


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
            counts(),
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
        # What keeps its price keeps its miles: those that are priced now come after it.
        for line in sorted(journeys, key=lambda one: not _keeps(claim, one)):
            if not _keeps(claim, line):
                found[line.id] = _price(line, known_rates, net, known)
                continue
            found[line.id] = Price(line.pence or 0, line.before, kept=True)
            if line.category is Category.CAR and line.day is not None:
                net[tax_year(line.day)] += line.tenths or 0
    return found


def _keeps(claim: Claim, line: Line) -> bool:
    return claim.round > 1 and line.known_on is not None


def priced_again(session: Session, claim: Claim, lines: Sequence[Line]) -> dict[int, Price]:
    """What the journeys by car come to that were declined and are asked about again, by line: what was
    claimed meanwhile is before them. Never more than at first, at the rate they were made with. Two queries
    where there are any.

    Raises:
        NoRateError: no rate holds on the day of a journey.
    """
    again = [
        line
        for line in lines
        if line.category is Category.CAR and line.decision is Decision.DECLINED and line.day
    ]
    if not again or claim.person_id is None:
        return {}
    known_rates = rates(session)
    years = sorted({tax_year(line.day) for line in again if line.day})
    net = net_tenths(session, claim.person_id, years, 0)
    found = {}
    for line in again:
        made = _price(line, known_rates, net, line.known_on or date.max)
        found[line.id] = Price(min(made.pence, line.pence or 0), made.before)
    return found


def less_by_now(session: Session, claim: Claim) -> list[tuple[Line, int]]:
    """The declined journeys of a claim that would come to less than was claimed, were they asked about again,
    each with what they would come to in pence. At most three queries.
    """
    theirs = sa.select(Line).where(Line.claim_id == claim.id).order_by(Line.id)
    lines = session.scalars(theirs).all()
    found = priced_again(session, claim, lines)
    return [
        (line, found[line.id].pence)
        for line in lines
        if line.id in found and found[line.id].pence < (line.pence or 0)
    ]


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
