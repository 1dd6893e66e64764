"""Money ahead of an event as something that can be paid out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import AdvanceMove, AdvanceRow, AdvanceState, Move, PaymentStage
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.deadlines import ARRIVES_IN, before_working_days
from plugins.claims.queries.owed import AHEAD
from plugins.claims.services.advance_moves import locked, record
from plugins.claims.services.advances import VERSION, involved, many_involved
from plugins.claims.services.payables import Named, Payable, Source
from portal.messages.api import tell

_STILL = (PaymentStage.NONE, PaymentStage.FAILED)
_NEXT = {
    None: PaymentStage.BATCHED,
    Outcome.SENT: PaymentStage.SENT,
    Outcome.SETTLED: PaymentStage.SETTLED,
    Outcome.FAILED: PaymentStage.FAILED,
}
_TELLS = {
    Outcome.SETTLED: "claims:advance_paid",
    Outcome.FAILED: "claims:advance_came_back",
}


def waiting(session: Session, people: Collection[int] | None = None) -> Sequence[Payable]:
    """What was approved and is not on its way, the earliest event first; of some people, where they are
    named. One query.
    """
    mine = () if people is None else (AdvanceRow.person_id.in_(people),)
    rows = session.scalars(
        sa.select(AdvanceRow).where(*AHEAD, *mine).order_by(AdvanceRow.event_on, AdvanceRow.id)
    )
    return [_payable(one) for one in rows]


def holds(session: Session, payable: Payable) -> bool:
    """Whether it stands as it was; its row is locked."""
    one = locked(session, payable.what_id)
    return (
        one.state is AdvanceState.APPROVED
        and one.payment in {*_STILL, PaymentStage.BATCHED}
        and (one.person_id, one.pence) == (payable.person_id, payable.pence)
    )


def weighs(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Pence that were approved of each. One query."""
    rows = sa.select(AdvanceRow.id, AdvanceRow.pence).where(AdvanceRow.id.in_(ids))
    return {key: pence or 0 for key, pence in session.execute(rows)}


def named(session: Session, ids: Collection[int]) -> dict[int, Named]:
    """What each is for, and its address. One query."""
    rows = sa.select(AdvanceRow.id, AdvanceRow.what, AdvanceRow.ref).where(AdvanceRow.id.in_(ids))
    return {key: Named(what, ref) for key, what, ref in session.execute(rows)}


def moved(session: Session, advance_id: int, outcome: Outcome | None) -> None:
    """It was put into a batch (None), sent, settled, or failed.

    It counts as paid from sending on, until it comes back. What was counted against it by then stays counted:
    it is sent again as the same money.

    Raises:
        GoneError: there is none.
        RefusedError: it was not approved.
    """
    one = locked(session, advance_id)
    if one.state is not AdvanceState.APPROVED:
        raise RefusedError(Why.STATE)
    one.payment = _NEXT[outcome]
    if outcome in {Outcome.SENT, Outcome.SETTLED} and not one.paid:
        record(session, one, Move.PAID, one.pence or 0, _key(session, one))
    elif outcome is Outcome.FAILED and one.left_open == one.paid:
        record(session, one, Move.PAID, -one.paid, _key(session, one))
    session.flush()
    if outcome in _TELLS and one.person_id is not None:
        purpose, about = _TELLS[outcome], {"advance": one.id}
        key = f"{purpose}:{one.id}:{_key(session, one)}"
        tell(session, one.person_id, purpose, about, key=key)


def _key(session: Session, one: AdvanceRow) -> str:
    """The name of its next movement out or back: each happens once."""
    count = sa.select(sa.func.count(AdvanceMove.id)).where(
        AdvanceMove.advance_id == one.id, AdvanceMove.kind == Move.PAID
    )
    return f"paid:{session.scalar(count)}"


def taken_out(session: Session, advance_id: int) -> None:
    """It waits for its payment as before."""
    one = locked(session, advance_id)
    if one.payment is PaymentStage.BATCHED:
        one.payment = PaymentStage.NONE
        session.flush()


def _payable(one: AdvanceRow) -> Payable:
    """It is due so early that it is with its person on the last working day before its event."""
    due = before_working_days(one.event_on, 1 + ARRIVES_IN)
    return Payable(What.ADVANCE, one.id, one.person_id or 0, one.pence or 0, VERSION, one.what, due)


SOURCE = Source(
    What.ADVANCE,
    waiting,
    holds,
    involved,
    weighs,
    named,
    moved,
    taken_out,
    many_involved=many_involved,
)
