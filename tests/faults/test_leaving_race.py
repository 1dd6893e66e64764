"""Two of three hand a session back at the same moment, or two begin or take a room, in two real transactions.

The one who comes second waits for the first, and sees what it left. Without the lock neither of the two sees
that the pair is lost, and nobody is told; a room is given twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import CourseSession, Perspective
from portal.courses.services import leaders, planning, sessions
from portal.courses.services.errors import InvalidError
from portal.facilitators.models import Facilitator
from portal.facilitators.services import day, people
from portal.plugin_api import SYSTEM, Actor
from portal.plugin_api.events import OutboxEvent
from tests.factories.accounts import make_person
from tests.factories.courses import make_assignment, make_run, make_session, make_venue
from tests.factories.facilitators import make_meeting, make_peer
from tests.faults.test_steps_race import at_once

PATIENCE = 60  # seconds
NOW = datetime(2027, 2, 10, 12, 0, tzinfo=UTC)
DAY = date(2027, 2, 18)


def meet(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, engine_name: str, *, before: bool
) -> None:
    """Where two can write at once, each goes on when both have come to this function, before or after it."""
    if engine_name != "postgresql":
        return
    gate, given = threading.Barrier(2), getattr(module, name)
    met: set[int] = set()

    def together(*arguments: Any, **named: Any) -> Any:
        first = threading.get_ident() not in met
        met.add(threading.get_ident())
        if first and before:
            gate.wait(PATIENCE)
        found = given(*arguments, **named)
        if first and not before:
            gate.wait(PATIENCE)
        return found

    monkeypatch.setattr(module, name, together)


@pytest.mark.parametrize("locked", [True, False])
def test_second_of_two_who_hand_it_back_sees_that_the_pair_is_lost(
    app: Portal,
    session: Session,
    engine_name: str,
    monkeypatch: pytest.MonkeyPatch,
    locked: bool,
) -> None:
    if not locked:
        monkeypatch.setattr(leaders, "lock_rows", lambda *_: [])
        meet(monkeypatch, leaders, "tell_if_lost", engine_name, before=False)
    with time_machine.travel(NOW):
        meeting = make_meeting(session, DAY)
        peers = [make_peer(session, name) for name in ("Ama", "Ben")]
        for peer in peers:
            make_assignment(session, meeting.id, peer, Perspective.LIVED)
        session_id = meeting.id
        session.commit()

        def hand_back(peer: int) -> Callable[[Session], object]:
            return lambda session: day.drop_out(session, Actor(person_id=peer), session_id)

        assert at_once(app, [hand_back(peer) for peer in peers]) == [None, None]
    session.rollback()
    assert leaders.at_risk(session, session_id)
    said = sa.select(sa.func.count()).where(OutboxEvent.type == "courses:pair_lost")
    in_silence = (
        not locked and engine_name == "postgresql"
    )  # SQLite writes one at a time in any case
    assert session.scalar(said) == (0 if in_silence else 1)


def test_who_begins_twice_at_once_begins_once(
    app: Portal, session: Session, engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet(monkeypatch, people, "setting", engine_name, before=True)
    person = make_person(session, "Ama").id
    session.commit()
    begin = lambda session: people.begin(session, SYSTEM, person)  # noqa: E731 - a unit of work
    with time_machine.travel(NOW):
        assert at_once(app, [begin, begin]) == [None, None]
    session.rollback()
    assert session.scalars(sa.select(Facilitator.person_id)).all() == [person]


@pytest.mark.parametrize("locked", [True, False])
def test_a_room_is_given_once(
    app: Portal,
    session: Session,
    engine_name: str,
    monkeypatch: pytest.MonkeyPatch,
    locked: bool,
) -> None:
    if not locked:
        monkeypatch.setattr(planning, "lock_room", lambda *_: None)
        meet(monkeypatch, sessions, "room_bookings", engine_name, before=False)
    room = make_venue(session).id
    moved = [
        make_session(session, run_id=make_run(session).id, local_date=DAY).id for _one in range(2)
    ]
    session.commit()
    to = sessions.NewTime(day=DAY, starts=time(15), minutes=60, venue_id=room)

    def move(session_id: int) -> Callable[[Session], object]:
        return lambda session: sessions.move_session(
            session, SYSTEM, session_id, to, version=0, reason="Nearer"
        )

    with time_machine.travel(NOW):
        came = at_once(app, [move(one) for one in moved])
    session.rollback()
    here = sa.select(sa.func.count()).where(CourseSession.venue_id == room)
    twice = not locked and engine_name == "postgresql"  # SQLite writes one at a time in any case
    assert session.scalar(here) == (2 if twice else 1)
    refused = [error for error in came if error is not None]
    assert [type(error) for error in refused] == ([] if twice else [InvalidError])
