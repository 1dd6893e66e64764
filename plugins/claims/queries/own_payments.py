"""Payments as the person reads them who was paid: what for, which way, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    Activity,
    AdvanceRow,
    BankDetail,
    CameBack,
    Claim,
    Offer,
    Payment,
    RecognitionChoice,
    Way,
)
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.recognition import Basis
from plugins.claims.queries.places import ME
from portal.plugin_api import rows_of


@dataclass(frozen=True, slots=True)
class OwnPayment:
    """Pence that left. `ref` and `title` are those of the claim, the offer or the money ahead that it is for.

    `last_four` is empty where it went into no account, `charity` where it went to none.
    """

    id: int
    what: What
    what_id: int
    pence: int
    at: datetime
    way: Way
    outcome: Outcome
    came_back: CameBack | None
    ref: str
    title: str
    last_four: str
    charity: str
    payroll: bool

    def __hash__(self) -> int:
        """Quick: it stands in the name of every piece of a page that is kept."""
        return hash((self.id, self.at))


def _of(what: What, row: type[Claim | RecognitionChoice | AdvanceRow]) -> sa.ColumnElement[bool]:
    return sa.and_(Payment.what == what, row.id == Payment.what_id)


# Somebody's payments that have left, the first one first: callers say which of them, and ask it of `ME`.
OWN: Any = (
    sa.select(
        Payment.id,
        Payment.what,
        Payment.what_id,
        Payment.pence,
        Payment.sent_at,
        Payment.way,
        Payment.outcome,
        Payment.came_back,
        sa.func.coalesce(Claim.ref, Offer.ref, AdvanceRow.ref, ""),
        sa.func.coalesce(Claim.what, Activity.title, AdvanceRow.what, ""),
        sa.func.coalesce(BankDetail.last_four, ""),
        sa.func.coalesce(RecognitionChoice.charity, ""),
        sa.func.coalesce(Offer.basis == Basis.PAYROLL, sa.false()),
    )
    .outerjoin(BankDetail, BankDetail.id == Payment.detail_id)
    .outerjoin(Claim, _of(What.CLAIM, Claim))
    .outerjoin(RecognitionChoice, _of(What.CHOICE, RecognitionChoice))
    .outerjoin(Offer, Offer.id == RecognitionChoice.offer_id)
    .outerjoin(Activity, Activity.id == Offer.activity_id)
    .outerjoin(AdvanceRow, _of(What.ADVANCE, AdvanceRow))
    .where(Payment.person_id == ME, Payment.outcome.is_not(None), Payment.sent_at.is_not(None))
    .order_by(Payment.sent_at, Payment.id)
)


def own_payments(
    session: Session, asked: Any, person_id: int, **given: Any
) -> tuple[OwnPayment, ...]:
    """What `asked`, made of `OWN`, finds of somebody; `given` is what else stands in it. One query."""
    return _read(tuple(rows_of(session, asked, {"me": person_id, **given})))


@lru_cache(maxsize=64)  # a page is asked for again and again before anything in it changes
def _read(rows: tuple[Any, ...]) -> tuple[OwnPayment, ...]:
    return tuple(OwnPayment(*one) for one in rows)
