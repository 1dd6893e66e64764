"""What was paid to somebody in one tax year, as they may show it to whoever asks: read from the books."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    Activity,
    AdvanceMove,
    AdvanceRow,
    EntryRow,
    Line,
    Move,
    Offer,
    Payment,
    RecognitionChoice,
)
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.paid_for import Booked, Step, paid_for
from plugins.claims.money.postings import About
from plugins.claims.money.rates import tax_year
from plugins.claims.promises import ZONE
from plugins.claims.queries.owing import OWED
from plugins.claims.queries.own_payments import OWN, OwnPayment, own_payments
from plugins.claims.queries.places import ME
from plugins.claims.queries.prices import VEHICLES
from portal.plugin_api import local_date

_LEFT = OWN.where(Payment.outcome.in_((Outcome.SENT, Outcome.SETTLED)))
_RETURNED = (
    sa.select(AdvanceMove.at, AdvanceRow.what, AdvanceMove.pence)
    .join(AdvanceRow, AdvanceRow.id == AdvanceMove.advance_id)
    .where(AdvanceRow.person_id == ME, AdvanceMove.kind == Move.RETURNED)
    .order_by(AdvanceMove.at, AdvanceMove.id)
)
# When something was paid to somebody, or given back by them.
WHEN: sa.CompoundSelect[Any] = sa.union_all(
    sa.select(Payment.sent_at).where(
        Payment.person_id == ME, Payment.outcome.in_((Outcome.SENT, Outcome.SETTLED))
    ),
    _RETURNED.with_only_columns(AdvanceMove.at).order_by(None),
)


class PaidAs(StrEnum):
    """What money was."""

    EXPENSES = "expenses"
    MILES = "miles"
    RECOGNITION = "recognition"
    AHEAD = "ahead"
    CHARITY = "charity"


@dataclass(frozen=True, slots=True)
class Row:
    """A payment, or the part of one that is of one kind: pence, and tenths of a mile that it is for."""

    on: date
    kind: PaidAs
    payment: OwnPayment
    pence: int
    tenths: int = 0


@dataclass(frozen=True, slots=True)
class Other:
    """Something beside the payments: pence that somebody gave back, or a voucher that they were given."""

    on: date
    title: str
    pence: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A tax year, named by the year in which it began. A payment counts on the day on which it left; one that
    came back is not in it.
    """

    year: int
    rows: tuple[Row, ...]
    given_back: tuple[Other, ...]
    vouchers: tuple[Other, ...]

    @property
    def total(self) -> int:
        """Pence of all payments."""
        return sum(one.pence for one in self.rows)

    @property
    def back(self) -> int:
        """Pence that were given back."""
        return sum(one.pence for one in self.given_back)

    @property
    def totals(self) -> list[tuple[PaidAs, int, int]]:
        """(kind, tenths of a mile, pence) of each kind that there is."""
        return [
            (kind, sum(one.tenths for one in rows), sum(one.pence for one in rows))
            for kind in PaidAs
            if (rows := [one for one in self.rows if one.kind is kind])
        ]


def years_of(moments: Iterable[datetime | None]) -> list[int]:
    """The tax years of these, the last one first."""
    return sorted({_year(at) for at in moments if at is not None}, reverse=True)


def statement(session: Session, person_id: int, year: int) -> Statement:
    """What was paid to somebody in a tax year. Eight queries at most."""
    payments = own_payments(session, _LEFT, person_id)
    parts = _parts(session, {one.what_id for one in payments if one.what is What.CLAIM})
    line_ids = {line_id for of_it in parts.values() for line_id in of_it}
    journeys = {
        line.id: line.tenths or 0
        for line in session.scalars(sa.select(Line).where(Line.id.in_(line_ids)))
        if line.category in VEHICLES
    }
    rows: list[Row] = []
    counted: set[int] = set()
    for one in payments:
        rows += _rows(one, parts.get(one.id, {}), journeys, counted)
    return Statement(
        year,
        tuple(row for row in rows if tax_year(row.on) == year),
        _of_year(session.execute(_RETURNED, {"me": person_id}), year),
        _of_year(session.execute(_vouchers(person_id)), year),
    )


