"""Waiting lists of the demo college: those that are over in bulk, live ones through the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.api import RunSeats
from portal.enrolment.models import (
    Enrolment,
    How,
    Offer,
    OfferState,
    PartyMember,
    Role,
    Seat,
    TakesPart,
    WaitBody,
    WaitEntry,
    WaitState,
)
from portal.enrolment.services import seats
from portal.enrolment.services.outcomes import Body
from portal.plugin_api import Actor

JOINED = timedelta(days=21)  # before the first session
ANSWERED = timedelta(days=2)
# When a place became free, which is when it was offered to the first who fits.
JUST_NOW, DAYS_AGO, TO_ANSWER_TODAY = timedelta(hours=3), timedelta(days=4), timedelta(hours=46)


@dataclass(frozen=True, slots=True)
class PastList:
    """Who waited for a run that is over: those who got a place in the end, then those who did not."""

    run: RunSeats
    took: Sequence[tuple[int, TakesPart]]
    waited: Sequence[int]


@dataclass(frozen=True, slots=True)
class Waiters:
    """Who may join a list: the person of the student's sign-in, and others by how they are reached."""

    student: int
    by_mail: Sequence[int]
    by_hand: Sequence[int]


def write_past(session: Session, lists: Sequence[PastList]) -> None:
    """Entries with their ends, from which odds are made; flushes."""
    for one in lists:
        first = one.run.sessions[0].starts_at
        mode = one.took[0][1] if one.took else TakesPart.IN_PERSON
        people = [(person, how, True) for person, how in one.took]
        people += [(person, mode, False) for person in one.waited]
        for place, (person, how, took) in enumerate(people, start=1):
            _write_ended(session, one.run, person, how, place, first, took=took)
    session.flush()


def _write_ended(
    session: Session,
    run: RunSeats,
    person: int,
    mode: TakesPart,
    place: int,
    first: datetime,
    *,
    took: bool,
) -> None:
    joined = first - JOINED + timedelta(hours=place)
    offered = first - JOINED / 2 + timedelta(days=place) if took else None
    entry = WaitEntry(
        run_id=run.id,
        person_id=person,
        how=How.ONLINE,
        first_place=place,
        joined_at=joined,
        state=WaitState.ACCEPTED if took else WaitState.EXPIRED,
        offered_at=offered,
        ended_at=offered + ANSWERED / 2 if offered else run.sessions[-1].ends_at,
        ended_why="" if took else "run_over",
    )
    session.add(entry)
    session.flush()
    session.add(WaitBody(entry_id=entry.id, person_id=person, role=Role.STUDENT, mode=mode))
    if offered is not None:
        session.add(
            Offer(
                entry_id=entry.id,
                run_id=run.id,
                state=OfferState.ACCEPTED,
                made_at=offered,
                clock_starts_at=offered,
                expires_at=offered + ANSWERED,
                last_entry_id=entry.id,
                settled_at=offered + ANSWERED / 2,
            )
        )


def live(
    session: Session,
    full: Sequence[tuple[RunSeats, Sequence[int]]],
    waiters: Waiters,
    coordinator: Actor,
    at: datetime,
) -> None:
    """Lists that move, one after another on the full runs `(run, enrolments)` there are.

    The first: an offer by e-mail, to the student who can be looked in on. The second: an offer to
    somebody who must be rung, whom nobody has reached yet. The third: a pair waits, and one behind
    them is offered the single place. The others: lists, in one of which the student stands third.
    """
    mail, hand = iter(waiters.by_mail), iter(waiters.by_hand)
    joins: list[tuple[list[list[Body]], timedelta | None]] = [
        ([_one(waiters.student), _one(next(mail)), _one(next(mail))], JUST_NOW),
        ([_one(next(hand)), _one(next(mail))], DAYS_AGO),
        ([[*_one(next(mail)), _guest()], _one(next(mail)), _one(next(hand))], TO_ANSWER_TODAY),
        ([_one(next(mail)), _one(next(hand)), _one(waiters.student), _one(next(mail))], None),
        ([_one(next(hand)), _one(next(mail))], None),
    ]
    for (run, enrolments), (parties, ago) in zip(full, joins, strict=False):
        taken = _people_here(session, run.id)
        for hours, bodies in enumerate(parties):
            if bodies[0].person_id in taken:
                continue
            by_self = bodies[0].person_id in {waiters.student, *waiters.by_mail}
            actor = Actor(person_id=bodies[0].person_id) if by_self else coordinator
            seats.book(
                session,
                actor,
                run.id,
                [_in_mode(body, run) for body in bodies],
                how=How.ONLINE if by_self else How.PHONE,
                at=at - timedelta(days=6, hours=-hours),
            )
        leaving = _leaving(session, enrolments)
        if ago is not None and leaving:
            seats.withdraw(session, coordinator, leaving[0], at=at - ago)


def _one(person_id: int) -> list[Body]:
    return [Body(person_id=person_id)]


def _guest() -> Body:
    return Body(guest_name="Robin Sayer", role=Role.SUPPORTER)


def _in_mode(body: Body, run: RunSeats) -> Body:
    mode = TakesPart.IN_PERSON if run.in_person else TakesPart.ONLINE
    return Body(person_id=body.person_id, guest_name=body.guest_name, role=body.role, mode=mode)


def _people_here(session: Session, run_id: int) -> set[int | None]:
    return set(session.scalars(sa.select(Seat.person_id).where(Seat.run_id == run_id)))


def _leaving(session: Session, enrolments: Sequence[int]) -> list[int]:
    """Those who came alone, in person where that can be: one place is freed by one of them."""
    rows = session.scalars(
        sa.select(Enrolment.id)
        .where(
            Enrolment.id.in_(enrolments),
            Enrolment.id.not_in(sa.select(PartyMember.enrolment_id)),
        )
        .order_by(Enrolment.mode, Enrolment.id)  # "in_person" stands before "online"
    )
    return list(rows)
