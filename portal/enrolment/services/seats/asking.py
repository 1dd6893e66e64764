"""Asking for a place: enrolled at once, or in the waiting list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.audit.api import record
from portal.enrolment.models import Enrolment, How, Role, WaitEntry
from portal.enrolment.services import blocked, handing, rules, seating, telling, terms
from portal.enrolment.services.ledger import Ledger
from portal.enrolment.services.outcomes import (
    Body,
    ClosedError,
    Enrolled,
    Full,
    Offered,
    Waiting,
)
from portal.enrolment.services.parties import check_party
from portal.enrolment.services.room import Room, count
from portal.plugin_api import Actor


def book(
    session: Session,
    actor: Actor,
    run_id: int,
    bodies: Sequence[Body],
    *,
    at: datetime,
    how: How = How.ONLINE,
    override: str = "",
    late: str = "",
) -> Enrolled | Waiting | Offered:
    """Ask for places for people who come together; the first is the student who is told and asked.

    They all get a place, or all wait. Whoever has a place or waits already is told so, and nothing
    changes; a supporter who comes as a student too keeps their seat. `override` is the reason for
    passing the term's cap, `late` for beginning after a first session that is needed; both are recorded.

    Raises:
        ClosedError, PartyError, BlockedError, TermCapError: no place can be asked for; nothing was changed.
        NoSuchPlaceError: there is no such run.
    """
    ledger, outcome = _seek(session, actor, run_id, bodies, at, how, override, late)
    return outcome or _join_list(ledger, actor, bodies, how)


def book_at_once(
    session: Session,
    actor: Actor,
    run_id: int,
    bodies: Sequence[Body],
    *,
    at: datetime,
    how: How = How.ONLINE,
    override: str = "",
    late: str = "",
) -> Enrolled | Waiting | Offered | Full:
    """`book` for people who were told of a place: where there is none after all, they do not join the list.

    Raises:
        ClosedError, PartyError, TermCapError, NoSuchPlaceError: as `book`.
    """
    ledger, outcome = _seek(session, actor, run_id, bodies, at, how, override, late)
    if outcome is None:
        handing.close(ledger)
    return outcome or Full(run_id, ledger.count_waiting())


def _seek(
    session: Session,
    actor: Actor,
    run_id: int,
    bodies: Sequence[Body],
    at: datetime,
    how: How,
    override: str,
    late: str,
) -> tuple[Ledger, Enrolled | Waiting | Offered | None]:
    """The run's ledger, and what they have here now; None when all that is left to them is to wait."""
    ledger = handing.opened(session, run_id, at)
    in_time = handing.may_offer(ledger)
    if not in_time and not (ledger.limits.total and _may_begin_now(ledger, how, late)):
        raise ClosedError
    check_party(ledger.run, ledger.limits.total, bodies)
    asked = bodies[0].person_id
    if asked is not None and (before := already(ledger, asked, bodies)) is not None:
        handing.close(ledger)
        return ledger, before
    blocked.refuse(session, (body.person_id for body in bodies), at)
    terms.check(ledger, [body for body in bodies if body.role is Role.STUDENT], override)

    need = count(body.mode for body in bodies if ledger.seat_of(body.person_id) is None)
    people = {body.person_id for body in bodies if body.person_id is not None}
    if (
        ledger.free.fits(need)
        and not ledger.is_unsettled(people)
        and not ledger.is_kept_apart(people)
        and _may_pass(ledger, need, in_time=in_time)
    ):
        made_by = _made_by(actor, bodies)
        reason = " ".join(one for one in (override.strip(), late.strip()) if one)
        made = seating.enrol(ledger, actor, bodies, how=how, reason=reason, made_by_id=made_by)
        handing.settle(ledger)
        handing.close(ledger)
        return ledger, Enrolled(run_id, tuple(made))
    return ledger, None


def _may_begin_now(ledger: Ledger, how: How, late: str) -> bool:
    """Whoever is in the room may; after a first session that is needed only with somebody's reason."""
    if late.strip() and ledger.run.first_required:
        return True
    return how is How.WALK_IN and rules.may_walk_in(ledger.run, ledger.at)


def _may_pass(ledger: Ledger, need: Room, *, in_time: bool) -> bool:
    """Once a first session that is needed has begun, nothing is taken from those who wait: it is too late."""
    if ledger.run.first_required and not in_time:
        return True
    return handing.may_pass(ledger, need, handing.blocked(ledger), entry_id=None)


def already(
    ledger: Ledger, asked: int, bodies: Sequence[Body]
) -> Enrolled | Waiting | Offered | None:
    """What the asking student has here already; None when there is something to do."""
    run_id = ledger.run.id
    for line in ledger.lines_of(asked):
        if line.offer is not None:
            return Offered(run_id, line.entry.id, line.offer.id, line.offer.expires_at)
        return Waiting(run_id, line.entry.id, ledger.position(line.entry.id), already=True)
    seats = [ledger.seat_of(body.person_id) for body in bodies]
    ids = [seat.enrolment_id for seat in seats if seat is not None and seat.enrolment_id]
    if len(ids) < len(bodies):
        return None
    enrolments = {one.id: one for one in _enrolments(ledger.session, ids)}
    as_asked = all(
        enrolments[enrolment_id].role in (body.role, Role.STUDENT)
        for enrolment_id, body in zip(ids, bodies, strict=True)
    )
    return Enrolled(run_id, tuple(ids), already=True) if as_asked else None


def _join_list(ledger: Ledger, actor: Actor, bodies: Sequence[Body], how: How) -> Waiting:
    entry_id, place = line_up(ledger, actor, bodies, how)
    telling.joined_list(ledger.session, bodies[0].person_id, entry_id, ledger.run.id)
    for body in ledger.bodies_of(entry_id) if len(bodies) > 1 else ():
        if body.person_id not in (None, bodies[0].person_id):
            telling.waits_along(ledger.session, body.person_id, body.id, ledger.run.id)
    handing.close(ledger)
    return Waiting(ledger.run.id, entry_id, place)


def line_up(ledger: Ledger, actor: Actor, bodies: Sequence[Body], how: How) -> tuple[int, int]:
    """Put these people at the end of the list: the entry's id, and the place they begin with. Nothing is
    handed on yet, and nobody is told.
    """
    asked = bodies[0].person_id
    place = 1 + ledger.count_waiting()
    entry_id = ledger.insert(
        WaitEntry,
        run_id=ledger.run.id,
        person_id=asked,
        how=how,
        made_by_id=_made_by(actor, bodies),
        first_place=place,
        joined_at=ledger.at,
    )
    ledger.join(entry_id, asked, bodies)
    record(ledger.session, actor, "enrolment:list:joined", ("wait_entry", entry_id))
    return entry_id, place


def _made_by(actor: Actor, bodies: Sequence[Body]) -> int | None:
    """Who asked, when it was not the student."""
    return actor.person_id if actor.person_id != bodies[0].person_id else None


def _enrolments(session: Session, ids: Sequence[int]) -> Sequence[Enrolment]:
    return session.scalars(sa.select(Enrolment).where(Enrolment.id.in_(ids))).all()
