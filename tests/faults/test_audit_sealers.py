"""Many writers and two sealers, each a process of its own: one chain comes out."""

from __future__ import annotations

import os
import time
from multiprocessing.synchronize import Event
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.audit.api import record
from portal.audit.models import AuditEntry, AuditPayload
from portal.audit.queries import verify
from portal.audit.services import seal
from portal.config import Settings
from portal.db import attach_rules, engine_options, is_retryable
from portal.plugin_api import SYSTEM, Actor
from tests.processes import FORKED

WRITERS = 8 if os.environ.get("SOAK") == "1" else 3
ENTRIES = 200 if os.environ.get("SOAK") == "1" else 20  # of each writer
PATIENCE = 120  # seconds


def _engine(settings: Settings) -> sa.Engine:
    options: dict[str, Any] = engine_options(settings)
    engine = sa.create_engine(options.pop("url"), **options)
    attach_rules(engine)
    return engine


def _unit(engine: sa.Engine, work: Any) -> Any:
    """One transaction, run again as often as the database asks for it."""
    while True:
        try:
            with Session(engine) as session, session.begin():
                return work(session)
        except DBAPIError as error:
            if not is_retryable(error):
                raise


def write(settings: Settings, writer: int) -> None:
    engine = _engine(settings)
    for number in range(ENTRIES):

        def work(session: Session, number: int = number) -> None:
            record(session, Actor(person_id=writer), "a:b:c", ("run", number))
            if number % 7 == 3:  # others overtake: ids commit out of order where they can
                time.sleep(0.01)

        _unit(engine, work)


def seal_until(settings: Settings, stop: Event) -> None:
    engine = _engine(settings)
    while not stop.is_set():
        _unit(engine, lambda session: seal(session, 5))


@pytest.mark.soak
def test_writers_and_sealers_make_one_chain(app: Portal, session: Session) -> None:
    record(session, SYSTEM, "a:first", ("run", 0))
    session.commit()
    stop = FORKED.Event()
    sealers = [FORKED.Process(target=seal_until, args=(app.settings, stop)) for _ in range(2)]
    writers = [FORKED.Process(target=write, args=(app.settings, n)) for n in range(WRITERS)]
    for process in (*sealers, *writers):
        process.start()
    for process in writers:
        process.join(PATIENCE)
    stop.set()
    for process in sealers:
        process.join(PATIENCE)
    assert [process.exitcode for process in (*writers, *sealers)] == [0] * (WRITERS + 2)

    while seal(session):
        session.commit()
    session.commit()
    total = WRITERS * ENTRIES + 1
    report = verify(session)
    assert (report.fault, report.sealed, report.waiting) == (None, total, 0)
    places = session.scalars(sa.select(AuditEntry.n).order_by(AuditEntry.n)).all()
    assert places == list(range(1, total + 1))
    written = session.execute(sa.select(AuditPayload.actor_id, AuditPayload.subject_id)).all()
    expected = {(n, str(number)) for n in range(WRITERS) for number in range(ENTRIES)}
    assert {tuple(row) for row in written} == expected | {(None, "0")}
