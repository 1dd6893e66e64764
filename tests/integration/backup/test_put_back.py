"""Every row and file comes back; nothing of it can be read on the way."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from portal import create_app, migrate
from portal.backup import api
from portal.backup.api import BackupError
from portal.db import db, unit_of_work
from tests.factories.courses import make_course
from tests.integration.backup.places import (
    ROUNDS,
    Place,
    Saved,
    give_keys,
    make_place,
    nothing_left,
)


@pytest.mark.soak
def test_put_back_is_every_row_and_every_file(
    original: tuple[Place, Saved], saved: Path, tmp_path: Path
) -> None:
    source, expected = original
    assert sum(map(len, expected.rows.values())) > 5
    for number in range(ROUNDS):
        target = make_place(source.database.engine_name, tmp_path / f"place{number}")
        give_keys(target, expected)

        taken = target.put_back(saved)

        assert (target.rows(), target.bytes()) == (expected.rows, expected.files)
        assert set(target.opened()) == {"receipt.pdf", "receipt.png"}
        assert (taken.rows, taken.files) == (sum(map(len, expected.rows.values())), 2)
        saved = tmp_path / f"{number}.portal-backup"  # of what was put back: nothing wears off
        api.back_up(target.settings, saved)
        target.database.drop()


def test_portal_runs_on_what_was_put_back(empty: Place, saved: Path) -> None:
    empty.put_back(saved)

    app = create_app(empty.settings)
    assert migrate.faults(app) == []
    with app.app_context(), unit_of_work() as session:
        make_course(session, title="One more")
    with app.app_context():
        db.engine.dispose()


def test_backup_says_nothing_to_whoever_finds_it(college: Place, tmp_path: Path) -> None:
    saved = tmp_path / "tuesday.portal-backup"
    api.back_up(college.settings, saved)
    sealed = saved.read_bytes()
    assert b"receipt" not in sealed
    assert b"AGE-SECRET-KEY" not in sealed
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert nothing_left(college)


def test_older_backups_are_read_after_a_new_key(college: Place, saved: Path) -> None:
    both = api.key_file(college.settings)
    before = saved.with_name("key-before")
    before.write_bytes(both.read_bytes())
    api.add_key(both)
    newer = saved.with_name("tuesday.portal-backup")
    api.back_up(college.settings, newer)

    assert api.check(college.settings, saved).files == 2
    assert api.check(college.settings, newer).files == 2
    with pytest.raises(BackupError, match="None of the keys fits"):
        api.check(college.settings, newer, before)


def test_backup_is_of_one_moment_while_others_write(college: Place, tmp_path: Path) -> None:
    """Each writer's transaction adds two rows: a backup never has one of them alone."""
    app = create_app(college.settings)
    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        with app.app_context():
            while not stop.is_set():
                with unit_of_work() as session:
                    make_course(session, title="one of two")
                    make_course(session, title="two of two")
                written.set()
            db.engine.dispose()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.wait(30)
        target = tmp_path / "busy.portal-backup"
        api.back_up(college.settings, target)
    finally:
        stop.set()
        writer.join()
    copy = make_place(college.database.engine_name, tmp_path / "copy")
    api.key_file(copy.settings).write_bytes(api.key_file(college.settings).read_bytes())
    copy.put_back(target)
    rows = copy.rows()["course"]
    copy.database.drop()

    count = {word: sum(word in row for row in rows) for word in ("one of two", "two of two")}
    assert count["one of two"] == count["two of two"] > 0
