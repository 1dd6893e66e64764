"""Batches: put together, left out of, locked, given up. Nobody puts in what they may not pay."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import Batch, BatchState, LeftOut, Payment, Signature, Way
from plugins.claims.money.batches import Outcome
from plugins.claims.queries.paying import ids_of
from plugins.claims.services import sources
from plugins.claims.services.looking import Candidate, candidates
from plugins.claims.services.payables import Payable, payable_of
from plugins.claims.services.refs import new_ref
from plugins.claims.services.separating import check_payer
from plugins.claims.services.sources import BY_WHAT, Key, key_of
from portal.audit import api as audit
from portal.plugin_api import Actor, insert_once, lock_rows, now


@dataclass(frozen=True, slots=True)
class Put:
    """What came of putting things into the open batch: its address, how many went in, and what did not."""

    ref: str
    count: int
    left: tuple[tuple[Payable, Why], ...]


def note_batch(session: Session, actor: Actor, verb: str, batch: Batch, **details: int) -> None:
    """Put it on record, by its verb."""
    session.flush()
    said = {"state": batch.state.value, **details}
    audit.record(session, actor, f"claims:batch:{verb}", ("claims_batch", batch.id), details=said)


def locked_batch(session: Session, batch_id: int, *states: BatchState) -> Batch:
    """The batch, locked and fresh, in one of these states; in any where none is named.

    Raises:
        GoneError: there is none.
        RefusedError: it is in another state by now.
    """
    found = lock_rows(session, Batch, [batch_id])
    if not found:
        raise GoneError
    if states and found[0].state not in states:
        raise RefusedError(Why.MOVED)
    return found[0]


def put_in(
    session: Session,
    actor: Actor,
    chosen: Collection[Key] | None = None,
    *,
    seen: int | None = None,
) -> Put:
    """Put what was chosen, or all that is ready, into the open batch, which is made where there is none.

    What cannot go in stays where it is, and is said with the reason; of what was not chosen nothing is said.
    `seen` is what it came to, in pence, when the actor looked at it.

    Raises:
        RefusedError: nothing can go in, or it comes to another sum by now. Where one thing was chosen, it
            says why that one cannot.
    """
    asked = candidates(session, actor.person_id)
    if chosen is not None:
        asked = [one for one in asked if key_of(one.payable) in chosen]
    standing = free(session, [one.payable for one in asked if one.ready])
    good = [one for one in asked if one.ready and key_of(one.payable) in standing]
    left = tuple((one.payable, _why(one)) for one in asked if one not in good)
    if not good:
        raise RefusedError(left[0][1] if len(left) == 1 else Why.EMPTY)
    total = sum(one.payable.pence for one in good)
    if seen not in {None, total}:
        raise RefusedError(Why.CHANGED)
    batch = _open_batch(session, actor)
    add_payments(session, good, batch.id)
    note_batch(session, actor, "put_in", batch, payments=len(good), pence=total)
    return Put(batch.ref, len(good), left)


def free(session: Session, payables: Sequence[Payable]) -> set[Key]:
    """Those that stand as they were, locked, and that nobody has put anywhere else meanwhile."""
    standing = sources.standing(session, payables)
    rows = session.execute(
        sa.select(Payment.what, Payment.what_id).where(
            Payment.what_id.in_({what_id for _what, what_id in standing}),
            sa.or_(Payment.outcome.is_(None), Payment.outcome == Outcome.SENT),
        )
    )
    return standing - {(what, what_id) for what, what_id in rows}


def _why(one: Candidate) -> Why:
    return one.barred or one.wait or (Why.AGAIN if one.void else Why.CHANGED)


def _open_batch(session: Session, actor: Actor) -> Batch:
    insert_once(
        session,
        Batch,
        ref=new_ref(),
        state=BatchState.OPEN,
        made_by_id=actor.person_id,
        made_at=now(),
    )
    opened = sa.select(Batch.id).where(Batch.state == BatchState.OPEN)
    found = session.scalar(opened)
    if found is None:  # it was locked at this moment
        raise RefusedError(Why.MOVED)
    return locked_batch(session, found, BatchState.OPEN)


def add_payments(
    session: Session, good: Sequence[Candidate], batch_id: int | None, way: Way = Way.BANK
) -> None:
    """One more try to pay each of these. Flushed."""
    tries: dict[Key, int] = {}
    ids = {one.payable.what_id for one in good}
    for what, what_id, last in session.execute(
        sa.select(Payment.what, Payment.what_id, sa.func.max(Payment.attempt))
        .where(Payment.what_id.in_(ids))
        .group_by(Payment.what, Payment.what_id)
    ):
        tries[what, what_id] = last
    at = now()
    session.execute(
        sa.insert(Payment),
        [
            {
                "ref": new_ref(),
                "way": way,
                "batch_id": batch_id,
                "what": one.payable.what,
                "what_id": one.payable.what_id,
                "person_id": one.payable.person_id,
                "pence": one.payable.pence,
                "attempt": tries.get(key_of(one.payable), 0) + 1,
                "version": one.payable.version,
                "detail_id": one.detail_id if way is Way.BANK else None,
                "made_at": at,
            }
            for one in good
        ],
    )
    sources.moved(session, [key_of(one.payable) for one in good], None)


def take_out(session: Session, payment: Payment) -> None:
    """The payment was never made; what it was for waits as before, and whatever was signed for it goes."""
    session.execute(sa.delete(Signature).where(Signature.payment_id == payment.id))
    key = (payment.what, payment.what_id)
    session.delete(payment)
    session.flush()
    sources.taken_out(session, key)


def leave_out(session: Session, actor: Actor, payment_id: int, reason: str) -> None:
    """Take one payment out of its batch. Its person reads the reason.

    Raises:
        GoneError: there is no such payment.
        RefusedError: the file is made already.
    """
    payment = session.get(Payment, payment_id)
    if payment is None or payment.batch_id is None:
        raise GoneError
    batch = locked_batch(session, payment.batch_id, BatchState.OPEN, BatchState.LOCKED)
    found = lock_rows(session, Payment, [payment_id])
    if not found:
        raise GoneError
    payment = found[0]
    session.add(
        LeftOut(
            batch_id=batch.id,
            what=payment.what,
            what_id=payment.what_id,
            person_id=payment.person_id,
            reason=reason,
            at=now(),
        )
    )
    take_out(session, payment)
    note_batch(session, actor, "leave_out", batch)


def lock(session: Session, actor: Actor, batch_id: int) -> None:
    """Nothing is put into it any more: it is looked at once, and its file is made.

    Raises:
        GoneError: there is no such batch.
        RefusedError: it is not open, nothing is in it, or the actor has a part in a payment, which `line_id`
            names.
    """
    batch = locked_batch(session, batch_id, BatchState.OPEN)
    payments = session.scalars(sa.select(Payment).where(Payment.batch_id == batch.id)).all()
    if not payments:
        raise RefusedError(Why.EMPTY)
    check_payer(session, actor.person_id, {one.id: payable_of(one) for one in payments}, BY_WHAT)
    batch.state, batch.locked_at = BatchState.LOCKED, now()
    note_batch(session, actor, "lock", batch)


def abandon(session: Session, actor: Actor, batch_id: int) -> None:
    """Give it up, before its file is made: all that is in it waits as before.

    Raises:
        GoneError: there is no such batch.
        RefusedError: its file is made already.
    """
    batch = locked_batch(session, batch_id, BatchState.OPEN, BatchState.LOCKED)
    for payment in lock_rows(session, Payment, list(ids_of(session, batch.id))):
        take_out(session, payment)
    batch.state = BatchState.ABANDONED
    note_batch(session, actor, "abandon", batch)
