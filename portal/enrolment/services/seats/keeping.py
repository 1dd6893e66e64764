"""A place that the college keeps for people who have not asked for this run: they say yes or no to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.enrolment.models import How
from portal.enrolment.services import handing
from portal.enrolment.services.outcomes import Body, ClosedError, Enrolled, Offered, Waiting
from portal.enrolment.services.parties import check_party
from portal.enrolment.services.seats.asking import already, line_up
from portal.plugin_api import Actor


def keep_next(
    session: Session,
    actor: Actor,
    run_id: int,
    bodies: Sequence[Body],
    *,
    how: How,
    at: datetime,
) -> Enrolled | Waiting | Offered:
    """An offer of places when they are free, which comes before whoever asks later; else the end of the list.

    Nobody is overtaken who waits already. Whoever has a place or waits here keeps that. They are told of an
    offer as everybody is; of a place in the list the caller tells them.

    Raises:
        ClosedError, PartyError: nothing can be kept for them; nothing was changed.
        NoSuchPlaceError: there is no such run.
    """
    ledger = handing.opened(session, run_id, at)
    if not handing.may_offer(ledger):
        raise ClosedError
    check_party(ledger.run, ledger.limits.total, bodies)
    asked = bodies[0].person_id
    seat = ledger.seat_of(asked)
    if seat is not None and seat.enrolment_id is not None:
        handing.close(ledger)
        return Enrolled(run_id, (seat.enrolment_id,), already=True)
    if asked is not None and (before := already(ledger, asked, bodies)) is not None:
        handing.close(ledger)
        return before
    entry_id, _ = line_up(ledger, actor, bodies, how)
    handing.hand_on(ledger)
    handing.close(ledger)
    line = next((one for one in ledger.lines if one.entry.id == entry_id), None)
    if line is not None and line.offer is not None:
        return Offered(run_id, entry_id, line.offer.id, line.offer.expires_at)
    return Waiting(run_id, entry_id, ledger.position(entry_id))
