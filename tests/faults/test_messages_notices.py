"""Notices against a real mail server and a real gateway that refuse, delay and go away: nothing is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import RouteKind
from portal.app import Portal
from portal.desk.models import DeskTask
from portal.messages import jobs
from portal.messages.api import suppress, tell
from portal.messages.delivery import Tally, deliver
from portal.messages.models import Message
from portal.messages.services.outbox import PAUSES
from portal.messages.setup import messages_of_app
from tests import telling
from tests.factories.messages import make_reachable, route_of
from tests.gateway import Gateway
from tests.mailserver import MailServer

SOAK = os.environ.get("SOAK") == "1"
START = datetime(2027, 3, 1, 10, tzinfo=UTC)
MOBILE, OTHER_MOBILE = "07400 123456", "07400 123457"


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def offer(session: Session, person: int, number: int = 1, **values: object) -> None:
    tell(session, person, telling.OFFER, {"offer": number}, key=f"offer:{number}", **values)  # type: ignore[arg-type]
    session.commit()


def run(app: Portal) -> Tally:
    with app.app_context():
        room = messages_of_app()
        return deliver(room.senders(), room.ways(), until=clock.now() + timedelta(minutes=1))


def states(session: Session) -> list[str]:
    """Of all messages. The transaction ends: on SQLite it would keep the worker out."""
    found = list(session.scalars(sa.select(Message.state).order_by(Message.id)))
    session.expunge_all()
    session.rollback()
    return found


def test_notice_leaves_by_email_and_by_text(
    mailing_app: Portal, outbox: Session, server: MailServer, gateway: Gateway
) -> None:
    offer(outbox, make_reachable(outbox, "Ama", email="ama@example.org"), 1)
    offer(outbox, make_reachable(outbox, "Ben", mobile=MOBILE), 2)
    assert run(mailing_app) == Tally(sent=2)
    (letter,) = server.received
    assert letter.message["Subject"] == "News for you"
    plain = letter.message.get_body(("plain",))
    assert plain is not None
    assert (
        plain.get_content().strip()
        == "Ama, your place is on Tuesday 2 March 2027 in the Garden Room."
    )
    (text,) = gateway.received
    uid = outbox.scalars(sa.select(Message.uid).order_by(Message.id)).all()[1]
    assert text == {
        "id": uid,
        "to": "+447400123456",
        "from": "College",
        "text": "Ben, your place is on Tuesday 2 March 2027 in the Garden Room.",
    }
    assert gateway.headers[0]["Idempotency-Key"] == uid
    assert gateway.headers[0]["Authorization"] == "Bearer key"
    assert [(one.by, one.outcome) for one in telling.world.contacts] == [
        ("email", "sent"),
        ("sms", "sent"),
    ]


@pytest.mark.soak
def test_both_down_for_a_day_loses_nothing_and_sends_each_once(
    mailing_app: Portal,
    outbox: Session,
    server: MailServer,
    gateway: Gateway,
    traveller: time_machine.Traveller,
) -> None:
    server.stop()
    gateway.stop()
    for number in (1, 2):
        offer(outbox, make_reachable(outbox, "Ama", email=f"a{number}@example.org"), number)
        offer(outbox, make_reachable(outbox, "Ben", mobile=f"07400 12345{number}"), 10 + number)
    step = timedelta(minutes=1 if SOAK else 30)
    for _ in range(int(timedelta(hours=24) / step)):
        with mailing_app.app_context():
            jobs.JOBS[0].run(outbox)
        traveller.shift(step)
    assert states(outbox) == ["queued"] * 4
    telling.world.room = "Boat Room"  # what is told is what is true once they leave
    server.start()
    gateway.start()
    assert run(mailing_app) == Tally(sent=4)
    assert run(mailing_app) == Tally()
    assert len(set(server.ids())) == len(server.ids()) == 2
    assert len({text["id"] for text in gateway.received}) == len(gateway.received) == 2
    assert all("Boat Room" in text["text"] for text in gateway.received)
    assert states(outbox) == ["sent"] * 4


def test_mail_server_down_does_not_keep_texts_and_calls_waiting(
    mailing_app: Portal, outbox: Session, server: MailServer, gateway: Gateway
) -> None:
    server.stop()
    offer(outbox, make_reachable(outbox, "Ama", email="ama@example.org"), 1)
    offer(outbox, make_reachable(outbox, "Ben", email="ben@example.org"), 2)
    offer(outbox, make_reachable(outbox, "Cat", mobile=MOBILE), 3)
    offer(outbox, make_reachable(outbox, "Dan", landline="01323 490000"), 4)
    assert run(mailing_app) == Tally(sent=1, down={"email"})
    assert states(outbox) == ["queued", "queued", "sent", "by_hand"]


def test_refused_for_good_becomes_a_task_for_a_person(
    mailing_app: Portal, outbox: Session, server: MailServer, gateway: Gateway
) -> None:
    server.at_recipient = lambda _address: "550 nobody here"
    gateway.answer = lambda _text: 422
    offer(outbox, make_reachable(outbox, "Ama", email="ama@example.org"), 1)
    offer(outbox, make_reachable(outbox, "Ben", mobile=MOBILE), 2)
    assert run(mailing_app) == Tally(refused=2)
    assert states(outbox) == ["by_hand", "by_hand"]
    assert [task.about["why"] for task in outbox.query(DeskTask)] == ["refused", "refused"]
    outbox.rollback()
    assert run(mailing_app) == Tally()
    assert outbox.query(DeskTask).count() == 2


def test_delayed_beyond_the_last_pause_becomes_a_task_for_a_person(
    mailing_app: Portal,
    outbox: Session,
    server: MailServer,
    traveller: time_machine.Traveller,
) -> None:
    server.at_recipient = lambda _address: "451 later"
    offer(outbox, make_reachable(outbox, "Ama", email="ama@example.org"))
    for pause in PAUSES:
        assert run(mailing_app) == Tally(postponed=1)
        traveller.shift(pause)
    assert run(mailing_app) == Tally(postponed=1)
    assert states(outbox) == ["by_hand"]


@pytest.mark.parametrize(
    ("status", "tally", "state"),
    [
        (202, Tally(sent=1), "sent"),
        (409, Tally(sent=1), "sent"),
        (400, Tally(refused=1), "by_hand"),
        (401, Tally(down={"sms"}), "queued"),
        (302, Tally(down={"sms"}), "queued"),
        (429, Tally(postponed=1), "queued"),
        (503, Tally(postponed=1), "queued"),
        (0, Tally(postponed=1), "queued"),
    ],
)
def test_gateway_answers(
    mailing_app: Portal,
    outbox: Session,
    gateway: Gateway,
    status: int,
    tally: Tally,
    state: str,
) -> None:
    gateway.answer = lambda _text: status
    offer(outbox, make_reachable(outbox, "Ben", mobile=MOBILE))
    assert run(mailing_app) == tally
    assert states(outbox) == [state]


def test_gateway_that_never_answers_is_left_in_time(
    mailing_app: Portal, outbox: Session, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    monkeypatch.setattr("portal.messages.texters.TIMEOUT", 0.2)
    over = Event()
    gateway.answer = lambda _text: 0 if over.wait(20) else 200
    offer(outbox, make_reachable(outbox, "Ben", mobile=MOBILE))
    assert run(mailing_app) == Tally(postponed=1)
    over.set()


def test_consent_taken_back_before_sending_leaves_by_no_machine(
    mailing_app: Portal, outbox: Session, server: MailServer
) -> None:
    person = make_reachable(outbox, "Ama", email="ama@example.org")
    offer(outbox, person)
    route_of(outbox, person, RouteKind.EMAIL).consent_at = None
    outbox.commit()
    assert run(mailing_app) == Tally()
    assert server.received == []
    assert states(outbox) == ["by_hand"]


def test_consent_taken_back_between_two_tries_is_seen(
    mailing_app: Portal,
    outbox: Session,
    server: MailServer,
    traveller: time_machine.Traveller,
) -> None:
    person = make_reachable(outbox, "Ama", email="ama@example.org")
    server.at_recipient = lambda _address: "451 later"
    offer(outbox, person)
    assert run(mailing_app) == Tally(postponed=1)
    server.reset()
    outbox.expire_all()
    route_of(outbox, person, RouteKind.EMAIL).consent_at = None
    outbox.commit()
    traveller.shift(PAUSES[0])
    assert run(mailing_app) == Tally()
    assert server.received == []


def test_route_changed_before_sending_is_the_one_used(
    mailing_app: Portal, outbox: Session, server: MailServer, gateway: Gateway
) -> None:
    person = make_reachable(outbox, "Ama", email="old@example.org", mobile=MOBILE)
    offer(outbox, person)
    route_of(outbox, person, RouteKind.EMAIL).value = "new@example.org"
    outbox.commit()
    assert run(mailing_app) == Tally(sent=1)
    assert [letter.recipient for letter in server.received] == ["new@example.org"]
    assert gateway.received == []


def test_not_true_any_more_never_leaves(
    mailing_app: Portal, outbox: Session, server: MailServer
) -> None:
    offer(outbox, make_reachable(outbox, "Ama", email="ama@example.org"))
    telling.world.untrue.add(1)
    assert run(mailing_app) == Tally()
    assert server.received == []
    assert states(outbox) == ["dropped"]


def test_suppressed_never_leaves(
    mailing_app: Portal, outbox: Session, server: MailServer, traveller: time_machine.Traveller
) -> None:
    for number in (1, 2):
        person = make_reachable(outbox, "Ama", email=f"a{number}@example.org")
        soon = START + timedelta(hours=1)
        offer(outbox, person, number, not_before=soon, concerning=f"session:{number}")
    with mailing_app.app_context():
        assert len(suppress(outbox, purpose=telling.OFFER, concerning="session:1")) == 1
    outbox.commit()
    traveller.shift(timedelta(hours=2))
    assert run(mailing_app) == Tally(sent=1)
    assert [letter.recipient for letter in server.received] == ["a2@example.org"]


def test_kind_that_fails_keeps_only_its_own_waiting(
    mailing_app: Portal,
    outbox: Session,
    server: MailServer,
    traveller: time_machine.Traveller,
) -> None:
    telling.world.broken = True
    offer(outbox, make_reachable(outbox, "Ama", email="ama@example.org"), 1)
    person = make_reachable(outbox, "Ben", email="ben@example.org")
    tell(outbox, person, telling.LONG, {"offer": 2}, key="long")
    outbox.commit()
    assert run(mailing_app) == Tally(sent=1)
    telling.world.broken = False
    traveller.shift(PAUSES[0])
    assert run(mailing_app) == Tally(sent=1)
    assert states(outbox) == ["sent", "sent"]


def test_kind_that_fails_for_days_is_parked_for_an_administrator(
    mailing_app: Portal, outbox: Session, traveller: time_machine.Traveller
) -> None:
    telling.world.broken = True
    offer(outbox, make_reachable(outbox, "Ama", email="ama@example.org"))
    for pause in PAUSES:
        run(mailing_app)
        traveller.shift(pause)
    run(mailing_app)
    assert states(outbox) == ["parked"]


def test_kind_that_trips_over_a_sending_does_not_send_twice(
    mailing_app: Portal, outbox: Session, server: MailServer, traveller: time_machine.Traveller
) -> None:
    offer(outbox, make_reachable(outbox, "Ama", email="ama@example.org"), 666)
    assert run(mailing_app) == Tally(sent=1)
    traveller.shift(timedelta(days=1))
    assert run(mailing_app) == Tally()
    assert states(outbox) == ["sent"]


def test_kind_that_writes_while_composing_writes_nothing(
    mailing_app: Portal, outbox: Session
) -> None:
    from portal.accounts.models import Person

    person = make_reachable(outbox, "Ama", email="ama@example.org")
    tell(outbox, person, telling.TOUCHY, {"offer": 1}, key="touchy")
    outbox.commit()
    assert run(mailing_app) == Tally()
    assert outbox.query(Person).count() == 1
