"""What is not money: given by hand, by somebody who has no part in it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models_offers import Offer, RecognitionChoice, Stage
from portal.audit import api as audit
from portal.plugin_api import Actor, lock_rows, now


def hand_over(session: Session, actor: Actor, choice_id: int) -> None:
    """Say that voucher, certificate, reference and training were given. A second time changes nothing.

    Raises:
        GoneError: there is no such answer.
        RefusedError: it is the actor's own, or has not taken place.
    """
    found = lock_rows(session, RecognitionChoice, [choice_id])
    if not found:
        raise GoneError
    choice, offer = found[0], session.get_one(Offer, found[0].offer_id)
    if offer.person_id == actor.person_id:
        raise RefusedError(Why.SELF)
    if offer.stage not in (Stage.DONE, Stage.CANCELLED):
        raise RefusedError(Why.MOVED_ON)
    if choice.handed_at is None:
        choice.handed_at = now()
        session.flush()
        audit.record(session, actor, "claims:offer:hand", ("claims_offer", offer.id))
