"""Cash, for those who have no account: two people of the college sign, and neither has a part in it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import Payment, Signature, Way
from plugins.claims.money.batches import Outcome
from plugins.claims.money.postings import About
from plugins.claims.services import sources
from plugins.claims.services.batching import add_payments, free, take_out
from plugins.claims.services.books import write_many
from plugins.claims.services.exporting import paid_entries
from plugins.claims.services.looking import candidates
from plugins.claims.services.outcomes import tell_paid
from plugins.claims.services.payables import payable_of
from plugins.claims.services.separating import check_payer
from plugins.claims.services.sources import BY_WHAT, Key, key_of
from plugins.claims.services.standing import check_standing
from portal.audit import api as audit
from portal.plugin_api import Actor, lock_rows, now

_UNPAID = (Payment.way == Way.CASH, Payment.outcome.is_(None))


def begin(session: Session, actor: Actor, key: Key) -> None:
    """Put cash aside for somebody, and sign for it first.

    Raises:
        GoneError: nothing of that is owed.
        RefusedError: the actor has a part in it, its person has bank details, or it is approved once more
            first.
    """
    found = next(
        (one for one in candidates(session, actor.person_id) if key_of(one.payable) == key), None
    )
    if found is None:
        raise GoneError
    if found.barred is not None:
        raise RefusedError(found.barred)
    if found.wait is not Why.NO_DETAILS:
        raise RefusedError(Why.HAS_DETAILS)
    if found.void:
        raise RefusedError(Why.AGAIN)
    if key not in free(session, [found.payable]):
        raise RefusedError(Why.CHANGED)
    add_payments(session, [found], None, Way.CASH)
    payment = session.scalars(
        sa.select(Payment).where(Payment.what == key[0], Payment.what_id == key[1], *_UNPAID)
    ).one()
    _sign(session, actor, payment, "sign_first")


def sign(session: Session, actor: Actor, payment_id: int) -> None:
    """The second signature: the money is handed over.

    Raises:
        GoneError: there is no such cash.
        RefusedError: the actor signed first or has a part in it, it is not what it was, or it is approved
            once more first.
    """
    payment = _waiting(session, payment_id)
    first = session.scalars(
        sa.select(Signature.person_id).where(Signature.payment_id == payment.id)
    ).all()
    if actor.person_id in first:
        raise RefusedError(Why.SIGNED)
    payable = payable_of(payment)
    check_payer(session, actor.person_id, {payment.id: payable}, BY_WHAT)
    if key_of(payable) not in sources.standing(session, [payable]):
        raise RefusedError(Why.CHANGED)
    check_standing(session, {payment.id: payable}, BY_WHAT)
    _sign(session, actor, payment, "sign_second")
    payment.outcome, payment.sent_at, payment.said_at = Outcome.SETTLED, now(), now()
    session.flush()
    write_many(session, About.PAYMENT, "sent", paid_entries([payment]))
    sources.moved(session, [key_of(payable)], Outcome.SETTLED)
    tell_paid(session, payment)


def stop(session: Session, actor: Actor, payment_id: int) -> None:
    """It was not handed over: what it was for waits as before.

    Raises:
        GoneError: there is no such cash.
    """
    payment = _waiting(session, payment_id)
    _note(session, actor, payment, "stop")
    take_out(session, payment)


def _waiting(session: Session, payment_id: int) -> Payment:
    found = lock_rows(session, Payment, [payment_id])
    if not found or found[0].way is not Way.CASH or found[0].outcome is not None:
        raise GoneError
    return found[0]


def _sign(session: Session, actor: Actor, payment: Payment, verb: str) -> None:
    session.add(Signature(payment_id=payment.id, person_id=actor.person_id, at=now()))
    _note(session, actor, payment, verb)


def _note(session: Session, actor: Actor, payment: Payment, verb: str) -> None:
    session.flush()
    audit.record(session, actor, f"claims:cash:{verb}", ("claims_payment", payment.id))
