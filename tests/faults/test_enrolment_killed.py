"""The server killed again and again while people take places: what it said is true, and nothing is doubled.

Whoever got no answer sends the same form again, as a browser's "try again" does.
"""

from __future__ import annotations

import http.client
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.app import Portal
from portal.enrolment.checking import check_seats
from portal.enrolment.models import Enrolment, EnrolmentState, Seat, WaitEntry
from tests.factories.enrolment import make_group
from tests.faults.test_enrolment_load import draft
from tests.portal_server import Server, Visitor, form_of, visitor

SOAK = os.environ.get("SOAK") == "1"
KILLS = 100 if SOAK else 2
WHOLE = 10  # every so many kills the parent of the workers dies too, and everything begins anew
PEOPLE, CAP = 6, 4
PATIENCE = 120.0  # seconds


@pytest.fixture
def server(app: Portal, tmp_path: Path) -> Iterator[Server]:
    server = Server(app, tmp_path)
    yield server
    server.kill()


def insist(
    port: int, who: Visitor, run_id: int, said: dict[int, str], unanswered: list[int]
) -> None:
    """Ask for a place until there is an answer; the same form whenever there was none."""
    path = f"/places/runs/{run_id}/check"
    form: dict[str, str] = {}
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        try:
            if not form:
                form = form_of(who.get(port, path))
            answer = who.post(port, path, form)
        except (OSError, http.client.HTTPException):
            unanswered.append(who.person_id)
            time.sleep(0.02)
            continue
        if answer.status == 422:  # full meanwhile: the list, with one click
            form = form_of(answer)
            continue
        said[who.person_id] = answer.location if answer.status == 303 else str(answer.status)
        return


@pytest.mark.soak
def test_killed_server_keeps_what_it_said_and_doubles_nothing(
    app: Portal, session: Session, server: Server
) -> None:
    people = [visitor(app) for _ in range(PEOPLE)]
    chance = random.Random(7)
    server.start()
    lost = 0
    for number in range(KILLS):
        run = make_group(session, CAP, first=clock.now().date() + timedelta(days=40))
        for who in people:
            draft(session, who.person_id, run.id, guest=False)
        session.commit()
        run_id = run.id
        session.rollback()
        said: dict[int, str] = {}
        unanswered: list[int] = []
        threads = [
            threading.Thread(target=insist, args=(server.port, who, run_id, said, unanswered))
            for who in people
        ]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(0.03, 0.3))
        if number % WHOLE == 0:
            server.kill()
            server.start()
        else:
            server.kill_workers()
        for thread in threads:
            thread.join(PATIENCE)
        lost += len(set(unanswered))
        check(session, run_id, people, said)
    with app.app_context():
        assert check_seats(session).ok
    assert lost  # else the server was never killed while somebody waited


def check(session: Session, run_id: int, people: list[Visitor], said: dict[int, str]) -> None:
    session.rollback()
    places = session.execute(
        sa.select(Enrolment.person_id, Enrolment.id).where(
            Enrolment.run_id == run_id, Enrolment.state == EnrolmentState.ENROLLED
        )
    ).all()
    waits = session.execute(
        sa.select(WaitEntry.person_id, WaitEntry.id).where(WaitEntry.run_id == run_id)
    ).all()
    numbers = session.scalars(sa.select(Seat.number).where(Seat.run_id == run_id)).all()
    session.rollback()
    assert sorted(numbers) == list(range(1, CAP + 1))
    assert len(places) == CAP
    assert Counter(person for person, _ in [*places, *waits]) == Counter(
        one.person_id for one in people
    )
    kept = {person: f"/places/{identity}" for person, identity in places}
    kept |= {person: f"/places/waiting/{identity}" for person, identity in waits}
    assert set(said) == set(kept)
    for person, where in said.items():
        assert where.startswith(kept[person]), (where, kept[person])
