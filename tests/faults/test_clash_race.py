"""Two coordinators give one person to clashing sessions at the same moment, in two real transactions.

One succeeds, and the other is told who and when. Without the look and the lock the database still refuses,
and the unit is run again; without the database's rule too, both succeed, so this race is real.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, time

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.clash_ddl import create_clash_rules, drop_clash_rules
from portal.courses.models import Assignment, CourseSession, Perspective
from portal.courses.services import clashes, leaders, sessions
from portal.courses.services.clashes import ClashError
from portal.db import db, run_unit
from portal.plugin_api import SYSTEM
from tests.factories.accounts import make_person
from tests.factories.courses import make_assignment, make_session

PATIENCE = 60  # seconds
DAY = date(2027, 3, 1)


@pytest.fixture
def two(session: Session) -> tuple[int, int]:
    """Two sessions of which nobody can lead both."""
    made = [make_session(session, local_time=time(hour)).id for hour in (10, 11)]
    session.commit()
    return made[0], made[1]


@pytest.fixture
def person(session: Session) -> int:
    made = make_person(session, "Ama").id
    session.commit()
    return made


def at_once(app: Portal, person: int, two: tuple[int, int]) -> list[BaseException | None]:
    """What came of two assignments that begin together."""
    gate = threading.Barrier(2)
    came: dict[int, BaseException | None] = {}

    def give(session_id: int) -> None:
        def work(session: Session) -> None:
            leaders.assign(session, SYSTEM, session_id, person, Perspective.LIVED)

        try:
            with app.app_context():
                gate.wait(PATIENCE)
                run_unit(work)
            came[session_id] = None
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            came[session_id] = error

    threads = [threading.Thread(target=give, args=(one,), daemon=True) for one in two]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    return [came[one] for one in two]


def led(session: Session, person: int) -> int:
    session.rollback()
    count = sa.select(sa.func.count()).where(Assignment.person_id == person)
    return session.scalar(count) or 0


def test_one_succeeds_and_the_other_is_told_who_and_when(
    app: Portal, session: Session, person: int, two: tuple[int, int]
) -> None:
    came = at_once(app, person, two)
    (refused,) = [error for error in came if error is not None]
    assert isinstance(refused, ClashError)
    with app.app_context():
        assert "Ama leads" in str(refused.reason)
        assert "Monday 1 March 2027" in str(refused.reason)
    assert led(session, person) == 1


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks, and nobody waits for anybody."""
    monkeypatch.setattr(clashes, "check", lambda *_: None)
    monkeypatch.setattr(clashes, "lock_leaders", lambda *_: None)
    monkeypatch.setattr(leaders, "ask_veto", lambda *_: None)


@pytest.mark.usefixtures("unguarded")
def test_database_alone_lets_one_succeed(
    app: Portal, session: Session, person: int, two: tuple[int, int]
) -> None:
    came = at_once(app, person, two)
    assert sum(error is None for error in came) == 1
    assert led(session, person) == 1


@pytest.fixture
def _no_rules(app: Portal) -> Iterator[None]:
    with app.app_context(), db.engine.begin() as connection:
        drop_clash_rules(connection)
    yield
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.delete(Assignment))
        create_clash_rules(connection)


@pytest.mark.usefixtures("unguarded", "_no_rules")
def test_without_any_defence_both_succeed(
    app: Portal, session: Session, person: int, two: tuple[int, int]
) -> None:
    assert at_once(app, person, two) == [None, None]
    assert led(session, person) == 2


def test_session_moved_while_its_leader_is_given_another_stays_with_them(
    app: Portal, session: Session, person: int
) -> None:
    """Neither order loses somebody, or lets them hold two sessions at once."""
    moved = make_session(session, local_time=time(15))
    other = make_session(session, local_time=time(10))
    make_assignment(session, moved.id, person)
    moved_id, other_id = moved.id, other.id
    session.commit()
    gate = threading.Barrier(2)
    errors: list[BaseException] = []

    def unit(work: object) -> None:
        try:
            with app.app_context():
                gate.wait(PATIENCE)
                run_unit(work)  # type: ignore[arg-type]  # one of the two below
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            errors.append(error)

    def move(session: Session) -> None:
        to = sessions.NewTime(day=DAY, starts=time(11), minutes=120)
        sessions.move_session(session, SYSTEM, moved_id, to, version=0, reason="The room")

    def give(session: Session) -> None:
        leaders.assign(session, SYSTEM, other_id, person, Perspective.LIVED)

    threads = [threading.Thread(target=unit, args=(work,), daemon=True) for work in (move, give)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    session.rollback()
    assert [error for error in errors if not isinstance(error, ClashError)] == []
    rows = {one.session_id: one.holds for one in session.scalars(sa.select(Assignment))}
    assert moved_id in rows
    assert sum(rows.values()) == 1
    assert session.get_one(CourseSession, moved_id).local_time == time(11)
