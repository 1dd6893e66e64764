"""A worker killed while the mail server has its letter: the letter comes again, the same, once more."""

from __future__ import annotations

import threading
from datetime import timedelta

import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal import clock, create_app
from portal.app import Portal
from portal.config import Settings
from portal.messages import jobs
from portal.messages.api import queue_email, tell
from portal.messages.models import Message
from portal.messages.services.outbox import LEASE
from tests import telling
from tests.factories.messages import make_reachable
from tests.gateway import Gateway
from tests.mailserver import HangUp, MailServer
from tests.processes import FORKED

PATIENCE = 60  # seconds


def work(settings: Settings) -> None:
    """What the worker's process does: the job, with nobody around to catch its death."""
    from portal.db import db

    app = create_app(settings, plugins=[telling.PLUGIN])
    with app.app_context(), db.sessionmaker() as session:
        jobs.JOBS[0].run(session)


def test_killed_worker_letter_is_sent_again_when_its_lease_has_passed(
    mailing_app: Portal, outbox: Session, server: MailServer
) -> None:
    killed = threading.Event()

    def stall(_address: str) -> str:
        killed.wait(PATIENCE)
        raise HangUp

    server.after_data = stall
    uids = [
        queue_email(outbox, to=f"{name}@example.org", subject="s", text="t", purpose="tests:hello")
        for name in ("ama", "ben")
    ]
    outbox.commit()
    process = FORKED.Process(target=work, args=(mailing_app.settings,))
    process.start()
    assert server.taken.wait(PATIENCE)
    process.kill()
    process.join(PATIENCE)
    killed.set()
    states = outbox.scalars(sa.select(Message.state).order_by(Message.id)).all()
    outbox.rollback()
    assert states == ["sending", "queued"]  # one lease is all that died with it

    server.after_data = lambda _address: "250 taken"
    with mailing_app.app_context():
        jobs.JOBS[0].run(outbox)  # the rest goes on at once
        with time_machine.travel(clock.now() + LEASE + timedelta(seconds=1), tick=False):
            jobs.JOBS[0].run(outbox)
    first, second = (f"<{uid}@college.example>" for uid in uids)
    assert server.ids() == [first, second, first]
    assert outbox.scalars(sa.select(Message.state)).all() == ["sent", "sent"]


def test_killed_worker_text_goes_again_with_its_id_and_only_that_one(
    mailing_app: Portal, outbox: Session, server: MailServer, gateway: Gateway
) -> None:
    killed = threading.Event()

    def stall(_text: dict[str, object]) -> int:
        killed.wait(PATIENCE)
        return 0

    gateway.answer = stall
    ama = make_reachable(outbox, "Ama", mobile="07400 123456")
    ben = make_reachable(outbox, "Ben", email="ben@example.org")
    for number, person in enumerate((ama, ben)):
        tell(outbox, person, telling.OFFER, {"offer": number}, key=f"offer:{number}")
    outbox.commit()
    process = FORKED.Process(target=work, args=(mailing_app.settings,))
    process.start()
    assert gateway.taken.wait(PATIENCE)
    process.kill()
    process.join(PATIENCE)
    killed.set()

    gateway.answer = lambda _text: 409  # it knows this id, and says so
    with mailing_app.app_context():
        jobs.JOBS[0].run(outbox)
        with time_machine.travel(clock.now() + LEASE + timedelta(seconds=1), tick=False):
            jobs.JOBS[0].run(outbox)
    uids = outbox.scalars(sa.select(Message.uid).order_by(Message.id)).all()
    assert [text["id"] for text in gateway.received] == [uids[0], uids[0]]
    assert server.ids() == [f"<{uids[1]}@college.example>"]
    assert outbox.scalars(sa.select(Message.state)).all() == ["sent", "sent"]
