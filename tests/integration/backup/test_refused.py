"""Whatever is wrong with a backup, or with where it goes, is said before anything changes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal import create_app
from portal.backup import api
from portal.backup.api import BackupError
from portal.db import db, sqlite_module
from tests.integration.backup.places import Place, add_course, nothing_left


def test_key_is_in_no_backup(empty: Place, saved: Path) -> None:
    key = api.key_file(empty.settings).read_bytes()
    elsewhere = saved.with_name("key-kept-elsewhere")
    elsewhere.write_bytes(key)
    api.key_file(empty.settings).unlink()

    empty.put_back(saved, keys=elsewhere)

    found = [path for path in empty.settings.data_dir.rglob("*") if path.is_file()]
    assert [path for path in found if path.read_bytes() == key] == []


def test_another_key_is_refused_and_nothing_changes(empty: Place, saved: Path) -> None:
    key = api.key_file(empty.settings)
    key.unlink()
    api.add_key(key)

    with pytest.raises(BackupError, match="None of the keys fits"):
        empty.put_back(saved)

    assert (empty.rows(), empty.bytes()) == ({}, {})
    assert nothing_left(empty)


@pytest.mark.parametrize("part", [0, 0.01, 0.5, 0.9, -1])
def test_cut_file_is_refused_and_nothing_changes(empty: Place, saved: Path, part: float) -> None:
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(len(whole) * part) if part >= 0 else -1])

    with pytest.raises(BackupError, match="damaged or cut short"):
        empty.put_back(saved)

    assert (empty.rows(), empty.bytes()) == ({}, {})
    assert nothing_left(empty)


@pytest.mark.parametrize("place", [0.02, 0.5, 0.98])
def test_changed_byte_is_refused(empty: Place, saved: Path, place: float) -> None:
    whole = bytearray(saved.read_bytes())
    whole[int(len(whole) * place)] ^= 1
    saved.write_bytes(whole)

    with pytest.raises(BackupError):
        empty.put_back(saved)

    assert (empty.rows(), empty.bytes()) == ({}, {})


def test_something_else_is_no_backup(empty: Place, saved: Path) -> None:
    saved.write_text("Dear college,\n")
    with pytest.raises(BackupError, match="not a whole backup"):
        empty.put_back(saved)
    with pytest.raises(BackupError, match="There is no backup at"):
        empty.put_back(saved.with_name("missing"))


def test_newer_portal_is_refused(empty: Place, saved: Path) -> None:
    known = frozenset(name for name in empty.known() if not name.startswith("core_"))
    with pytest.raises(BackupError, match=r"newer portal.*core_"):
        api.put_back(empty.settings, saved, known | {"core_0001"})

    assert empty.rows() == {}


def test_backup_of_the_other_engine_is_refused(empty: Place, saved: Path) -> None:
    engine_name = empty.database.engine_name
    other = {"sqlite": "postgresql+psycopg://nobody@/nowhere", "postgresql": ""}[engine_name]
    settings = empty.settings.model_copy(update={"database_url": other})

    with pytest.raises(BackupError, match=f"backup of {engine_name}"):
        api.put_back(settings, saved, empty.known())


def test_college_that_is_there_is_not_overwritten(college: Place, saved: Path) -> None:
    add_course(college)
    (college.files / "since").write_text("then")
    rows, files = college.rows(), college.bytes()

    with pytest.raises(BackupError, match="There are files"):
        college.put_back(saved)
    for path in college.files.rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(BackupError, match=r"There is a database|is not empty"):
        college.put_back(saved)

    assert college.rows() == rows
    assert files


def test_target_that_is_there_is_not_overwritten(college: Place, saved: Path) -> None:
    before = saved.read_bytes()

    with pytest.raises(BackupError, match="is there already"):
        api.back_up(college.settings, saved)

    assert saved.read_bytes() == before


def test_backup_without_a_key_says_how_to_make_one(college: Place, tmp_path: Path) -> None:
    api.key_file(college.settings).unlink()

    with pytest.raises(BackupError, match="portal keys new"):
        api.back_up(college.settings, tmp_path / "new")

    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("original", ["sqlite"], indirect=True)
class TestOnSqlite:
    """What a file can do and a server cannot."""

    def test_replaced_college_is_kept_beside_the_new_one(self, college: Place, saved: Path) -> None:
        rows, files = college.rows(), college.bytes()
        add_course(college)
        (college.files / "since").write_text("then")

        kept = college.put_back(saved, replace=True).kept

        assert (college.rows(), college.bytes()) == (rows, files)
        [before] = college.settings.data_dir.glob("*.db.before-*")
        assert str(before) in kept
        with closing(sqlite_module().connect(before)) as old:
            titles = [row[0] for row in old.execute("SELECT title FROM course")]
        assert "Since then" in titles
        [uploads] = college.settings.data_dir.glob("files.before-*")
        assert (uploads / "since").read_text() == "then"

    def test_running_portal_is_not_pulled_from_under_its_people(
        self, college: Place, saved: Path
    ) -> None:
        add_course(college)
        app = create_app(college.settings)
        with app.app_context():
            with db.engine.connect() as connection:
                connection.execute(sa.text("SELECT 1 FROM course")).all()
            rows = college.rows()

            with pytest.raises(BackupError, match="The portal is running"):
                college.put_back(saved, replace=True)

            db.engine.dispose()
        assert college.rows() == rows