def _rows(
    one: OwnPayment, parts: dict[int, int], journeys: dict[int, int], counted: set[int]
) -> list[Row]:
    """A journey's miles stand where it is paid first: what it is topped up by is for the same miles."""
    on = local_date(one.at, ZONE)
    if one.what is What.ADVANCE:
        return [Row(on, PaidAs.AHEAD, one, one.pence)]
    if one.what is What.CHOICE:
        return [Row(on, PaidAs.CHARITY if one.charity else PaidAs.RECOGNITION, one, one.pence)]
    by_miles = {line_id: pence for line_id, pence in parts.items() if line_id in journeys}
    new = by_miles.keys() - counted
    counted |= new
    pence = sum(by_miles.values())
    found = []
    if pence != one.pence or not by_miles:
        found.append(Row(on, PaidAs.EXPENSES, one, one.pence - pence))
    if by_miles:
        tenths = sum(journeys[line_id] for line_id in new)
        found.append(Row(on, PaidAs.MILES, one, pence, tenths))
    return found


def _parts(session: Session, claim_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Pence for each line, by payment, of these claims. Three queries."""
    owed = session.execute(
        sa.select(EntryRow.id, Line.claim_id, Line.id, OWED)
        .join(Line, Line.id == EntryRow.about_id)
        .where(EntryRow.about == About.LINE, Line.claim_id.in_(claim_ids))
    )
    paid = session.execute(
        sa.select(EntryRow.id, Payment.what_id, Payment.id, -OWED)
        .join(Payment, Payment.id == EntryRow.about_id)
        .where(
            EntryRow.about == About.PAYMENT,
            Payment.what == What.CLAIM,
            Payment.what_id.in_(claim_ids),
        )
    )
    ahead = session.execute(
        sa.select(EntryRow.id, AdvanceMove.claim_id, AdvanceMove.id, AdvanceMove.pence)
        .join(AdvanceMove, EntryRow.key == sa.literal(f"{About.ADVANCE}:").concat(AdvanceMove.key))
        .where(AdvanceMove.kind == Move.CLAIMED, AdvanceMove.claim_id.in_(claim_ids))
    )
    steps = [(entry, claim, Step(Booked.LINE, key, pence)) for entry, claim, key, pence in owed]
    steps += [(entry, claim, Step(Booked.AHEAD, key, pence)) for entry, claim, key, pence in ahead]
    steps += [
        (entry, claim, Step(Booked.PAID if pence > 0 else Booked.BACK, key, pence))
        for entry, claim, key, pence in paid
    ]
    by_claim: dict[int, list[Step]] = {}
    for _entry, claim, step in sorted(steps, key=lambda one: one[0]):
        by_claim.setdefault(claim or 0, []).append(step)
    found: dict[int, dict[int, int]] = {}
    for of_it in by_claim.values():
        found |= paid_for(of_it)
    return found


def _vouchers(person_id: int) -> sa.Select[datetime | None, str, int]:
    return (
        sa.select(RecognitionChoice.handed_at, Activity.title, Offer.voucher)
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .join(Activity, Activity.id == Offer.activity_id)
        .where(
            Offer.person_id == person_id,
            RecognitionChoice.handed_at.is_not(None),
            RecognitionChoice.voucher,
            Offer.voucher > 0,
        )
        .order_by(RecognitionChoice.handed_at, RecognitionChoice.id)
    )


def _of_year(rows: Iterable[tuple[datetime | None, str, int]], year: int) -> tuple[Other, ...]:
    return tuple(
        Other(local_date(at, ZONE), title, pence)
        for at, title, pence in rows
        if at is not None and _year(at) == year
    )


def _year(at: datetime) -> int:
    return tax_year(local_date(at, ZONE))
