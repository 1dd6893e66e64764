"""A block decided while the person is given something at the same instant, in two real transactions.

Whichever is first, no place to come is left. Without the lock on the person one is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import Assignment, CourseSession, Perspective
from portal.courses.services import leaders
from portal.db import run_unit
from portal.enrolment.models import How, Role, Seat, WaitBody, WaitEntry
from portal.enrolment.queries.blocks import blocked_among
from portal.enrolment.services import agreements, blocked, blocks, drafts, seats
from portal.enrolment.services.drafts import Answers
from portal.enrolment.services.outcomes import BlockedError, Body
from portal.plugin_api import SYSTEM, Actor, Veto
from tests.factories.enrolment import NOON, TakesPart, fill, make_group, make_student

PATIENCE = 60  # seconds
A_MOMENT = 0.4  # in which a unit that is not held up is over
Work = Callable[[Session], object]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON):
        yield


class Unit(threading.Thread):
    """One transaction in a thread of its own. It commits when it is let go."""

    def __init__(self, app: Portal, work: Work, *, holds: bool = False) -> None:
        super().__init__(daemon=True)
        self.app, self.work = app, work
        self.done, self.go = threading.Event(), threading.Event()
        self.error: BaseException | None = None
        if not holds:
            self.go.set()

    def run(self) -> None:
        def work(session: Session) -> None:
            self.work(session)
            self.done.set()
            self.go.wait(PATIENCE)

        try:
            with self.app.app_context():
                run_unit(work)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.error = error
        finally:
            self.done.set()


def one_after_the_other(
    app: Portal, first: Work, second: Work, *, within: float = A_MOMENT
) -> tuple[Unit, Unit, bool]:
    """The second begins while the first is not committed yet; the units, and whether it was held up.

    The first is let go after `within` seconds, or as soon as the second is over.
    """
    one, other = Unit(app, first, holds=True), Unit(app, second)
    one.start()
    assert one.done.wait(PATIENCE)
    other.start()
    held_up = not other.done.wait(within)
    one.go.set()
    for unit in (one, other):
        unit.join(PATIENCE)
        assert not unit.is_alive()
    return one, other, held_up


def deciding(person_id: int) -> Work:
    return lambda session: blocks.decide(
        session,
        SYSTEM,
        person_id,
        reason="Not safe",
        last_day=date(2027, 4, 30),
        review_on=date(2027, 3, 1),
        zone="Europe/London",
        at=NOON,
    )


def booking(run_id: int, person_id: int) -> Work:
    return lambda session: seats.book(session, SYSTEM, run_id, [Body(person_id=person_id)], at=NOON)


def left_of(session: Session, person_id: int) -> dict[str, int]:
    session.rollback()
    counts = {
        "seats": sa.select(sa.func.count()).where(Seat.person_id == person_id),
        "waits": sa.select(sa.func.count())
        .select_from(WaitBody)
        .join(WaitEntry, WaitEntry.id == WaitBody.entry_id)
        .where(WaitBody.person_id == person_id, WaitEntry.ended_at.is_(None)),
        "leads": sa.select(sa.func.count()).where(Assignment.person_id == person_id),
    }
    return {name: session.scalar(count) or 0 for name, count in counts.items()}


NOTHING = {"seats": 0, "waits": 0, "leads": 0}


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("block_first", [False, True])
def test_neither_order_leaves_a_place_or_a_wait(
    app: Portal, session: Session, full: bool, block_first: bool
) -> None:
    run_id, person_id = make_group(session, 1).id, make_student(session)
    if full:
        fill(session, run_id, 1)
    session.commit()
    book, decide = booking(run_id, person_id), deciding(person_id)
    order = (decide, book) if block_first else (book, decide)
    one, other, held_up = one_after_the_other(app, *order)
    assert held_up
    assert one.error is None
    assert isinstance(other.error, BlockedError) if block_first else other.error is None
    assert left_of(session, person_id) == NOTHING
    assert blocked_among(session, [person_id], NOON)


@pytest.mark.parametrize("block_first", [False, True])
def test_neither_order_leaves_a_companion_a_place(
    app: Portal, session: Session, block_first: bool
) -> None:
    run_id = make_group(session).id
    student_id, companion_id = make_student(session), make_student(session)
    agreements.agree(
        session,
        SYSTEM,
        companion_id,
        student_id,
        how=How.PHONE,
        agreed_on=NOON.date(),
        at=NOON,
    )
    session.commit()
    answers = Answers(
        run_id=run_id,
        person_id=student_id,
        mode=TakesPart.IN_PERSON,
        needs="",
        role=Role.SUPPORTER,
        companion_id=companion_id,
        guest_name="",
    )
    actor = Actor(person_id=student_id)

    def ask(session: Session) -> Any:
        return drafts.ask(session, actor, answers, at=NOON, or_wait=True)

    decide = deciding(companion_id)
    order = (decide, ask) if block_first else (ask, decide)
    _, other, _ = one_after_the_other(app, *order)
    assert isinstance(other.error, BlockedError) if block_first else other.error is None
    assert left_of(session, companion_id) == NOTHING
    assert left_of(session, student_id)["seats"] == (0 if block_first else 1)


@pytest.mark.parametrize("block_first", [False, True])
def test_neither_order_leaves_a_session_to_lead(
    app: Portal, session: Session, block_first: bool
) -> None:
    run_id, person_id = make_group(session, sessions=1).id, make_student(session)
    session_id = session.scalars(
        sa.select(CourseSession.id).where(CourseSession.run_id == run_id)
    ).one()
    session.commit()

    def lead(session: Session) -> Any:
        return leaders.assign(session, SYSTEM, session_id, person_id, Perspective.LIVED)

    decide = deciding(person_id)
    order = (decide, lead) if block_first else (lead, decide)
    _, other, _ = one_after_the_other(app, *order)
    assert isinstance(other.error, Veto) if block_first else other.error is None
    assert left_of(session, person_id) == NOTHING


def test_two_decisions_at_once_are_one(app: Portal, session: Session) -> None:
    person_id = make_student(session)
    session.commit()
    one, other, _ = one_after_the_other(app, deciding(person_id), deciding(person_id))
    assert one.error is None
    assert other.error is not None


@pytest.mark.parametrize("block_first", [False, True])
def test_without_the_lock_a_place_is_left(
    app: Portal,
    session: Session,
    engine_name: str,
    monkeypatch: pytest.MonkeyPatch,
    block_first: bool,
) -> None:
    if engine_name == "sqlite":
        return  # one writer at a time: there is no lock of ours to take away
    monkeypatch.setattr(blocked, "dialect_name", lambda _session: "sqlite")
    run_id, person_id = make_group(session).id, make_student(session)
    session.commit()
    book, decide = booking(run_id, person_id), deciding(person_id)
    order = (decide, book) if block_first else (book, decide)
    _, other, held_up = one_after_the_other(app, *order, within=PATIENCE)
    assert other.error is None
    assert not held_up
    assert left_of(session, person_id)["seats"] == 1
