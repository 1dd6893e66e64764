"""Money that the portal pays into no account: what goes to a charity, and what goes through the payroll."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import UNPAID, Payment, RecognitionChoice, Way
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.postings import About
from plugins.claims.services import recognition_payable as recognition
from plugins.claims.services import sources
from plugins.claims.services.batching import add_payments
from plugins.claims.services.books import write_many
from plugins.claims.services.exporting import paid_entries
from plugins.claims.services.looking import Candidate
from plugins.claims.services.outcomes import tell_paid
from plugins.claims.services.separating import check_payer
from plugins.claims.services.sources import BY_WHAT
from plugins.claims.services.standing import check_standing
from portal.audit import api as audit
from portal.plugin_api import Actor, lock_rows, now


def note_paid(session: Session, actor: Actor, choice_id: int, version: int) -> None:
    """Write down that it was paid by hand: `version` of the answer, as it was shown. Again changes nothing.

    Raises:
        GoneError: there is no such answer.
        RefusedError: it is paid in another way, has changed, is not owed, is approved once more first, or the
            actor has a part in it.
    """
    found = lock_rows(session, RecognitionChoice, [choice_id])
    if not found:
        raise GoneError
    choice = found[0]
    if not recognition.goes_by_hand(session, choice):
        raise RefusedError(Why.STATE)
    payable = recognition.payable_of(session, choice)
    check_payer(session, actor.person_id, {choice.id: payable}, BY_WHAT)
    if choice.paying not in UNPAID:
        return
    if choice.version != version or not recognition.holds(session, payable):
        raise RefusedError(Why.CHANGED)
    check_standing(session, {choice.id: payable}, BY_WHAT)
    add_payments(session, [Candidate(payable, None, None, None)], None, Way.HAND)
    payment = session.scalars(
        sa.select(Payment).where(
            Payment.what == What.CHOICE, Payment.what_id == choice_id, Payment.outcome.is_(None)
        )
    ).one()
    payment.outcome, payment.sent_at, payment.said_at = Outcome.SETTLED, now(), now()
    session.flush()
    write_many(session, About.PAYMENT, "sent", paid_entries([payment]))
    sources.moved(session, [(What.CHOICE, choice_id)], Outcome.SETTLED)
    audit.record(session, actor, "claims:hand:paid", ("claims_payment", payment.id))
    tell_paid(session, payment)
