"""The last places, wanted by many at once, in several processes: exact, and only because of the lock.

First the race is shown to be real: with the run's lock taken away, and numbers that cannot collide, a
run is oversold. Then each of the two defences is shown to hold by itself.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterable
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

import portal.db
from portal import create_app
from portal.app import Portal
from portal.config import Settings
from portal.db import CollisionError, run_unit
from portal.enrolment.models import Enrolment, EnrolmentState, Role, Seat, WaitEntry
from portal.enrolment.services import ledger, seats
from portal.enrolment.services.outcomes import Body
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import NOON, fill, make_group, make_student
from tests.processes import FORKED

SOAK = os.environ.get("SOAK") == "1"
ROUNDS = 100 if SOAK else 2
CLIENTS = 20
PROCESSES = 4 if SOAK else 2
PATIENCE = 150  # seconds

Wish = tuple[int, int, int]  # run, person, how many guests come along


def without_lock() -> None:
    """Nobody waits for anybody: the run is read without its lock, as plain SELECTs would."""

    def read_run(session: Session, run_id: int) -> Any:
        from portal.courses.models import Run
        from portal.courses.queries.seats import run_seats

        found = run_seats(session, session.get_one(Run, run_id, populate_existing=True))
        time.sleep(0.02)  # so that the others read the same, on however slow a machine
        return found

    def begin_late(
        connection: Any, cursor: Any, statement: str, *_: Any
    ) -> None:  # as sqlite3 does when left to itself
        driver = connection.connection.driver_connection
        if (
            connection.dialect.name == "sqlite"
            and not driver.in_transaction
            and not statement.lstrip().startswith(("SELECT", "PRAGMA"))
        ):
            driver.execute("BEGIN IMMEDIATE")

    ledger.lock_run = read_run  # type: ignore[attr-defined]
    portal.db._begin_sqlite = lambda connection: None
    event.listen(sa.Engine, "before_cursor_execute", begin_late)


def without_numbers() -> None:
    """Seats that cannot collide: what is left when the schema has no say."""

    def any_number(taken: Iterable[int]) -> int:
        return secrets.randbelow(1_000_000_000) + 1

    ledger._lowest_free = any_number


TAKEN_AWAY = {"lock": without_lock, "numbers": without_numbers}


def client(app: Portal, start: Barrier, wishes: list[Wish], said: Any) -> None:
    for run_id, person_id, guests in wishes:
        bodies = [Body(person_id=person_id)] + [
            Body(guest_name=f"Guest {n}", role=Role.SUPPORTER) for n in range(guests)
        ]
        start.wait(PATIENCE)
        collisions = 0
        while True:
            try:
                with app.app_context():
                    outcome = run_unit(
                        lambda session, run_id=run_id, bodies=bodies: seats.book(
                            session, SYSTEM, run_id, bodies, at=NOON
                        )
                    )
                break
            except CollisionError:
                collisions += 1  # more often than a unit is run again: their page says "try again"
        said.put((run_id, person_id, type(outcome).__name__, collisions))


def process(
    settings: Settings, taken_away: tuple[str, ...], start: Barrier, wishes: Any, said: Any
) -> None:
    for name in taken_away:
        TAKEN_AWAY[name]()
    app = create_app(settings)
    threads = [threading.Thread(target=client, args=(app, start, own, said)) for own in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)


def all_at_once(
    app: Portal, rounds: list[list[Wish]], *taken_away: str
) -> list[tuple[int, int, str, int]]:
    """Each round's wishes at the same moment, from as many threads in several processes."""
    clients = len(rounds[0])
    start, said = FORKED.Barrier(clients), FORKED.Queue()
    own = [[wishes[n] for wishes in rounds] for n in range(clients)]
    workers = [
        FORKED.Process(
            target=process, args=(app.settings, taken_away, start, own[n::PROCESSES], said)
        )
        for n in range(min(PROCESSES, clients))
    ]
    for worker in workers:
        worker.start()
    answers = [said.get(timeout=PATIENCE) for _ in range(clients * len(rounds))]
    for worker in workers:
        worker.join(PATIENCE)
    assert [worker.exitcode for worker in workers] == [0] * len(workers)
    return answers


def last_places(
    session: Session, cap: int, before: int, parties: list[int], rounds: int
) -> tuple[list[int], list[list[Wish]]]:
    """Runs with their last places free, and who wants them: one wish for each number of guests."""
    runs: list[int] = []
    wishes: list[list[Wish]] = []
    for _ in range(rounds):
        run = make_group(session, cap)
        fill(session, run.id, before)
        runs.append(run.id)
        wishes.append([(run.id, make_student(session), guests) for guests in parties])
    session.commit()
    return runs, wishes


def bodies_of(session: Session, run_id: int) -> int:
    session.rollback()
    return (
        session.scalar(
            sa.select(sa.func.count()).where(
                Enrolment.run_id == run_id, Enrolment.state == EnrolmentState.ENROLLED
            )
        )
        or 0
    )


MANY = [0] * CLIENTS


def test_without_lock_and_numbers_a_run_is_oversold(app: Portal, session: Session) -> None:
    runs, wishes = last_places(session, 12, 11, MANY, 2)
    all_at_once(app, wishes, "lock", "numbers")
    assert max(bodies_of(session, run_id) for run_id in runs) > 12


def test_without_the_lock_the_schema_refuses_the_second(app: Portal, session: Session) -> None:
    runs, wishes = last_places(session, 12, 11, MANY, 2)
    answers = all_at_once(app, wishes, "lock")
    for run_id in runs:
        assert bodies_of(session, run_id) == 12
        said = Counter(word for run, _, word, _ in answers if run == run_id)
        assert said == {"Enrolled": 1, "Waiting": len(MANY) - 1}


@pytest.mark.soak
def test_twenty_at_once_on_one_place(app: Portal, session: Session) -> None:
    runs, wishes = last_places(session, 12, 11, MANY, ROUNDS)
    answers = all_at_once(app, wishes, "numbers")  # the lock alone
    assert sum(collisions for *_, collisions in answers) == 0
    for run_id in runs:
        assert bodies_of(session, run_id) == 12
        said = Counter(word for run, _, word, _ in answers if run == run_id)
        assert said == {"Enrolled": 1, "Waiting": len(MANY) - 1}
        places = session.scalars(
            sa.select(WaitEntry.first_place)
            .where(WaitEntry.run_id == run_id)
            .order_by(WaitEntry.id)
        ).all()
        assert places == list(range(1, len(MANY)))


@pytest.mark.soak
def test_party_and_single_at_once_on_two_places(app: Portal, session: Session) -> None:
    runs, wishes = last_places(session, 12, 10, [1, 0], ROUNDS)
    answers = all_at_once(app, wishes)
    for run_id, (party, single) in zip(runs, wishes, strict=True):
        said = {person: word for run, person, word, _ in answers if run == run_id}
        both = (said[party[1]], said[single[1]])
        assert both in {("Enrolled", "Waiting"), ("Waiting", "Enrolled")}
        bodies = bodies_of(session, run_id)
        assert bodies == (12 if both[0] == "Enrolled" else 11)
        numbers = session.scalars(sa.select(Seat.number).where(Seat.run_id == run_id)).all()
        assert sorted(numbers) == list(range(1, bodies + 1))
