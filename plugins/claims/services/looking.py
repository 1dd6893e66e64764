"""What is ready to be paid, what waits for somebody, and what is in a batch: for one who would pay it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import Why
from plugins.claims.models import (
    BankDetail,
    Batch,
    BatchState,
    CameBack,
    Export,
    Payment,
)
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.readiness import waits_for
from plugins.claims.queries import to_pay
from plugins.claims.queries.paying import WAITS, came_back, details
from plugins.claims.queries.to_pay import Cash, Owed, Sum
from plugins.claims.services.payables import Payable, payable_of
from plugins.claims.services.separating import look, not_pay
from plugins.claims.services.sources import BY_WHAT, key_of, waiting
from plugins.claims.services.standing import voided, voided_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is owed to somebody. `wait`: what their side lacks; `barred`: why the actor may not pay it;
    `void`: it is approved once more first.
    """

    payable: Payable
    detail_id: int | None
    wait: Why | None
    barred: Why | None
    void: bool = False

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.payable.what.value}-{self.payable.what_id}"

    @property
    def ready(self) -> bool:
        """Whether the actor may put it into a batch now."""
        return self.wait is None and self.barred is None and not self.void


def candidates(session: Session, person_id: int | None) -> list[Candidate]:
    """All that is owed and not on its way, what is due first in front, for whoever would pay it. Sixteen
    queries, for whatever number of claims.
    """
    found = waiting(session)
    if not found:
        return []
    looked = look(session, person_id, found, BY_WHAT)
    barred, holds = (
        not_pay(looked, person_id, found),
        details(session, {one.person_id for one in found}),
    )
    void = voided_of(session, looked, found, holds, BY_WHAT)
    back = came_back(session, {one.what_id for one in found})
    return [
        Candidate(
            one,
            known.id if (known := holds.get(one.person_id)) else None,
            WAITS[wait] if (wait := waits_for(known, back.get(key_of(one)))) else None,
            barred.get(key_of(one)),
            key_of(one) in void,
        )
        for one in found
    ]


def certain(session: Session, owed: Sequence[Owed]) -> list[Owed]:
    """These, once what was in doubt is looked at: nothing is, and some are approved once more first. Five
    queries, and none where nothing is in doubt.
    """
    void = voided(session, [_payable(one) for one in owed if one.doubt], BY_WHAT)
    return [
        replace(one, doubt=False, again=(one.what, one.id) in void) if one.doubt else one
        for one in owed
    ]


def _payable(one: Owed) -> Payable:
    return Payable(one.what, one.id, one.person_id, one.pence, one.version, one.title, one.due)


def certain_cash(session: Session, cash: Sequence[Cash]) -> list[Cash]:
    """The same of cash that waits for a second signature."""
    payables = [
        Payable(one.what, one.what_id, one.person_id, one.pence, one.version, "", by_hand=True)
        for one in cash
        if one.doubt and one.person_id is not None
    ]
    void = voided(session, payables, BY_WHAT)
    return [
        replace(one, doubt=False, again=(one.what, one.what_id) in void) if one.doubt else one
        for one in cash
    ]


def ready_sums(session: Session, me: int) -> list[Sum]:
    """All that somebody may put into a batch now, by kind. Two queries, and five where something is in
    doubt.
    """
    found = {one.what: one for one in to_pay.ready_sums(session, me)}
    for one in certain(session, to_pay.in_doubt(session, me)):
        if one.ready:
            before = found.get(one.what, Sum(one.what, 0, 0))
            found[one.what] = Sum(one.what, before.count + 1, before.pence + one.pence)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class PaymentShown:
    """A payment on its batch's page. `stands`: why it cannot leave now, for whoever looks."""

    id: int
    what: What
    person_id: int | None
    pence: int
    attempt: int
    last_four: str
    outcome: Outcome | None
    came_back: CameBack | None
    name_check: str
    stands: Why | None


@dataclass(frozen=True, slots=True)
class BatchShown:
    """A batch whole, with its file once there is one."""

    id: int
    ref: str
    state: BatchState
    made_at: datetime
    payments: tuple[PaymentShown, ...]
    export: Export | None

    @property
    def total(self) -> int:
        """Pence in all."""
        return sum(one.pence for one in self.payments)

    def of(self, outcome: Outcome) -> int:
        """Pence of the payments that have come so far."""
        return sum(one.pence for one in self.payments if one.outcome is outcome)

    @property
    def held(self) -> bool:
        """Whether something in it cannot leave now."""
        return any(one.stands is not None for one in self.payments)


def show(session: Session, batch: Batch, person_id: int | None) -> BatchShown:
    """A batch with its payments, for whoever would pay it."""
    rows = session.execute(
        sa.select(Payment, BankDetail.last_four, BankDetail.name_check)
        .outerjoin(BankDetail, BankDetail.id == Payment.detail_id)
        .where(Payment.batch_id == batch.id)
        .order_by(Payment.id)
    ).all()
    moving = batch.state in {BatchState.OPEN, BatchState.LOCKED}
    stands = _stands(session, [one for one, *_ in rows], person_id) if moving else {}
    export = session.scalars(sa.select(Export).where(Export.batch_id == batch.id)).one_or_none()
    return BatchShown(
        batch.id,
        batch.ref,
        batch.state,
        batch.made_at,
        tuple(
            PaymentShown(
                one.id,
                one.what,
                one.person_id,
                one.pence,
                one.attempt,
                last_four or "",
                one.outcome,
                one.came_back,
                check.value if check else "",
                stands.get(one.id),
            )
            for one, last_four, check in rows
        ),
        export,
    )


def _stands(session: Session, payments: Sequence[Payment], person_id: int | None) -> dict[int, Why]:
    """Of payments that have not left: why one cannot, by its id."""
    payables = {one.id: payable_of(one) for one in payments}
    looked = look(session, person_id, list(payables.values()), BY_WHAT)
    barred = not_pay(looked, person_id, list(payables.values()))
    holds = details(session, {one.person_id for one in payables.values()})
    void = voided_of(session, looked, list(payables.values()), holds, BY_WHAT)
    waits = held_by_details(session, payments)
    found = {}
    for payment_id, one in payables.items():
        again = Why.AGAIN if key_of(one) in void else None
        why = barred.get(key_of(one)) or waits.get(payment_id) or again
        if why is not None:
            found[payment_id] = why
    return found


def held_by_details(session: Session, payments: Sequence[Payment]) -> dict[int, Why]:
    """Payments whose bank details do not hold any more, or wait for their person, by id. Two queries."""
    payables = [payable_of(one) for one in payments]
    known = details(session, {one.person_id for one in payables})
    back = came_back(session, {one.what_id for one in payables})
    found = {}
    for payment, one in zip(payments, payables, strict=True):
        held = known.get(one.person_id)
        wait = waits_for(held, back.get(key_of(one)))
        if wait is not None:
            found[payment.id] = WAITS[wait]
        elif held is None or held.id != payment.detail_id:
            found[payment.id] = Why.CHANGED
    return found
