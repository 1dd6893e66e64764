"""What is not money: given by hand, by somebody who has no part in it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models_offers import Offer, RecognitionChoice, Stage
from plugins.claims.money.separation import Bar, bar
from plugins.claims.services.confirming import involved
from plugins.claims.services.separating import own_accounts
from portal.audit import api as audit
from portal.plugin_api import Actor, lock_rows, now

SAYS_GIVING = {Bar.PAYEE: Why.SELF, Bar.APPROVED: Why.AGREED}


def hand_over(session: Session, actor: Actor, choice_id: int) -> None:
    """Say that voucher, certificate, reference and training were given. A second time changes nothing.

    Raises:
        GoneError: there is no such answer.
        RefusedError: it has not taken place, or the actor has a part in it. To have agreed to it is a part
            where it is worth money.
    """
    found = lock_rows(session, RecognitionChoice, [choice_id])
    if not found:
        raise GoneError
    choice, offer = found[0], session.get_one(Offer, found[0].offer_id)
    _check_part(session, actor, offer)
    if offer.stage not in (Stage.DONE, Stage.CANCELLED):
        raise RefusedError(Why.MOVED_ON)
    if choice.handed_at is None:
        choice.handed_at = now()
        session.flush()
        audit.record(session, actor, "claims:offer:hand", ("claims_offer", offer.id))


def _check_part(session: Session, actor: Actor, offer: Offer) -> None:
    if actor.person_id is None:
        raise RefusedError(Why.PART)
    part = replace(
        involved(session, [offer])[offer.id], accounts=own_accounts(session, offer.person_id)
    )
    if not offer.voucher:
        part = replace(part, approved=frozenset())
    why = bar(part, actor.person_id, own_accounts(session, actor.person_id))
    if why is not None:
        raise RefusedError(SAYS_GIVING.get(why, Why.PART))
