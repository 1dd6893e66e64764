"""The server killed again and again while claims are sent, approved and paid: what it said is true, once.

Whoever got no answer sends the same form again, as a browser's "try again" does.
"""

from __future__ import annotations

import http.client
import os
import random
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    Approval,
    Batch,
    BatchState,
    Claim,
    EntryRow,
    Export,
    Payment,
    State,
)
from plugins.claims.money.postings import About
from plugins.claims.queries.books import verify
from plugins.claims.services import batching
from plugins.claims.services.store import lines_of
from plugins.claims.tests.making import taxi
from plugins.claims.tests.making_paying import Paying
from plugins.claims.tests.test_races import noted, told
from portal.plugin_api import Actor
from tests.portal_server import Server, Visitor, visitor

SOAK = os.environ.get("SOAK") == "1"
KILLS = 50 if SOAK else 1  # on each database
WHOLE = 10  # every so many kills the parent of the workers dies too, and everything begins anew
EACH = 3  # claims of each kind in a round
PATIENCE = 120.0  # seconds
BUSY = 503


@dataclass
class Wish:
    """One form, sent until there is an answer."""

    who: Visitor
    path: str
    form: dict[str, str]
    status: int = 0
    unanswered: int = 0
    key: str = field(default_factory=lambda: secrets.token_hex(16))

    def insist(self, port: int, start: threading.Barrier) -> None:
        start.wait(PATIENCE)
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            try:
                answer = self.who.post(port, self.path, {**self.form, "form_key": self.key})
            except (OSError, http.client.HTTPException):
                self.unanswered += 1
                time.sleep(0.02)
                continue
            if answer.status != BUSY:
                self.status = answer.status
                return


@dataclass
class Round:
    """What is sent, approved and paid at once: the claims of each, and the batch."""

    sent: list[Claim]
    approved: list[Claim]
    batch: Batch
    waiting: Claim
    wishes: list[Wish]


@pytest.fixture
def server(app: Any, tmp_path: Path) -> Iterator[Server]:
    server = Server(app, tmp_path, plugins="claims")
    yield server
    server.kill()


def begin(paying: Paying, payee: Visitor, deciders: list[Visitor], payers: list[Visitor]) -> Round:
    """Claims at every step; each thing is wanted by two forms at once."""
    session, sam = paying.session, Actor(payee.person_id)
    sent = [paying.draft(sam, taxi(500)) for _ in range(EACH)]
    approved = [paying.sent(paying.person(), taxi(600)) for _ in range(EACH)]
    maker = paying.person("Maker")
    batch = paying.batch(maker, *(paying.owed(paying.payee()) for _ in range(EACH)))
    waiting = paying.owed(paying.payee())
    wishes = [Wish(payee, f"/claims/{one.ref}/send", {"total": "500"}) for one in sent]
    wishes += [Wish(one.who, one.path, one.form, key=one.key) for one in wishes]  # a second click
    for one in approved:
        line = lines_of(session, one.id)[0].id
        said = {"version": "1", f"decision{line}": "approved"}
        wishes += [Wish(each, f"/claims/desk/{one.ref}", said) for each in deciders]
    chosen = {"chosen": f"claim-{waiting.id}", "submit": "y"}
    for each in payers:
        wishes.append(Wish(each, f"/claims/pay/{batch.ref}/export", {}))
        wishes.append(Wish(each, "/claims/pay/put", chosen))
    session.commit()
    return Round(sent, approved, batch, waiting, wishes)


@pytest.mark.soak
def test_a_killed_server_keeps_what_it_said_and_doubles_nothing(
    app: Any, session: Session, server: Server
) -> None:
    paying, chance, lost = Paying(session), random.Random(7), 0
    payee = visitor(app)
    deciders, payers = (
        [visitor(app, "coordinator") for _ in range(2)],
        [visitor(app, "treasurer") for _ in range(2)],
    )
    server.start()
    for number in range(KILLS):
        made = begin(paying, payee, deciders, payers)
        start = threading.Barrier(len(made.wishes) + 1)
        threads = [
            threading.Thread(target=wish.insist, args=(server.port, start)) for wish in made.wishes
        ]
        for thread in threads:
            thread.start()
        start.wait(PATIENCE)
        time.sleep(chance.uniform(0.03, 0.4))  # any moment of the work
        if number % WHOLE == 0:
            server.kill()
            server.start()
        else:
            server.kill_workers()
        for thread in threads:
            thread.join(PATIENCE)
        lost += sum(wish.unanswered > 0 for wish in made.wishes)
        check(session, made, number + 1)
        finish(paying, made)
    assert lost, "else the server was never killed while somebody waited"


def check(session: Session, made: Round, rounds: int) -> None:
    """Everything that was wanted is done, and once."""
    session.expire_all()
    assert {one.status for one in made.wishes} <= {303, 422}, "422: the other one was quicker"
    assert [one.state for one in made.sent] == [State.SUBMITTED] * EACH
    assert [one.state for one in made.approved] == [State.DECIDED] * EACH
    assert made.batch.state is BatchState.EXPORTED
    ids = [one.id for one in made.approved]
    counted = [
        session.scalar(sa.select(sa.func.count()).select_from(model).where(which))
        for model, which in (
            (Approval, Approval.claim_id.in_(ids)),
            (Export, Export.batch_id == made.batch.id),
            (Payment, Payment.what_id == made.waiting.id),
            (EntryRow, EntryRow.about == About.PAYMENT),
        )
    ]
    session.commit()
    assert counted == [EACH, 1, 1, EACH * rounds]
    assert verify(session).in_order
    session.commit()
    assert noted(session, "claims:claim:send") == rounds * (3 * EACH + 1)
    assert noted(session, "claims:batch:export") == rounds
    assert told(session, "decided:1") == rounds * (2 * EACH + 1)


def finish(paying: Paying, made: Round) -> None:
    """No batch is open, so the next round begins its own."""
    payment = paying.session.scalars(
        sa.select(Payment).where(Payment.what_id == made.waiting.id)
    ).one()
    batch = paying.session.get_one(Batch, payment.batch_id)
    batching.abandon(paying.session, paying.person("Maker"), batch.id)
    paying.session.commit()
