"""Two records become one while the one that goes is given something at the same instant, in two real
transactions.

Whichever is first, nothing is left with a record that is nobody's. Without the lock on the person a place is,
until the event of the merge has come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.jobs import people_merged
from portal.accounts.models import Person
from portal.accounts.services.merging import merge_people
from portal.app import Portal
from portal.enrolment.models import Enrolment, Seat, WaitBody, WaitEntry
from portal.enrolment.services import blocked
from portal.enrolment.services.outcomes import BlockedError
from portal.plugin_api import SYSTEM, EventContext
from portal.plugin_api.events import PeopleMerged
from tests.factories.enrolment import NOON, fill, make_group, make_student
from tests.faults.test_blocks_race import PATIENCE, Unit, Work, booking, one_after_the_other


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON):
        yield


def merging_of(kept: int, gone: int) -> Work:
    return lambda session: merge_people(session, SYSTEM, kept, gone, reason="the same voice")


def rows_of(session: Session, person_id: int) -> int:
    """Rows of places and waits that are this person's."""
    session.rollback()
    models = (Enrolment, Seat, WaitBody, WaitEntry)
    counts = [sa.select(sa.func.count()).where(model.person_id == person_id) for model in models]
    return sum(session.scalar(count) or 0 for count in counts)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("merged_first", [False, True])
def test_place_follows_or_is_refused(
    app: Portal, session: Session, full: bool, merged_first: bool
) -> None:
    run_id, kept, gone = make_group(session, 1).id, make_student(session), make_student(session)
    if full:
        fill(session, run_id, 1)
    session.commit()
    units: list[Work] = [merging_of(kept, gone), booking(run_id, gone)]
    if not merged_first:
        units.reverse()

    one, other, held_up = one_after_the_other(app, *units)

    assert one.error is None
    assert isinstance(other.error, BlockedError if merged_first else type(None))
    assert held_up
    assert rows_of(session, gone) == 0
    assert rows_of(session, kept) == (0 if merged_first else 2)
    assert session.get_one(Person, gone).merged_into_id == kept


def test_what_comes_in_the_middle_follows_whole(
    app: Portal, session: Session, engine_name: str
) -> None:
    """The place is there when its tables are half gone through."""
    if engine_name == "sqlite":
        return  # one writer at a time: nothing comes in the middle
    run_id, kept, gone = make_group(session, 1).id, make_student(session), make_student(session)
    session.commit()
    first = Unit(app, booking(run_id, gone), holds=True)
    first.start()
    assert first.done.wait(PATIENCE)
    came = []

    def come(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not came and statement.startswith(f"UPDATE {Seat.__tablename__} SET person_id"):
            came.append(statement)
            first.go.set()
            first.join(PATIENCE)

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", come)
    try:
        second = Unit(app, merging_of(kept, gone))
        second.start()
        second.join(PATIENCE)
    finally:
        sa.event.remove(engine, "before_cursor_execute", come)

    assert came
    assert (first.error, second.error) == (None, None)
    assert (rows_of(session, gone), rows_of(session, kept)) == (0, 2)


def test_both_records_are_given_a_place_on_one_run_while_they_become_one(
    app: Portal, session: Session
) -> None:
    run_id, kept, gone = make_group(session, 3).id, make_student(session), make_student(session)
    session.commit()
    one_after_the_other(app, booking(run_id, kept), booking(run_id, gone))

    one, other, _held_up = one_after_the_other(app, merging_of(kept, gone), booking(run_id, kept))

    assert one.error is None
    assert other.error is None or "already" in type(other.error).__name__.lower()
    session.rollback()
    assert session.scalars(sa.select(Seat.person_id)).all() == [kept]


def test_without_the_lock_a_place_is_left_until_the_event_has_come(
    app: Portal, session: Session, engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine_name == "sqlite":
        return  # one writer at a time: there is no lock of ours to take away
    run_id, kept, gone = make_group(session, 1).id, make_student(session), make_student(session)
    session.commit()
    no_lock: Callable[..., None] = lambda *_arguments, **_more: None  # noqa: E731
    monkeypatch.setattr(blocked, "refuse", no_lock)
    monkeypatch.setattr(blocked, "wait_for_others", no_lock)

    units = merging_of(kept, gone), booking(run_id, gone)
    _one, _other, held_up = one_after_the_other(app, *units, within=PATIENCE)

    assert not held_up
    assert rows_of(session, gone) > 0
    event = PeopleMerged(kept_id=kept, gone_id=gone)
    people_merged(session, event, EventContext(event_id="1", at=clock.now(), attempt=1))
    session.commit()
    assert rows_of(session, gone) == 0
    assert rows_of(session, kept) == 2
