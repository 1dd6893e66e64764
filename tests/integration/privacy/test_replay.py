"""A restored backup brings people back: they are erased again, and nobody else in their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import ContactRoute, Person
from portal.app import Portal
from portal.db import unit_of_work
from portal.plugin_api import SYSTEM, EventContext
from portal.plugin_api.events import OutboxEvent, PersonErased
from portal.privacy import cli, jobs, ledger
from portal.privacy.models import ErasureNote
from portal.privacy.services import erasing
from tests.factories.accounts import make_person
from tests.factories.enrolment import make_student


@pytest.fixture
def file(app: Portal) -> Path:
    return app.settings.data_dir / ledger.FILE


@pytest.fixture(autouse=True)
def no_file(file: Path) -> None:
    file.unlink(missing_ok=True)


def erase(app: Portal, session: Session, person_id: int) -> None:
    with app.test_request_context():
        erasing.erase(session, SYSTEM, person_id, at=clock.now())
        session.commit()


def run(app: Portal, *arguments: str, typed: str = "") -> Any:
    with app.app_context():
        return CliRunner().invoke(cli.privacy, list(arguments), input=typed)


def note_beside(app: Portal, session: Session) -> None:
    """As the worker does after the commit."""
    context = EventContext(event_id="1", at=clock.now(), attempt=1)
    with app.app_context(), unit_of_work() as unit:
        jobs.note_erasure(unit, PersonErased(person_id=1), context)


def bring_back(session: Session, person_id: int, name: str) -> None:
    """As a backup from before the erasure does, the note gone with it."""
    session.rollback()
    session.execute(sa.delete(ErasureNote))
    session.execute(
        sa.update(Person).where(Person.id == person_id).values(name=name, erased_at=None)
    )
    session.add(
        ContactRoute(
            person_id=person_id,
            kind="letter",
            value="1 Quay Lane",
            consent_at=clock.now(),
            created_at=clock.now(),
        )
    )
    session.commit()


def test_restored_backup_is_erased_again_and_once(
    app: Portal, session: Session, file: Path
) -> None:
    ada, bo = make_student(session, name="Ada"), make_student(session, name="Bo")
    session.commit()
    erase(app, session, ada)
    note_beside(app, session)
    bring_back(session, ada, "Ada")

    result = run(app, "replay")

    assert result.exit_code == 0, result.output
    assert (
        "1 erased again, 0 were erased already, 0 not in this database, 0 failed" in result.output
    )
    session.rollback()
    assert session.get_one(Person, ada).erased_at is not None
    assert session.scalars(sa.select(ContactRoute.person_id)).all() == [bo]
    assert session.scalars(sa.select(ErasureNote.person_id)).all() == [ada]
    assert session.get_one(Person, bo).name == "Bo"
    session.rollback()

    again = run(app, "replay")

    assert "0 erased again, 1 were erased already" in again.output
    session.rollback()
    heard = sa.select(sa.func.count()).where(OutboxEvent.type == "accounts:person_erased")
    assert session.scalar(heard) == 2, "at the erasure, and when the backup was erased again"


def test_another_person_with_the_same_number_is_left_alone(
    app: Portal, session: Session, file: Path
) -> None:
    ada = make_person(session, "Ada").id
    session.commit()
    erase(app, session, ada)
    note_beside(app, session)
    bring_back(session, ada, "Somebody Else")
    person = session.get_one(Person, ada)
    person.created_at = clock.now()
    session.commit()

    result = run(app, "replay")

    assert "1 not in this database" in result.output
    session.rollback()
    assert session.get_one(Person, ada).name == "Somebody Else"


def test_ledger_of_another_machine_can_be_given(
    app: Portal, session: Session, file: Path, tmp_path: Path
) -> None:
    ada = make_person(session, "Ada").id
    session.commit()
    erase(app, session, ada)
    note_beside(app, session)
    elsewhere = tmp_path / "ledger.jsonl"
    elsewhere.write_text(file.read_text())
    file.unlink()
    bring_back(session, ada, "Ada")

    assert "1 erased again" in run(app, "replay", str(elsewhere)).output
    assert len(ledger.read(file)) == 1, "and it is noted here too"


def test_ledger_says_nothing_about_anybody(app: Portal, session: Session, file: Path) -> None:
    ada = make_student(session, name="Adalind")
    session.commit()
    erase(app, session, ada)
    for _ in range(2):
        note_beside(app, session)

    lines = file.read_text().splitlines()
    assert len(lines) == 1, "heard twice, noted once"
    assert "Adalind" not in lines[0]
    assert "@" not in lines[0]
    assert file.stat().st_mode & 0o077 == 0


def test_line_that_a_crash_cut_off_is_written_again(
    app: Portal, session: Session, file: Path
) -> None:
    for name in ("Ada", "Bo"):
        person = make_person(session, name).id
        session.commit()
        erase(app, session, person)
        note_beside(app, session)
    file.write_bytes(file.read_bytes()[:-20])
    assert len(ledger.read(file)) == 1

    note_beside(app, session)

    assert len(ledger.read(file)) == 2


def test_ledger_that_cannot_be_read_is_refused_loudly(
    app: Portal, session: Session, file: Path
) -> None:
    file.write_text("nonsense\n{}\n")

    result = run(app, "replay")

    assert result.exit_code == 1
    assert "line 1" in result.output


def test_what_came_late_goes_at_night(app: Portal, session: Session) -> None:
    ada = make_person(session, "Ada").id
    session.commit()
    erase(app, session, ada)
    session.add(
        ContactRoute(person_id=ada, kind="letter", value="1 Quay Lane", created_at=clock.now())
    )
    session.commit()

    with app.app_context(), unit_of_work() as unit:
        jobs.sweep(unit)

    session.rollback()
    assert session.scalars(sa.select(ContactRoute.id)).all() == []


def test_erased_at_the_command_line(app: Portal, session: Session) -> None:
    ada = make_person(session, "Ada").id
    session.commit()

    refused = run(app, "erase", str(ada), "--reason", "by letter", typed="n\n")
    assert refused.exit_code == 1
    assert "Ada" in refused.output
    session.rollback()
    assert session.get_one(Person, ada).erased_at is None
    session.rollback()

    assert run(app, "erase", str(ada), "--reason", "by letter", "--yes").exit_code == 0
    session.rollback()
    assert session.get_one(Person, ada).erased_at is not None
    session.rollback()
    assert run(app, "erase", str(ada), "--reason", "again", "--yes").exit_code == 1
