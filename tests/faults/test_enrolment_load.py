"""The last places of many runs, wanted over HTTP by many people at once: exact, and nobody sees an error.

Two workers of eight threads; parties among them, and offers that lapse meanwhile.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal import clock
from portal.app import Portal
from portal.courses.models import Run
from portal.enrolment.checking import check_seats
from portal.enrolment.models import (
    Company,
    Enrolment,
    EnrolmentState,
    Offer,
    OfferState,
    PartyMember,
    Role,
    Seat,
    WaitEntry,
    WaitState,
)
from portal.enrolment.services import drafts, seats
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import book, fill, make_group, make_student
from tests.portal_server import Server, Visitor, form_of, visitor

SOAK = os.environ.get("SOAK") == "1"
RUNS, ROUNDS = (50, 3) if SOAK else (6, 1)
PER_RUN = 4
WORST_WAIT = 10.0  # seconds
PATIENCE = 180
SEEN = {200, 303, 422}  # a page, a way on, and the form again with what happened meanwhile


@dataclass(frozen=True, slots=True)
class Wish:
    """One person who wants something of one run."""

    visitor: Visitor
    run_id: int
    offer_id: int = 0
    party: int = 1


@pytest.fixture
def server(app: Portal, tmp_path: Path) -> Iterator[Server]:
    server = Server(app, tmp_path)
    yield server
    server.kill()


def draft(session: Session, person_id: int, run_id: int, *, guest: bool) -> None:
    """All questions answered, but for the last button."""
    drafts.write(
        session,
        person_id,
        run_id,
        at=clock.now(),
        needs="",
        company=Company.GUEST if guest else Company.ALONE,
        role=Role.SUPPORTER if guest else None,
        guest_name="Kim Hale" if guest else "",
    )


def last_place(session: Session, who: list[Visitor]) -> list[Wish]:
    """One place, and four who want it."""
    run = _group(session, 4, 3)
    for one in who:
        draft(session, one.person_id, run.id, guest=False)
    return [Wish(one, run.id) for one in who]


def parties(session: Session, who: list[Visitor]) -> list[Wish]:
    """Two places; two who come with somebody and two who come alone."""
    run = _group(session, 6, 4)
    for number, one in enumerate(who):
        draft(session, one.person_id, run.id, guest=number % 2 == 0)
    return [Wish(one, run.id, party=2 if n % 2 == 0 else 1) for n, one in enumerate(who)]


def lapsing(session: Session, who: list[Visitor]) -> list[Wish]:
    """A place that is offered to the first, who says yes as it lapses; somebody waits behind, others ask."""
    now = clock.now()
    run = make_group(session, 3, first=now.date() + timedelta(days=40))
    first, *_ = fill(session, run.id, 3, at=now)
    book(session, run.id, who[0].person_id, at=now)
    book(session, run.id, make_student(session), at=now)
    seats.withdraw(session, SYSTEM, first, at=now)
    offer = session.scalars(sa.select(Offer).where(Offer.run_id == run.id)).one()
    for one in who[1:]:
        draft(session, one.person_id, run.id, guest=False)
    return [Wish(who[0], run.id, offer.id), *(Wish(one, run.id) for one in who[1:])]


def _group(session: Session, cap: int, taken: int) -> Run:
    run = make_group(session, cap, first=clock.now().date() + timedelta(days=40))
    fill(session, run.id, taken, at=clock.now())
    return run


SCENES: tuple[Callable[[Session, list[Visitor]], list[Wish]], ...] = (last_place, parties, lapsing)


def act(port: int, wish: Wish, start: threading.Barrier) -> None:
    """What a person does: looks, presses the button, and when the place has gone joins the list."""
    who = wish.visitor
    if wish.offer_id:
        path = f"/places/offers/{wish.offer_id}"
        form = form_of(who.get(port, path))
        start.wait(PATIENCE)
        answer = who.post(port, path, form)
    else:
        path = f"/places/runs/{wish.run_id}/check"
        form = form_of(who.get(port, path))
        start.wait(PATIENCE)
        answer = who.post(port, path, form)
        if answer.status == 422:
            answer = who.post(port, path, form_of(answer))
    if answer.status == 303:
        who.get(port, answer.location)


def all_at_once(port: int, wishes: list[Wish]) -> None:
    start = threading.Barrier(len(wishes))
    failed: list[BaseException] = []

    def run(wish: Wish) -> None:
        try:
            act(port, wish, start)
        except BaseException as error:  # noqa: BLE001 - every fault of a client fails the test
            failed.append(error)
            start.abort()

    threads = [threading.Thread(target=run, args=(wish,)) for wish in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert failed == []


@pytest.mark.soak
def test_last_places_of_many_runs_at_once_are_exact_and_nobody_sees_an_error(
    app: Portal, session: Session, server: Server
) -> None:
    people = [visitor(app) for _ in range(RUNS * PER_RUN)]
    server.start()
    waits: list[float] = []
    for _ in range(ROUNDS):
        wishes: list[list[Wish]] = []
        for number in range(RUNS):
            who = people[number * PER_RUN : (number + 1) * PER_RUN]
            wishes.append(SCENES[number % len(SCENES)](session, who))
        # Some lapse before they are answered, some while, some after.
        for number, offer in enumerate(
            session.scalars(sa.select(Offer).where(Offer.state == OfferState.LIVE))
        ):
            if any(one.offer_id == offer.id for own in wishes for one in own):
                offer.expires_at = clock.now() + timedelta(seconds=1 + number % 4)
        session.commit()
        all_at_once(server.port, [wish for own in wishes for wish in own])
        answers = [answer for one in people for answer in one.answers]
        assert {answer.status for answer in answers} <= SEEN, server.log()[-3000:]
        waits += [answer.seconds for answer in answers]
        session.rollback()
        for number, own in enumerate(wishes):
            CHECKS[number % len(SCENES)](session, own)
        with app.app_context():
            assert check_seats(session).ok
        session.rollback()
        for one in people:
            one.answers.clear()
    assert max(waits) <= WORST_WAIT
    print(f"{len(waits)} requests, worst wait {max(waits):.2f} s")  # noqa: T201


def _bodies(session: Session, run_id: int) -> dict[int | None, int]:
    """How many bodies each person has on a run: themselves, and whom they brought."""
    other = aliased(PartyMember)
    rows = session.execute(
        sa.select(Enrolment.person_id, sa.func.count(other.enrolment_id))
        .outerjoin(PartyMember, PartyMember.enrolment_id == Enrolment.id)
        .outerjoin(other, other.party_id == PartyMember.party_id)
        .where(
            Enrolment.run_id == run_id,
            Enrolment.state == EnrolmentState.ENROLLED,
            Enrolment.person_id.is_not(None),
        )
        .group_by(Enrolment.person_id)
    )
    return {person: max(1, bodies) for person, bodies in rows}


def _waits(session: Session, run_id: int) -> dict[int | None, WaitState]:
    rows = session.execute(
        sa.select(WaitEntry.person_id, WaitEntry.state)
        .where(WaitEntry.run_id == run_id)
        .order_by(WaitEntry.id)
    )
    return dict(rows.all())


def _held(session: Session, run_id: int) -> int:
    numbers = session.scalars(sa.select(Seat.number).where(Seat.run_id == run_id)).all()
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    return len(numbers)


def check_last_place(session: Session, wishes: list[Wish]) -> None:
    run_id = wishes[0].run_id
    assert _held(session, run_id) == 4
    bodies, waits = _bodies(session, run_id), _waits(session, run_id)
    asked = [wish.visitor.person_id for wish in wishes]
    assert sum(person in bodies for person in asked) == 1
    assert sum(waits.get(person) is WaitState.WAITING for person in asked) == 3
    firsts = session.scalars(
        sa.select(WaitEntry.first_place).where(WaitEntry.run_id == run_id).order_by(WaitEntry.id)
    ).all()
    assert firsts == [1, 2, 3]


def check_parties(session: Session, wishes: list[Wish]) -> None:
    run_id = wishes[0].run_id
    assert _held(session, run_id) == 6
    bodies, waits = _bodies(session, run_id), _waits(session, run_id)
    for wish in wishes:
        who = wish.visitor.person_id
        if who in bodies:
            assert bodies[who] == wish.party  # never split
            assert who not in waits
        else:
            assert waits[who] is WaitState.WAITING


def check_lapsing(session: Session, wishes: list[Wish]) -> None:
    run_id, (first, *others) = wishes[0].run_id, [wish.visitor.person_id for wish in wishes]
    assert _held(session, run_id) == 3
    bodies, waits = _bodies(session, run_id), _waits(session, run_id)
    assert not any(person in bodies for person in others)
    assert all(waits[person] is WaitState.WAITING for person in others)
    behind = next(person for person in waits if person not in {first, *others})
    if first in bodies:
        assert (waits[first], waits[behind]) == (WaitState.ACCEPTED, WaitState.WAITING)
    else:
        assert (waits[first], waits[behind]) == (WaitState.EXPIRED, WaitState.OFFERED)


CHECKS: tuple[Callable[[Session, list[Wish]], None], ...] = (
    check_last_place,
    check_parties,
    check_lapsing,
)
