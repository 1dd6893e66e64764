"""Pausing an account: one step, no reason; only what cannot wait is told; nothing is lost by it unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import AgreedHow, Person, RouteKind
from portal.accounts.services.people import pause_account, resume_account
from portal.accounts.services.routes import RouteInput, add_route, agreed
from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.db import db
from portal.messages.api import tell
from portal.messages.models import Message
from portal.messages.services.outbox import claim, mark_sent
from portal.plugin_api import SYSTEM, NoticeKind, NoticeWords, PersonAction
from portal.plugin_api.testing import Lab
from tests.factories.accounts import make_person
from tests.factories.enrolment import NOON, book, fill, make_group
from tests.factories.messages import Remembering, make_reachable, ways_of
from tests.plugins import make_plugin

NEWS, MOVED, ALARM = "beans:news", "beans:moved", "beans:alarm"
untrue: set[int] = set()


def _kind(purpose: str, **values: Any) -> NoticeKind:
    return NoticeKind(
        purpose,
        title="News",
        subject="News",
        compose=lambda session, to, about: (
            None if about["number"] in untrue else NoticeWords(f"Number {about['number']}")
        ),
        sample=lambda: NoticeWords("Number 0"),
        **values,
    )


KINDS = [_kind(NEWS), _kind(MOVED, in_pause=True), _kind(ALARM, urgent=True)]


@pytest.fixture
def telling_app(portal_lab: Lab, engine_name: str) -> Portal:
    untrue.clear()
    return portal_lab.app(engine_name, [make_plugin("beans", notices=lambda: KINDS)])


@pytest.fixture
def outbox(telling_app: Portal) -> Iterator[Any]:
    with telling_app.test_request_context():
        yield db.session


def say(session: Session, person_id: int, purpose: str, number: int, **more: Any) -> None:
    tell(session, person_id, purpose, {"number": number}, key=f"{purpose}:{number}", **more)


def leaving(session: Session, hands: Remembering | None = None) -> list[str]:
    """The texts of what leaves now."""
    found = []
    while (letter := claim(session, ways_of(hands=hands))) is not None:
        mark_sent(session, letter)
        found.append(letter.text)
    return found


def test_only_what_cannot_wait_is_told_and_the_rest_when_they_are_back(outbox: Session) -> None:
    person_id = make_reachable(outbox, email="sam@example.org")
    person = outbox.get_one(Person, person_id)
    pause_account(outbox, SYSTEM, person)
    for number, purpose in enumerate((NEWS, MOVED, ALARM, NEWS)):
        say(outbox, person_id, purpose, number)
    say(outbox, person_id, NEWS, 9, not_before=clock.now() + timedelta(hours=5))
    assert leaving(outbox) == ["Number 1", "Number 2"]
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        untrue.add(3)  # it is not true any more when they are back
        resume_account(outbox, SYSTEM, person)
        assert leaving(outbox) == ["Number 0"]  # and what was to come later still does
    states = outbox.scalars(sa.select(Message.state).order_by(Message.id)).all()
    assert states == ["sent", "sent", "sent", "dropped", "queued"]


def test_somebody_else_is_told_as_always(outbox: Session) -> None:
    paused = make_reachable(outbox, email="sam@example.org")
    pause_account(outbox, SYSTEM, outbox.get_one(Person, paused))
    say(outbox, make_reachable(outbox, "Bo", email="bo@example.org"), NEWS, 1)
    say(outbox, paused, NEWS, 2)
    assert leaving(outbox) == ["Number 1"]


def test_nobody_is_asked_to_ring_somebody_who_wants_quiet(outbox: Session) -> None:
    person = make_person(outbox)
    phone = RouteInput(RouteKind.LANDLINE, "01632 960123", consent=agreed(AgreedHow.PHONE))
    add_route(outbox, SYSTEM, person.id, phone)
    pause_account(outbox, SYSTEM, person)
    say(outbox, person.id, NEWS, 1)
    hands = Remembering()
    assert leaving(outbox, hands) == []
    assert hands.taken == []
    resume_account(outbox, SYSTEM, person)
    assert leaving(outbox, hands) == []
    assert len(hands.taken) == 1


def test_paused_and_back_in_one_step_each(app: Portal, session: Session) -> None:
    client: Any = signed_in_client(app)
    assert "Pause my account" in client.get("/me/pause").text
    for _ in range(2):  # a second click changes nothing
        assert client.post("/me/pause/begin").status_code == 303
    paused = sa.select(Person.paused_at).where(Person.id == client.person_id)
    assert session.scalars(paused).one() is not None
    session.rollback()
    assert "I am back" in client.get("/me/details").text
    for _ in range(2):
        assert client.post("/me/pause/end").status_code == 303
    session.rollback()
    assert session.scalars(paused).one() is None


def test_what_silence_would_cost_is_said_before(app: Portal, session: Session) -> None:
    with time_machine.travel(NOON):
        client: Any = signed_in_client(app)
        with app.test_request_context():
            book(session, make_group(session, 3).id, client.person_id)
            full = make_group(session, 1).id
            fill(session, full, 1)
            book(session, full, client.person_id)
            session.commit()
        page = client.get("/me/pause").text
    assert "You have a place on 1 course" in page
    assert "You wait for a place on 1 course" in page
    assert "/me/break" in page


def test_part_that_fails_to_say_what_silence_costs_is_named_missing(portal_lab: Lab) -> None:
    def silence_costs() -> list[PersonAction]:
        raise RuntimeError("no")

    app = portal_lab.app("sqlite", [make_plugin("beans", silence_costs=silence_costs)])
    assert "A part is missing" in signed_in_client(app).get("/me/pause").text
