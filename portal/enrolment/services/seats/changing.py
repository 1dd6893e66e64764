"""What changes around the places: how somebody takes part, and the caps themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from portal.audit.api import record
from portal.enrolment.models import Enrolment, TakesPart
from portal.enrolment.services import handing
from portal.enrolment.services.ledger import Ledger
from portal.enrolment.services.outcomes import ModeFullError, NoSuchPlaceError
from portal.enrolment.services.room import count
from portal.enrolment.services.seats import leaving
from portal.plugin_api import Actor


def change_mode(
    session: Session, actor: Actor, enrolment_id: int, mode: TakesPart, *, at: datetime
) -> None:
    """Take part in the other way from now on, where there is a place that nobody waits for.

    Raises:
        ModeFullError: there is none.
        NoSuchPlaceError: there is no such place any more.
    """
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NoSuchPlaceError(enrolment_id)
    ledger = handing.opened(session, enrolment.run_id, at)
    seat = next((one for one in ledger.seats if one.enrolment_id == enrolment_id), None)
    if seat is None:
        raise NoSuchPlaceError(enrolment_id)
    if seat.mode is mode:
        handing.close(ledger)
        return
    if not _has_room_for_mode(ledger, mode):
        raise ModeFullError
    ledger.change_mode(seat, mode)
    enrolment.mode = mode
    record(session, actor, "enrolment:place:mode", ("enrolment", enrolment_id))
    handing.freed(ledger)
    handing.close(ledger)


def refresh(session: Session, run_id: int, *, at: datetime, changed: bool = False) -> None:
    """Take back what has lapsed and hand on what is free. `changed`: a cap, room or session has changed.

    Once nobody new can begin, nobody waits any more.

    With fewer places than people nobody loses theirs; none are given away until some are free again.

    Raises:
        NoSuchPlaceError: there is no such run.
    """
    ledger = handing.opened(session, run_id, at)
    if changed:
        handing.freed(ledger)
    if handing.is_too_late(ledger):
        leaving.end_waits(ledger)
    handing.close(ledger)


def _has_room_for_mode(ledger: Ledger, mode: TakesPart) -> bool:
    free = ledger.free
    # They have a place already: together nobody is added, so only the way itself counts.
    need = replace(count([mode]), total=0)
    waited_for = (free.takes_from(need, wanted) for _, wanted in handing.blocked(ledger))
    return free.fits(need) and not any(waited_for)
