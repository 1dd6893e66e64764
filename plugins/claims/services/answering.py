"""What somebody answers to an offer of theirs. It can be changed until its payment is in a batch."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import UNPAID, WANTED, Offer, RecognitionChoice, Stage
from plugins.claims.money.recognition import Settled, Taken, settle, worth
from plugins.claims.services.owing import owe
from portal.audit import api as audit
from portal.plugin_api import Actor, lock_rows, now


@dataclass(frozen=True, slots=True)
class Answer:
    """What is taken. `pence` counts where it is less, `charity` where it goes to one; the rest is wished for
    or not.
    """

    taken: Taken
    pence: int = 0
    charity: str = ""
    wanted: frozenset[str] = frozenset()


def own_offer(session: Session, actor: Actor, offer_id: int) -> Offer:
    """The actor's own offer, locked and fresh.

    Raises:
        GoneError: there is none, or it is somebody else's.
    """
    found = lock_rows(session, Offer, [offer_id])
    if not found or actor.person_id is None or found[0].person_id != actor.person_id:
        raise GoneError
    return found[0]


def choice_of(session: Session, offer_id: int) -> RecognitionChoice | None:
    """What was answered to an offer, locked and fresh. The offer is locked before it."""
    return session.scalars(
        sa.select(RecognitionChoice)
        .where(RecognitionChoice.offer_id == offer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def answer(session: Session, actor: Actor, offer_id: int, said: Answer) -> None:
    """Say yes, and what is taken; once it has taken place, what is owed follows at once.

    Raises:
        GoneError: there is no such offer of theirs.
        RefusedError: it is being paid, it went on without them or was cancelled before they answered, or the
            answer has no amount or no charity.
    """
    offer = own_offer(session, actor, offer_id)
    found = choice_of(session, offer.id)
    if found is not None and found.paying not in UNPAID:
        raise RefusedError(Why.ON_ITS_WAY)
    if offer.stage is Stage.AWAY or (offer.stage is Stage.CANCELLED and found is None):
        raise RefusedError(Why.MOVED_ON)
    pence = _pence(offer, said)
    if found is None:
        found = RecognitionChoice(offer_id=offer.id, version=0)
        session.add(found)
    if offer.stage is Stage.NO:
        offer.stage = Stage.OPEN
    found.taken, found.at, found.version = said.taken, now(), found.version + 1
    found.pence = pence.payable + pence.to_charity
    found.charity = said.charity if said.taken is Taken.CHARITY else ""
    if found.handed_at is None:
        for name in WANTED:
            setattr(found, name, bool(getattr(offer, name)) and name in said.wanted)
    session.flush()
    if offer.stage is not Stage.OPEN:
        owe(session, actor, offer, found)
    _note(session, actor, "answer", offer)


def _pence(offer: Offer, said: Answer) -> Settled:
    offered = worth(offer.minutes, offer.pence_an_hour)
    if said.taken is Taken.CHARITY and not said.charity.strip():
        raise RefusedError(Why.WHICH_CHARITY)
    try:
        return settle(offered, said.taken, said.pence)
    except ValueError:
        raise RefusedError(Why.TAKE_LESS) from None


def say_no(session: Session, actor: Actor, offer_id: int) -> None:
    """Not this time: no reason, and what was answered before goes. It can be changed as long as it is open.

    Raises:
        GoneError: there is no such offer of theirs.
        RefusedError: it has taken place, or was cancelled.
    """
    offer = own_offer(session, actor, offer_id)
    if offer.stage is Stage.NO:
        return
    if offer.stage is not Stage.OPEN:
        raise RefusedError(Why.MOVED_ON)
    found = choice_of(session, offer.id)
    if found is not None:
        session.delete(found)
    offer.stage = Stage.NO
    session.flush()
    _note(session, actor, "no", offer)


def _note(session: Session, actor: Actor, verb: str, offer: Offer) -> None:
    """Put it on record without what was taken: whoever reads the record does not pay."""
    audit.record(session, actor, f"claims:offer:{verb}", ("claims_offer", offer.id))
