"""Somebody is erased while they are given something at the same instant, in two real transactions.

Whichever is first, nothing of theirs is left. Without the lock on the person a place is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.app import Portal
from portal.enrolment.models import Enrolment, Seat, WaitBody, WaitEntry
from portal.enrolment.services import blocked
from portal.enrolment.services.outcomes import BlockedError
from portal.plugin_api import SYSTEM
from portal.privacy.services import erasing
from tests.factories.enrolment import NOON, fill, make_group, make_student
from tests.faults.test_blocks_race import PATIENCE, Work, booking, one_after_the_other


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON):
        yield


def erasing_of(person_id: int) -> Work:
    return lambda session: erasing.erase(session, SYSTEM, person_id, at=NOON)


def left_of(session: Session, person_id: int) -> int:
    """Rows of places and waits that still say who it was."""
    session.rollback()
    models = (Enrolment, Seat, WaitBody, WaitEntry)
    counts = [sa.select(sa.func.count()).where(model.person_id == person_id) for model in models]
    return sum(session.scalar(count) or 0 for count in counts)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("erased_first", [False, True])
def test_place_goes_with_them_or_is_refused(
    app: Portal, session: Session, full: bool, erased_first: bool
) -> None:
    run_id, person_id = make_group(session, 1).id, make_student(session)
    if full:
        fill(session, run_id, 1)
    session.commit()
    units: list[Work] = [erasing_of(person_id), booking(run_id, person_id)]
    if not erased_first:
        units.reverse()

    one, other, held_up = one_after_the_other(app, *units)

    assert one.error is None
    assert isinstance(other.error, BlockedError if erased_first else type(None))
    assert held_up
    assert left_of(session, person_id) == 0
    assert session.get_one(Person, person_id).erased_at is not None


def test_without_the_lock_a_place_is_left(
    app: Portal, session: Session, engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine_name == "sqlite":
        return  # one writer at a time: there is no lock of ours to take away
    run_id, person_id = make_group(session, 1).id, make_student(session)
    session.commit()
    no_lock: Callable[..., None] = lambda *_arguments, **_more: None  # noqa: E731
    monkeypatch.setattr(blocked, "refuse", no_lock)
    monkeypatch.setattr(blocked, "wait_for_others", no_lock)

    # Nothing holds it up, so it is over before the other is let go, on however slow a machine.
    units = booking(run_id, person_id), erasing_of(person_id)
    _one, _other, held_up = one_after_the_other(app, *units, within=PATIENCE)

    assert not held_up
    assert left_of(session, person_id) > 0
