"""Payments as the person reads them who was paid: what for, which way, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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


def own_payments(
    session: Session, person_id: int, *conditions: sa.ColumnElement[bool]
) -> list[OwnPayment]:
    """Somebody's payments that have left, the first one first. One query."""

    def of(what: What, row: type[Claim | RecognitionChoice | AdvanceRow]) -> sa.ColumnElement[bool]:
        return sa.and_(Payment.what == what, row.id == Payment.what_id)

    rows = session.execute(
        sa.select(
            Payment,
            sa.func.coalesce(Claim.ref, Offer.ref, AdvanceRow.ref, ""),
            sa.func.coalesce(Claim.what, Activity.title, AdvanceRow.what, ""),
            sa.func.coalesce(BankDetail.last_four, ""),
            sa.func.coalesce(RecognitionChoice.charity, ""),
            Offer.basis,
        )
        .outerjoin(BankDetail, BankDetail.id == Payment.detail_id)
        .outerjoin(Claim, of(What.CLAIM, Claim))
        .outerjoin(RecognitionChoice, of(What.CHOICE, RecognitionChoice))
        .outerjoin(Offer, Offer.id == RecognitionChoice.offer_id)
        .outerjoin(Activity, Activity.id == Offer.activity_id)
        .outerjoin(AdvanceRow, of(What.ADVANCE, AdvanceRow))
        .where(Payment.person_id == person_id, Payment.outcome.is_not(None), *conditions)
        .order_by(Payment.sent_at, Payment.id)
    )
    return [
        OwnPayment(
            one.id,
            one.what,
            one.what_id,
            one.pence,
            one.sent_at,
            one.way,
            one.outcome,
            one.came_back,
            ref,
            title,
            last_four,
            charity,
            basis is Basis.PAYROLL,
        )
        for one, ref, title, last_four, charity, basis in rows
        if one.sent_at is not None and one.outcome is not None
    ]
