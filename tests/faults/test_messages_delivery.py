"""Delivery against a real mail server that refuses, delays, hangs up and goes away: nothing is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner
from sqlalchemy.orm import Session

from portal import clock
from portal.app import Portal
from portal.messages import cli, jobs
from portal.messages.api import queue_email, register_address_book
from portal.messages.delivery import Tally, deliver
from portal.messages.models import Message
from portal.messages.services.outbox import LEASE, PAUSES, claim
from portal.messages.setup import messages_of_app
from tests.factories.accounts import make_person
from tests.mailserver import HangUp, MailServer

SOAK = os.environ.get("SOAK") == "1"
START = datetime(2027, 3, 1, 10, tzinfo=UTC)
WORDS = {"subject": "A message for you", "text": "Hello ünïcode", "purpose": "tests:hello"}


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def put(session: Session, *names: str) -> list[str]:
    uids = [queue_email(session, to=f"{name}@example.org", **WORDS) for name in names]
    session.commit()
    return uids


def run(app: Portal) -> Tally:
    with app.app_context():
        room = messages_of_app()
        return deliver(room.senders(), room.ways(), until=clock.now() + timedelta(minutes=1))


def fresh(session: Session) -> list[Message]:
    """What the table holds now. The transaction ends: on SQLite it would keep the worker out."""
    messages = list(session.scalars(sa.select(Message).order_by(Message.id)))
    session.expunge_all()
    session.rollback()
    return messages


def raising(error: Exception) -> Any:
    def answer(_address: str) -> str:
        raise error

    return answer


def test_delivery_one_letter_for_each_recipient(
    mailing_app: Portal, outbox: Session, server: MailServer
) -> None:
    queue_email(outbox, to="ama@example.org", html="<p>Hello</p>", **WORDS)
    uids = put(outbox, "ben")
    assert run(mailing_app) == Tally(sent=2)
    first, second = server.received
    assert (first.recipient, second.recipient) == ("ama@example.org", "ben@example.org")
    assert first.message["To"] == "ama@example.org"
    assert first.message["From"] == "College <hi@college.example>"
    assert first.message["Subject"] == "A message for you"
    assert first.message["Auto-Submitted"] == "auto-generated"
    assert second.message_id == f"<{uids[0]}@college.example>"
    plain = first.message.get_body(("plain",))
    rich = first.message.get_body(("html",))
    assert plain is not None
    assert plain.get_content().strip() == "Hello ünïcode"
    assert rich is not None
    assert rich.get_content().strip() == "<p>Hello</p>"
    assert server.connections == 1
    assert [message.state for message in fresh(outbox)] == ["sent", "sent"]
    assert run(mailing_app) == Tally()


def test_delivery_refused_for_good_is_not_tried_again(
    mailing_app: Portal, outbox: Session, server: MailServer, traveller: time_machine.Traveller
) -> None:
    server.at_recipient = lambda address: "550 no ama here" if "ama" in address else "250 ok"
    put(outbox, "ama", "ben")
    assert run(mailing_app) == Tally(sent=1, refused=1)
    refused, sent = fresh(outbox)
    assert (refused.state, sent.state) == ("failed", "sent")
    assert refused.last_error == "the mail server answered 550"  # never its words: "ama" is in them
    traveller.shift(timedelta(days=3))
    assert run(mailing_app) == Tally()


def test_delivery_pauses_grow_then_parks_then_retries(
    mailing_app: Portal, outbox: Session, server: MailServer, traveller: time_machine.Traveller
) -> None:
    server.at_recipient = lambda address: "451 come back later"
    put(outbox, "ama")
    for pause in PAUSES:
        assert run(mailing_app) == Tally(postponed=1)
        assert run(mailing_app) == Tally()
        traveller.shift(pause - timedelta(seconds=1))
        assert run(mailing_app) == Tally()
        traveller.shift(1)
    assert run(mailing_app) == Tally(postponed=1)
    (message,) = fresh(outbox)
    assert (message.state, message.text) == ("parked", "Hello ünïcode")
    traveller.shift(timedelta(days=30))
    assert run(mailing_app) == Tally()
    server.reset()
    with mailing_app.app_context():
        CliRunner().invoke(cli.retry)
    assert run(mailing_app) == Tally(sent=1)


def test_delivery_pauses_outlast_a_day_of_trouble() -> None:
    assert sum(PAUSES, timedelta()) > timedelta(hours=24)
    assert list(PAUSES) == sorted(PAUSES)


def test_delivery_connection_lost_does_not_stop_the_others(
    mailing_app: Portal, outbox: Session, server: MailServer, traveller: time_machine.Traveller
) -> None:
    def hang_up_on_ama(address: str) -> str:
        if "ama" in address:
            raise HangUp
        return "250 ok"

    server.at_recipient = hang_up_on_ama
    put(outbox, "ama", "ben", "cat")
    assert run(mailing_app) == Tally(sent=2, postponed=1)
    assert [message.state for message in fresh(outbox)] == ["queued", "sent", "sent"]


@pytest.mark.soak
def test_delivery_server_down_for_a_day_loses_nothing(
    mailing_app: Portal, outbox: Session, server: MailServer, traveller: time_machine.Traveller
) -> None:
    server.stop()
    uids = put(outbox, "ama", "ben")
    step = timedelta(minutes=1 if SOAK else 30)
    for _ in range(int(timedelta(hours=24) / step)):
        with mailing_app.app_context():
            jobs.JOBS[0].run(outbox)
        traveller.shift(step)
    assert [(message.state, message.attempts) for message in fresh(outbox)] == [("queued", 0)] * 2
    uids += put(outbox, "cat")
    server.start()
    assert run(mailing_app) == Tally(sent=3)
    assert sorted(server.ids()) == sorted(f"<{uid}@college.example>" for uid in uids)


def test_delivery_server_down_ends_the_run_at_once(
    mailing_app: Portal, outbox: Session, server: MailServer, traveller: time_machine.Traveller
) -> None:
    server.stop()
    put(outbox, "ama", "ben", "cat")
    assert run(mailing_app) == Tally(down={"email"})
    with mailing_app.app_context():
        result = CliRunner().invoke(cli.deliver)
    assert result.exit_code == 1
    assert "Nothing is lost" in result.output


def test_delivery_taken_but_not_confirmed_is_sent_again_with_the_same_id(
    mailing_app: Portal, outbox: Session, server: MailServer, traveller: time_machine.Traveller
) -> None:
    server.after_data = raising(HangUp())
    (uid,) = put(outbox, "ama")
    assert run(mailing_app) == Tally(postponed=1)
    server.after_data = lambda _address: "250 taken"
    traveller.shift(PAUSES[0])
    assert run(mailing_app) == Tally(sent=1)
    assert server.ids() == [f"<{uid}@college.example>"] * 2


def test_delivery_lease_keeps_others_away_until_it_passes(
    mailing_app: Portal, outbox: Session, traveller: time_machine.Traveller
) -> None:
    put(outbox, "ama")
    claim(outbox, messages_of_app().ways())
    outbox.commit()  # and this worker dies
    assert run(mailing_app) == Tally()
    traveller.shift(LEASE - timedelta(seconds=1))
    assert run(mailing_app) == Tally()
    traveller.shift(1)
    assert run(mailing_app) == Tally(sent=1)


def test_delivery_that_kills_each_worker_is_parked(
    mailing_app: Portal, outbox: Session, traveller: time_machine.Traveller
) -> None:
    put(outbox, "ama")
    for _ in range(len(PAUSES) + 1):
        assert claim(outbox, messages_of_app().ways()) is not None
        outbox.commit()
        traveller.shift(LEASE)
    assert run(mailing_app) == Tally()
    assert [message.state for message in fresh(outbox)] == ["parked"]


def test_delivery_slow_worker_cannot_undo_what_another_did(
    mailing_app: Portal, outbox: Session, server: MailServer, traveller: time_machine.Traveller
) -> None:
    put(outbox, "ama")

    def overtaken(_address: str) -> str:
        server.after_data = lambda _address: "250 taken"
        traveller.shift(LEASE)
        assert run(mailing_app) == Tally(sent=1)  # another worker, meanwhile
        return "451 too late"

    server.after_data = overtaken
    assert run(mailing_app) == Tally(postponed=1)
    assert [message.state for message in fresh(outbox)] == ["sent"]


def test_delivery_asks_the_registered_address_book(
    mailing_app: Portal, outbox: Session, server: MailServer
) -> None:
    room = messages_of_app()
    before = room.book
    person = make_person(outbox).id
    queue_email(outbox, to="old@example.org", person_id=person, **WORDS)
    queue_email(outbox, to="new@example.org", person_id=person, **WORDS)
    outbox.commit()
    register_address_book(
        mailing_app, lambda _session, _person, address, _purpose: "new" in address, before.reach
    )
    try:
        assert run(mailing_app) == Tally(sent=1)
    finally:
        room.book = before
    assert [letter.recipient for letter in server.received] == ["new@example.org"]
