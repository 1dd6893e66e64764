"""What is not money: given by hand, by somebody who has no part in it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import Offer, RecognitionChoice, Stage
from plugins.claims.services import recognition_payable as recognition
from plugins.claims.services.separating import check_payer, why_not_pay
from plugins.claims.services.sources import BY_WHAT
from plugins.claims.services.standing import voided
from portal.audit import api as audit
from portal.plugin_api import Actor, lock_rows, now


def barred(session: Session, actor: Actor, choice_ids: Sequence[int]) -> dict[int, Why]:
    """Of these answers, those of which the actor may give nothing: why, by the answer. Four queries."""
    payables = recognition.payables_of(session, choice_ids)
    found = why_not_pay(session, actor.person_id, payables, BY_WHAT)
    return {choice_id: why for (_what, choice_id), why in found.items()}


def approved_again(session: Session, choice_ids: Sequence[int]) -> set[int]:
    """Those of these answers whose money is approved once more before it is paid."""
    found = voided(session, recognition.payables_of(session, choice_ids), BY_WHAT)
    return {choice_id for _what, choice_id in found}


def hand_over(session: Session, actor: Actor, choice_id: int) -> None:
    """Say that voucher, certificate, reference and training were given. A second time changes nothing.

    A voucher is money's worth, so it is asked who gives it as with every payment.

    Raises:
        GoneError: there is no such answer.
        RefusedError: the actor has a part in it, or it has not taken place.
    """
    found = lock_rows(session, RecognitionChoice, [choice_id])
    if not found:
        raise GoneError
    choice, offer = found[0], session.get_one(Offer, found[0].offer_id)
    payable = recognition.payable_of(session, choice)
    check_payer(session, actor.person_id, {choice.id: payable}, BY_WHAT)
    if offer.stage not in (Stage.DONE, Stage.CANCELLED):
        raise RefusedError(Why.MOVED_ON)
    if choice.handed_at is None:
        choice.handed_at = now()
        session.flush()
        audit.record(session, actor, "claims:offer:hand", ("claims_offer", offer.id))
