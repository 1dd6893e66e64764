"""Two people say yes to one session at the same moment, in two real transactions: the first has it.

The one who says yes second waits for the run, and then sees the first. Without that lock both lead it.
"""

from __future__ import annotations

import threading
from contextlib import nullcontext
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal import clock
from portal.app import Portal
from portal.courses.models import Assignment, Perspective
from portal.db import run_unit
from portal.facilitators.services import asking
from portal.plugin_api import Actor
from tests.factories.facilitators import make_ask, make_meeting, make_peer

PATIENCE = 60  # seconds
NOW = datetime(2027, 2, 10, 12, 0, tzinfo=UTC)


def at_once(app: Portal, people: list[int], asks: list[int]) -> list[bool]:
    """What each was told who said yes, both beginning together."""
    gate = threading.Barrier(len(people))
    came: dict[int, bool] = {}

    def answer(person: int, ask: int) -> None:
        def work(session: Session) -> bool:
            gate.wait(PATIENCE) if not came.get(-person) else None
            came[-person] = True  # a unit that is run again does not wait for the other once more
            return asking.say_yes(session, Actor(person_id=person), ask, Perspective.LIVED)

        with app.app_context():
            came[person] = run_unit(work)

    threads = [
        threading.Thread(target=answer, args=pair, daemon=True)
        for pair in zip(people, asks, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    return [came[person] for person in people]


def without_lock(monkeypatch: pytest.MonkeyPatch, engine_name: str) -> None:
    """Nobody waits for the run; where two can write at once, each begins when both have looked."""
    monkeypatch.setattr(asking, "lock_run", lambda *_: nullcontext())
    if engine_name != "postgresql":
        return
    looked, given = threading.Barrier(2), asking.assign

    def assign(*arguments: Any) -> Any:
        looked.wait(PATIENCE)
        return given(*arguments)

    monkeypatch.setattr(asking, "assign", assign)
    # Closing the other's question locks its row: one of the two would meet a deadlock and begin anew.
    monkeypatch.setattr(asking, "close_when_found", lambda *_: None)


@pytest.mark.parametrize("locked", [True, False])
def test_first_who_says_yes_has_it(
    app: Portal,
    session: Session,
    engine_name: str,
    monkeypatch: pytest.MonkeyPatch,
    locked: bool,
) -> None:
    if not locked:
        without_lock(monkeypatch, engine_name)
    with time_machine.travel(NOW):
        meeting = make_meeting(session, date(2027, 2, 18))
        people = [make_peer(session, name) for name in ("Ama", "Ben")]
        asks = [make_ask(session, meeting.id, one, clock.now()) for one in people]
        session_id = meeting.id
        session.commit()
        came = at_once(app, people, asks)
    lived = sa.select(sa.func.count()).where(
        Assignment.session_id == session_id, Assignment.perspective == Perspective.LIVED
    )
    both = not locked and engine_name == "postgresql"  # SQLite writes one at a time in any case
    assert sorted(came) == ([True, True] if both else [False, True])
    assert session.scalar(lived) == (2 if both else 1)
