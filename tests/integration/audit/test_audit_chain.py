"""The chain: sealed in order of sealing, append-only by the database itself, checked to the end."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.audit import cli, jobs
from portal.audit.api import erase_payloads, record
from portal.audit.chain import GENESIS
from portal.audit.models import AuditEntry, AuditPayload
from portal.audit.plugin import checks
from portal.audit.privacy import erase, export
from portal.audit.queries import Report, verify
from portal.audit.services import seal
from portal.db import db
from portal.plugin_api import SYSTEM, Actor


def write(session: Session, count: int, *, subject: tuple[str, int] = ("run", 1)) -> list[int]:
    """Commit so many entries; their ids."""
    actor = Actor(person_id=7)
    ids = [record(session, actor, "a:b:c", subject, reason=f"no {n}") for n in range(count)]
    session.commit()
    return ids


def sealed_chain(session: Session, count: int) -> list[int]:
    ids = write(session, count)
    assert seal(session, count) == count
    session.commit()
    return ids


def checked(session: Session) -> Report:
    session.commit()  # verification begins its own transaction
    report = verify(session)
    session.commit()
    return report


def test_seal_links_each_entry_to_the_one_before(session: Session) -> None:
    with time_machine.travel(datetime(2027, 3, 2, 10, tzinfo=UTC), tick=False):
        sealed_chain(session, 3)
    prev = GENESIS
    entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    for n, entry in enumerate(entries, start=1):
        link = {
            "n": n,
            "kind": "a:b:c",
            "at": "2027-03-02T10:00:00Z",
            "content": entry.content,
            "prev": prev,
        }
        spelled = json.dumps(link, sort_keys=True, separators=(",", ":")).encode()
        assert (entry.n, entry.prev) == (n, prev)
        assert entry.hash == hashlib.sha256(spelled).hexdigest()
        prev = entry.hash


def test_seal_goes_on_where_it_ended(session: Session) -> None:
    write(session, 5)
    numbers = []
    while sealed := seal(session, 2):
        session.commit()
        numbers.append(sealed)
    assert numbers == [2, 2, 1]
    assert checked(session).sealed == 5


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_seal_late_commit_with_a_lower_id_takes_the_next_place(
    app: Portal, session: Session
) -> None:
    """SQLite has one writer at a time, so only PostgreSQL commits ids out of order."""
    with app.app_context(), db.sessionmaker() as slow:
        late = record(slow, SYSTEM, "a:late", ("run", 1))
        (early,) = sealed_chain(session, 1)
        slow.commit()
    assert late < early
    seal(session)
    session.commit()
    placed = session.execute(sa.select(AuditEntry.id, AuditEntry.n)).all()
    assert {(row.id, row.n) for row in placed} == {(early, 1), (late, 2)}
    assert checked(session).ok


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_entry WHERE n = 2",
        "UPDATE audit_entry SET kind = 'x:y' WHERE n = 2",
        "UPDATE audit_entry SET content = hash WHERE n = 2",
        "UPDATE audit_entry SET n = 9 WHERE n = 2",
        "UPDATE audit_entry SET n = NULL, prev = NULL, hash = NULL WHERE n = 2",
        "UPDATE audit_entry SET n = 4, prev = content, hash = content, kind = 'x:y' WHERE n IS NULL",
        "UPDATE audit_payload SET reason = 'another'",
        "UPDATE audit_chain SET n = 2",
        "DELETE FROM audit_chain",
        "INSERT INTO audit_entry (id, kind, at, content, n, prev, hash)"
        " VALUES (99, 'x:y', '2027-01-01 00:00:00', 'c', 4, 'p', 'h')",
    ],
)
def test_database_refuses_to_rewrite(session: Session, statement: str) -> None:
    sealed_chain(session, 3)
    write(session, 1)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(sa.text(statement))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO audit_entry (id, kind, at, content) SELECT id, 'x:y', at, content"
        " FROM audit_entry WHERE n = 2",
        "INSERT OR REPLACE INTO audit_payload SELECT entry_id, salt, actor_id, subject_kind,"
        " subject_id, 'another', details FROM audit_payload",
    ],
)
def test_database_refuses_to_replace(session: Session, statement: str) -> None:
    sealed_chain(session, 3)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(sa.text(statement))


def test_verify_counts_what_is_there(session: Session) -> None:
    sealed_chain(session, 3)
    write(session, 2)
    report = checked(session)
    assert report.ok
    assert (report.sealed, report.waiting, report.erased) == (3, 2, 0)
    last = session.scalars(sa.select(AuditEntry.hash).where(AuditEntry.n == 3)).one()
    assert report.head == last


def test_verify_without_entries(session: Session) -> None:
    report = checked(session)
    assert report.ok
    assert report.head == GENESIS


def test_verify_reads_more_than_one_batch(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.audit.queries._BATCH", 2)
    sealed_chain(session, 5)
    write(session, 3)
    report = checked(session)
    assert (report.ok, report.sealed, report.waiting) == (True, 5, 3)


def test_verify_refuses_a_transaction_begun_before(session: Session) -> None:
    session.execute(sa.text("SELECT 1"))
    with pytest.raises(RuntimeError):
        verify(session)


def test_erased_payloads_leave_a_whole_chain(session: Session) -> None:
    ids = sealed_chain(session, 4)
    assert erase_payloads(session, ids[1:3]) == 2
    assert checked(session).ok
    seal(session)
    report = checked(session)
    assert (report.ok, report.sealed, report.erased) == (True, 5, 2)
    left = session.scalars(sa.select(AuditPayload.entry_id).order_by(AuditPayload.entry_id)).all()
    assert left == [ids[0], ids[3], ids[3] + 1]


def test_erasing_again_or_the_erasure_itself_does_nothing(session: Session) -> None:
    ids = sealed_chain(session, 2)
    erase_payloads(session, ids[:1])
    session.commit()
    everything = session.scalars(sa.select(AuditEntry.id)).all()
    assert erase_payloads(session, ids[:1]) == 0
    assert erase_payloads(session, everything) == 1  # the one that stood, not the erasure's own
    assert checked(session).ok


def test_payload_removed_without_an_erasure_is_found(session: Session) -> None:
    ids = sealed_chain(session, 3)
    session.execute(sa.delete(AuditPayload).where(AuditPayload.entry_id == ids[1]))
    fault = checked(session).fault
    assert fault is not None
    assert (fault.n, fault.entry_id) == (2, ids[1])


def test_privacy_export_tells_a_person_their_entries(session: Session) -> None:
    record(session, Actor(person_id=7), "accounts:role:grant", ("person", 5), reason="Welcome")
    record(session, Actor(person_id=5), "courses:run:open", ("run", 1))
    record(session, Actor(person_id=7), "courses:run:open", ("run", 5))
    rows = export(session, 5)
    assert [(row["action"], row["subject"], row["by_you"]) for row in rows] == [
        ("accounts:role:grant", "person 5", False),
        ("courses:run:open", "run 1", True),
    ]


def test_privacy_erasure_erases_about_and_holds_by(session: Session) -> None:
    record(session, Actor(person_id=7), "accounts:role:grant", ("person", 5), reason="Welcome")
    record(session, Actor(person_id=5), "courses:run:open", ("run", 1))
    record(session, Actor(person_id=7), "courses:run:open", ("run", 5))
    session.commit()
    result = erase(session, 5, "delete")
    session.commit()
    assert (result.erased, result.held) == (1, 1)
    assert result.reason
    assert [row["subject"] for row in export(session, 5)] == ["run 1"]
    assert checked(session).ok


def test_command_verify_seals_what_waits(app: Portal, session: Session) -> None:
    write(session, 3)
    with app.app_context():
        first = CliRunner().invoke(cli.verify, ["--json"])
        second = CliRunner().invoke(cli.verify, ["--json"])
    assert first.exit_code == 0, first.output
    assert json.loads(first.output)["waiting"] == 3
    assert json.loads(second.output) | {"head": ""} == {
        "ok": True,
        "sealed": 3,
        "waiting": 0,
        "erased": 0,
        "head": "",
        "fault": None,
    }


def test_command_verify_names_the_first_broken_entry(app: Portal, session: Session) -> None:
    ids = sealed_chain(session, 4)
    write(session, 1)
    session.execute(sa.delete(AuditPayload).where(AuditPayload.entry_id.in_(ids[2:])))
    session.commit()
    with app.app_context():
        spoken = CliRunner().invoke(cli.verify)
        written = CliRunner().invoke(cli.verify, ["--json"])
    assert (spoken.exit_code, written.exit_code) == (1, 1)
    assert f"entry 3 (id {ids[2]})" in spoken.output
    assert json.loads(written.output)["fault"]["n"] == 3
    waiting = session.scalars(sa.select(AuditEntry.id).where(AuditEntry.n.is_(None))).all()
    assert len(waiting) == 1  # nothing is sealed onto a broken chain


def test_command_seal_seals_everything(
    app: Portal, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(session, 7)
    with app.app_context():
        result = CliRunner().invoke(cli.seal)
    assert result.output == "7 sealed.\n"


def test_job_seals(app: Portal, session: Session) -> None:
    write(session, 2)
    (job,) = jobs.JOBS
    job.run(session)
    assert checked(session).sealed == 2


def test_health_complains_when_sealing_is_late(session: Session) -> None:
    (check,) = checks()
    with time_machine.travel(datetime(2027, 3, 2, 10, tzinfo=UTC), tick=False) as clock:
        write(session, 1)
        assert check.run(session).ok
        clock.shift(16 * 60)
        assert not check.run(session).ok
        seal(session)
        assert check.run(session).ok
