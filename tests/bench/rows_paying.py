"""A large batch of payments: a thousand accounts are opened, checked, and written into the bank's file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from portal.vault import add_key, key_file
from tests.bench import college
from tests.bench.gates import Gate, Result
from tests.bench.load import Effort
from tests.bench.places import Place

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

EXPORT = Gate("export", "file for the bank of 1,000 payments, seconds", 2.0, "at most", "s", 0)
GATES = (EXPORT,)
PAYMENTS = 1_000
THEN = datetime(2026, 1, 1, tzinfo=UTC)


def measure(place: Place, effort: Effort, wanted: set[str]) -> Iterator[Result]:
    """The row of this module, where it is wanted, on one engine."""
    if EXPORT.name in wanted:
        yield exporting(place, PAYMENTS)


def exporting(place: Place, payments: int) -> Result:
    """From the click to the commit."""
    app = college.make_app(place.folder, place.database("paying"), (*college.PLUGINS, "claims"))
    college.make_tables(app)
    if not key_file(app.settings).exists():
        add_key(key_file(app.settings))
    with app.app_context():
        from portal.db import db, unit_of_work

        try:
            with unit_of_work() as session:
                batch_id, payer_id = fill(session, payments)
            return _timed(place.engine, batch_id, payer_id, payments)
        finally:
            db.engine.dispose()


def _timed(engine: str, batch_id: int, payer_id: int, payments: int) -> Result:
    from plugins.claims.queries.books import verify
    from plugins.claims.services import exporting as services
    from portal.plugin_api import Actor, run_unit

    begun = time.perf_counter()
    run_unit(lambda session: services.export(session, Actor(payer_id), batch_id).id)
    taken = time.perf_counter() - begun
    fault = run_unit(
        lambda session: (
            ""
            if verify(session).in_order
            and services.download(session, Actor(payer_id), batch_id).count("\r\n") == payments + 1
            else "the books or the file are not as they should be"
        )
    )
    return Result(EXPORT, engine, taken, detail=f"{payments} payments", fault=fault)


def fill(session: Session, payments: int) -> tuple[int, int]:
    """So many people with an account and a decided claim, in one locked batch: its id, and who may pay it."""
    from plugins.claims.bankfiles.values import Account
    from plugins.claims.models import Batch, Category, Claim, Decision, Line, State
    from plugins.claims.services import bank, batching
    from plugins.claims.services.books import post
    from portal.accounts.api import create_person
    from portal.plugin_api import SYSTEM, Actor

    payer = Actor(create_person(session, SYSTEM, name="Payer"))
    for number in range(payments):
        person = create_person(session, SYSTEM, name=f"Person {number}")
        bank.give(session, Actor(person), Account("089999", f"{number:08d}", f"Person {number}"))
        claim = Claim(
            ref=f"bench{number}",
            person_id=person,
            submitted_by_id=person,
            state=State.DECIDED,
            what="Co-design",
            begun_at=THEN,
            changed_at=THEN,
            sent_at=THEN,
            closed_at=THEN,
        )
        session.add(claim)
        session.flush()
        line = Line(
            claim_id=claim.id,
            category=Category.TAXI,
            day=THEN.date(),
            pence=number + 1,
            decision=Decision.APPROVED,
            allowed=number + 1,
        )
        session.add(line)
        session.flush()
        post(session, line.id, "decided:1", number + 1)
    ref = batching.put_in(session, payer).ref
    batch = session.scalars(sa.select(Batch).where(Batch.ref == ref)).one()
    batching.lock(session, payer, batch.id)
    return batch.id, payer.person_id or 0
