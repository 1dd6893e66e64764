"""Two coordinators put one step down, or write it anew, at the same moment, in two real transactions.

The one who comes second waits for the person's record, and is told that the step is behind them. Without that
lock both put it down, where two can write at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.db import run_unit
from portal.facilitators.models import (
    Clearance,
    Facilitator,
    LeadingChange,
    MarkHow,
    PathwayMark,
    PathwayStep,
)
from portal.facilitators.queries.pathway import Way
from portal.facilitators.services import pathway, people, steps
from portal.facilitators.services.errors import RefusedError
from portal.facilitators.services.pathway import Record
from portal.plugin_api import Actor
from tests.factories.accounts import make_person
from tests.factories.pathway import make_beginner
from tests.integration.pathway.test_history import words_of_dbs

PATIENCE = 60  # seconds
NOW = datetime(2027, 2, 10, 12, 0, tzinfo=UTC)
TODAY = date(2027, 2, 10)
Unit = Callable[[Session], object]


def at_once(app: Portal, units: list[Unit]) -> list[BaseException | None]:
    """What came of each, all beginning together."""
    gate = threading.Barrier(len(units))
    came: dict[int, BaseException | None] = {}

    def work(number: int, unit: Unit) -> None:
        try:
            with app.app_context():
                gate.wait(PATIENCE)
                run_unit(unit)
            came[number] = None
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            came[number] = error

    threads = [threading.Thread(target=work, args=pair, daemon=True) for pair in enumerate(units)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    return [came[number] for number in range(len(units))]


def without_lock(monkeypatch: pytest.MonkeyPatch, engine_name: str) -> None:
    """Nobody waits; where two can write at once, each goes on when both have looked."""
    monkeypatch.setattr(people, "locked", lambda session, one: session.get_one(Facilitator, one))
    if engine_name != "postgresql":
        return
    looked, read = threading.Barrier(2), pathway._way
    seen: set[int] = set()

    def way(session: Session, person_id: int) -> Way:
        found = read(session, person_id)
        if threading.get_ident() not in seen:  # once each: it is read again after the mark
            seen.add(threading.get_ident())
            looked.wait(PATIENCE)
        return found

    monkeypatch.setattr(pathway, "_way", way)


@pytest.mark.parametrize("locked", [True, False])
def test_one_puts_the_step_down_and_the_other_is_told(
    app: Portal,
    session: Session,
    engine_name: str,
    monkeypatch: pytest.MonkeyPatch,
    locked: bool,
) -> None:
    if not locked:
        without_lock(monkeypatch, engine_name)
    with time_machine.travel(NOW):
        with app.app_context():
            person = make_beginner(session)
            bosses = [make_person(session, name).id for name in ("Kim", "Lou")]
            session.commit()
        given = Record(MarkHow.DONE, TODAY, date(2030, 1, 1))
        came = at_once(
            app,
            [
                lambda session, boss=boss: pathway.put_down(
                    session, Actor(person_id=boss), person, "dbs", given, today=TODAY
                )
                for boss in bosses
            ],
        )
    session.rollback()
    refused = [error for error in came if error is not None]
    marks, cleared = (
        len(session.scalars(sa.select(one.id).where(one.person_id == person)).all())
        for one in (PathwayMark, Clearance)
    )
    if not locked and engine_name == "postgresql":  # SQLite writes one at a time in any case
        assert (refused, marks, cleared) == ([], 2, 2)
        return
    assert (marks, cleared) == (1, 1)
    (error,) = refused
    assert isinstance(error, RefusedError)
    with app.app_context():
        assert str(error.reason) == "This step is behind them already."


def test_a_step_that_two_write_anew_for_the_first_time_is_written_once(
    app: Portal, session: Session
) -> None:
    with app.app_context():
        first = words_of_dbs(months=24)
        bosses = [make_person(session, name).id for name in ("Kim", "Lou")]
        session.commit()
    written = [first, replace(first, months=12)]
    came = at_once(
        app,
        [
            lambda session, boss=boss, words=words: steps.change_step(
                session, Actor(person_id=boss), "dbs", words
            )
            for boss, words in zip(bosses, written, strict=True)
        ],
    )
    assert came == [None, None]
    session.rollback()
    (row,) = session.scalars(sa.select(PathwayStep))
    changes = session.scalars(sa.select(LeadingChange.changes).order_by(LeadingChange.id)).all()
    # Each begins where the one before ended: the history has no gap.
    assert [one["months"][0] for one in changes] == [36, changes[0]["months"][1]]
    assert row.months == changes[1]["months"][1]
