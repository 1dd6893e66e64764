"""Giving up a place or a wait: by the person, by the college, and at the end of a run."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.audit.api import record
from portal.enrolment.models import (
    Enrolment,
    EnrolmentState,
    OfferState,
    Seat,
    WaitEntry,
    WaitState,
)
from portal.enrolment.queries.missed_first import instead_of
from portal.enrolment.queries.waiting import BEGUN
from portal.enrolment.services import handing, seating, telling
from portal.enrolment.services.ledger import Ledger, Line
from portal.enrolment.services.outcomes import NoSuchPlaceError
from portal.plugin_api import Actor


def withdraw(session: Session, actor: Actor, enrolment_id: int, *, at: datetime) -> bool:
    """Give a place up, without having to say why. Whoever came only with them leaves too.

    Returns False when the place had ended before.

    Raises:
        NoSuchPlaceError: there is no such enrolment.
    """
    return _end(session, actor, enrolment_id, EnrolmentState.WITHDRAWN, "left", at)


def release(session: Session, actor: Actor, enrolment_id: int, *, why: str, at: datetime) -> bool:
    """The college lets a place go; `why` is a word such as `blocked` or `erased`, no sentence.

    Returns False when the place had ended before.

    Raises:
        NoSuchPlaceError: there is no such enrolment.
    """
    return _end(session, actor, enrolment_id, EnrolmentState.RELEASED, why, at)


def leave_waiting(session: Session, actor: Actor, entry_id: int, *, at: datetime) -> bool:
    """Leave the list, with or without an offer. False when they were not in it any more.

    Raises:
        NoSuchPlaceError: there is no such entry.
    """
    run_id = session.scalar(sa.select(WaitEntry.run_id).where(WaitEntry.id == entry_id))
    if run_id is None:
        raise NoSuchPlaceError(entry_id)
    ledger = handing.opened(session, run_id, at)
    line = next((one for one in ledger.lines if one.entry.id == entry_id), None)
    if line is not None:
        record(session, actor, "enrolment:list:left", ("wait_entry", entry_id))
        leave(ledger, line, "left")
        handing.freed(ledger)
    handing.close(ledger)
    return line is not None


def leave_parties(
    session: Session, actor: Actor, run_id: int, person_id: int, *, at: datetime
) -> None:
    """Somebody waits for a run no more, neither as a student nor in somebody else's party.

    Raises:
        NoSuchPlaceError: there is no such run.
    """
    ledger = handing.opened(session, run_id, at)
    record(session, actor, "enrolment:list:left", ("run", run_id))
    forget_waiting(ledger, person_id)
    handing.freed(ledger)
    handing.close(ledger)


def end_run(session: Session, run_id: int, *, completed: bool, at: datetime) -> int:
    """A run is over or will not take place: nobody waits for it any more. Returns how many places ended.

    When it has been held, places are completed. Of a cancelled run everybody keeps theirs on record:
    whoever tells them finds them by it.

    Raises:
        NoSuchPlaceError: there is no such run.
    """
    ledger = handing.opened(session, run_id, at)
    for line in list(ledger.lines):
        leave(ledger, line, "run_over" if completed else "run_cancelled", WaitState.EXPIRED)
    ended = 0
    if completed:
        for enrolment in session.scalars(
            sa.select(Enrolment).where(
                Enrolment.run_id == run_id, Enrolment.state == EnrolmentState.ENROLLED
            )
        ):
            enrolment.state, enrolment.ended_at = EnrolmentState.COMPLETED, at
            ended += 1
        # The number in the lists stays as it was: it says how many came.
        session.flush()
        session.execute(sa.delete(Seat).where(Seat.run_id == run_id))
        return ended
    handing.close(ledger)
    return ended


def end_waits(ledger: Ledger) -> None:
    """Nobody can begin any more, so nobody waits: they hear it, rather than hope.

    Who missed a first session before hears what is kept for them instead: see `services.missed_first`.
    """
    for line in list(ledger.lines):
        entry = line.entry
        leave(ledger, line, BEGUN, WaitState.EXPIRED)
        if instead_of(ledger.session, entry.id) is None:
            telling.wait_is_over(ledger.session, entry.person_id, entry.id, ledger.run.id)


def _end(
    session: Session,
    actor: Actor,
    enrolment_id: int,
    state: EnrolmentState,
    why: str,
    at: datetime,
) -> bool:
    run_id = session.scalar(sa.select(Enrolment.run_id).where(Enrolment.id == enrolment_id))
    if run_id is None:
        raise NoSuchPlaceError(enrolment_id)
    ledger = handing.opened(session, run_id, at)
    enrolment = session.get_one(Enrolment, enrolment_id, populate_existing=True)
    if enrolment.state is not EnrolmentState.ENROLLED:
        handing.close(ledger)
        return False
    leaving = [enrolment, *seating.companions(ledger, enrolment)]
    for one in leaving:
        first = one is enrolment
        seating.release(
            ledger,
            actor,
            one,
            state if first else EnrolmentState.RELEASED,
            why if first else "came_with",
        )
        telling.place_freed(session, one)
        if one.person_id is not None:
            forget_waiting(ledger, one.person_id)
    handing.freed(ledger)
    handing.close(ledger)
    return True


def forget_waiting(ledger: Ledger, person_id: int) -> None:
    """Whoever leaves a run waits for it no more, neither as a student nor in somebody's party."""
    for line in [one for one in ledger.lines if person_id in one.people]:
        if line.entry.person_id == person_id:
            leave(ledger, line, "left")
        else:
            drop_body(ledger, line, person_id)


def drop_body(ledger: Ledger, line: Line, person_id: int) -> None:
    """A waiting party goes on without one of those whom the asking student wanted to bring."""
    for body in [one for one in line.bodies if one.person_id == person_id]:
        for seat in [one for one in ledger.seats if one.wait_body_id == body.id]:
            ledger.unseat(seat)
        ledger.session.delete(body)
    line.bodies = tuple(one for one in line.bodies if one.person_id != person_id)
    ledger.flush()


def leave(ledger: Ledger, line: Line, why: str, state: WaitState = WaitState.WITHDRAWN) -> None:
    """A line leaves the list, and the places that were offered to it are free."""
    if line.offer is not None:
        ledger.end_offer(line, OfferState.WITHDRAWN)
    handing.end_wait(ledger, line, state, why)
