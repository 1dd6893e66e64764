"""Databases of tests: migrated by one process of a run, copied by all of them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.plugin_api.trial_databases import POSTGRES_THROWN_AWAY, Database, Migrated

BRANCHES = (("core", ("somewhere",)),)
WITH_MORE = (*BRANCHES, ("more", ("elsewhere",)))


def process_of(run: Path, name: str) -> Migrated:
    own = run / name
    own.mkdir()
    return Migrated(run, own)


def migrated(engine_name: str, folder: Path, name: str) -> Database:
    """A database with one table and one row, as migrations would leave it."""
    folder.mkdir()
    database = Database(engine_name, folder, f"portal_trial_{os.getpid()}_{name}")
    run(database, "CREATE TABLE there (word TEXT)", "INSERT INTO there VALUES ('clean')")
    database.keep_as_clean()
    return database


def run(database: Database, *statements: str) -> None:
    engine = sa.create_engine(database.url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def words_of(database: Database) -> list[str]:
    engine = sa.create_engine(database.url)
    with engine.connect() as connection:
        found = connection.scalars(sa.text("SELECT word FROM there")).all()
    engine.dispose()
    return list(found)


@pytest.fixture(autouse=True)
def _thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(POSTGRES_THROWN_AWAY, "1")


def test_what_one_process_migrated_the_others_copy_and_put_back(
    engine_name: str, tmp_path: Path
) -> None:
    first, second = process_of(tmp_path, "first"), process_of(tmp_path, "second")
    made = migrated(engine_name, tmp_path / "made", "made")
    first.keep(engine_name, BRANCHES, made)

    found = second.find(engine_name, BRANCHES)
    assert found is not None
    (tmp_path / "copy").mkdir()
    copy = Database(engine_name, tmp_path / "copy", f"portal_trial_{os.getpid()}_copy", like=found)
    assert words_of(copy) == ["clean"]
    run(copy, "DELETE FROM there", "INSERT INTO there VALUES ('left by a test')")
    copy.restore()

    assert words_of(copy) == ["clean"]
    assert second.find(engine_name, WITH_MORE) is None


def test_a_server_that_stays_is_left_as_it_was(
    engine_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would know when the last process has gone, so what is on it is each process's own."""
    monkeypatch.delenv(POSTGRES_THROWN_AWAY)
    first, second = process_of(tmp_path, "first"), process_of(tmp_path, "second")
    made = migrated(engine_name, tmp_path / "made", "stays")
    first.keep(engine_name, BRANCHES, made)

    assert first.find(engine_name, BRANCHES) is not None
    assert (second.find(engine_name, BRANCHES) is None) == (engine_name == "postgresql")
    first.drop()
    made.drop()


def test_one_process_migrates_while_the_others_wait(tmp_path: Path) -> None:
    first, second = process_of(tmp_path, "first"), process_of(tmp_path, "second")
    came = threading.Event()

    def come() -> None:
        with second.turn("sqlite", BRANCHES):
            came.set()

    waiting = threading.Thread(target=come)
    with first.turn("sqlite", BRANCHES):
        waiting.start()
        assert not came.wait(0.3)
    waiting.join()
    assert came.is_set()
