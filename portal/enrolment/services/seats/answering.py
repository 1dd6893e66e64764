"""Answering an offer, and reaching those who cannot be written to."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.audit.api import record
from portal.enrolment.models import Offer, OfferState, Role, WaitEntry, WaitState
from portal.enrolment.services import blocked, handing, rules, seating, terms
from portal.enrolment.services.ledger import Ledger, Line
from portal.enrolment.services.outcomes import Enrolled, NoSuchPlaceError, TooLate
from portal.plugin_api import SYSTEM, Actor


def accept(
    session: Session, actor: Actor, offer_id: int, *, at: datetime, override: str = ""
) -> Enrolled | TooLate:
    """Take the offered places. An offer is over at its instant, whether or not a job has noticed.

    Raises:
        BlockedError: the places of one of them are stopped.
        TermCapError: they have as many workshops as they may.
        NoSuchPlaceError: there is no such offer.
    """
    ledger, line = _with_offer(session, offer_id, at)
    if line is None or line.offer is None:
        return _too_late(ledger, offer_id)
    asking = [body for body in line.bodies if body.role is Role.STUDENT]
    blocked.refuse(session, (body.person_id for body in line.bodies), at)
    terms.check(ledger, asking, override)
    made = seating.take_line(ledger, line, actor, line.offer)
    handing.hand_on(ledger)
    handing.close(ledger)
    return Enrolled(ledger.run.id, tuple(made))


def decline(session: Session, actor: Actor, offer_id: int, *, at: datetime) -> bool:
    """Say no to an offer; the next is asked. False when it was over already.

    Raises:
        NoSuchPlaceError: there is no such offer.
    """
    ledger, line = _with_offer(session, offer_id, at)
    if line is not None:
        record(session, actor, "enrolment:offer:declined", ("offer", offer_id))
        ledger.end_offer(line, OfferState.DECLINED)
        handing.end_wait(ledger, line, WaitState.DECLINED)
        handing.freed(ledger)
    handing.close(ledger)
    return line is not None


def log_contact(
    session: Session, actor: Actor, offer_id: int, *, reached: bool, at: datetime
) -> bool:
    """Somebody called or wrote about an offer. Reached: their time to answer begins now.

    Not reached for the last time: the next is offered, and they keep their place in the list.
    Returns False when the offer was over.

    Raises:
        NoSuchPlaceError: there is no such offer.
    """
    ledger, line = _with_offer(session, offer_id, at)
    if line is None or line.offer is None:
        handing.close(ledger)
        return False
    offer = line.offer
    offer.tries += 1
    record(session, actor, "enrolment:offer:contact", ("offer", offer_id))
    if reached and offer.clock_starts_at is None:
        offer.clock_starts_at = at
        offer.expires_at = rules.offer_ends(session, ledger.run, at)
    elif offer.clock_starts_at is None and offer.tries >= rules.number(
        session, rules.CONTACT_TRIES
    ):
        handing.end_unanswered(ledger, line)
        handing.hand_on(ledger)
    handing.close(ledger)
    return True


def stop_clock(session: Session, offer_id: int, *, at: datetime) -> bool:
    """What should have told of an offer came back: its time begins anew, when somebody is reached.

    Returns False when the offer was over, or its clock had not begun.

    Raises:
        NoSuchPlaceError: there is no such offer.
    """
    ledger, line = _with_offer(session, offer_id, at)
    stopped = line is not None and line.offer is not None and line.offer.clock_starts_at is not None
    if line is not None and line.offer is not None and stopped:
        line.offer.clock_starts_at = None
        line.offer.expires_at = rules.contact_ends(session, ledger.run, at)
        record(session, SYSTEM, "enrolment:offer:undelivered", ("offer", offer_id))
    handing.close(ledger)
    return stopped


def _with_offer(session: Session, offer_id: int, at: datetime) -> tuple[Ledger, Line | None]:
    """The ledger of an offer's run, and its line while the offer is live at that instant."""
    run_id = session.scalar(sa.select(Offer.run_id).where(Offer.id == offer_id))
    if run_id is None:
        raise NoSuchPlaceError(offer_id)
    ledger = handing.opened(session, run_id, at)
    live = (line for line in ledger.lines if line.offer is not None and line.offer.id == offer_id)
    return ledger, next(live, None)


def _too_late(ledger: Ledger, offer_id: int) -> Enrolled | TooLate:
    """What became of an offer that is not live: accepted by the first of two clicks, or over."""
    handing.close(ledger)
    offer = ledger.session.get_one(Offer, offer_id, populate_existing=True)
    entry = ledger.session.get_one(WaitEntry, offer.entry_id)
    seat = ledger.seat_of(entry.person_id)
    if offer.state is OfferState.ACCEPTED and seat is not None and seat.enrolment_id is not None:
        return Enrolled(ledger.run.id, (seat.enrolment_id,), already=True)
    return TooLate(ledger.run.id, offer.state)
