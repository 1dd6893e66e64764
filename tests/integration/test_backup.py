"""Backups: every row and file comes back, and whatever is wrong with one is said before anything changes."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from portal import create_app, migrate, vault
from portal.backup import api
from portal.backup.api import BackupError
from portal.cli import main
from portal.config import Files, Settings, load_settings
from portal.db import db, sqlite_module, unit_of_work
from portal.files.api import content, let_go
from portal.files.models import StoredFile
from portal.plugin_api.testing import SECRET, Database
from tests.factories.courses import make_course
from tests.factories.demo import engine_or_skip
from tests.factories.files import big_pdf, make_file, picture
from tests.objectserver import KEY_ID, ObjectServer
from tests.objectserver import SECRET as BUCKET_SECRET

ROUNDS = 20 if os.environ.get("SOAK") == "1" else 1
ENGINES = ("sqlite", "postgresql")


@dataclass
class Place:
    """A portal's database and data folder."""

    database: Database
    settings: Settings

    @property
    def files(self) -> Path:
        return self.settings.data_dir / "files"

    def known(self) -> frozenset[str]:
        return migrate.known_revisions(create_app(self.settings))

    def put_back(self, source: Path, **options: Any) -> api.Taken:
        return api.put_back(self.settings, source, self.known(), **options)

    def rows(self) -> dict[str, list[str]]:
        """Every row of every table, read here and not by what is tested."""
        module = {"module": sqlite_module()} if self.database.engine_name == "sqlite" else {}
        engine = sa.create_engine(self.database.url, **module)
        try:
            with engine.connect() as connection:
                return {
                    name: sorted(map(repr, connection.execute(sa.text(f'SELECT * FROM "{name}"'))))
                    for name in sa.inspect(connection).get_table_names()
                }
        finally:
            engine.dispose()

    def bytes(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.settings.data_dir)): path.read_bytes()
            for path in sorted(self.files.rglob("*"))
            if path.is_file()
        }

    def opened(self) -> dict[str, str]:
        """The hash of every file as it is given out, by its name, after the one that its row has."""
        app = create_app(self.settings)
        with app.app_context():
            with unit_of_work("read") as session:
                rows = session.execute(sa.select(StoredFile.id, StoredFile.name, StoredFile.sha256))
                hashes = {
                    row.name: (row.sha256, hashlib.sha256(b"".join(content(session, row.id))))
                    for row in rows.all()
                }
            db.engine.dispose()
        assert all(said == found.hexdigest() for said, found in hashes.values())
        return {name: said for name, (said, _found) in hashes.items()}


@dataclass(frozen=True)
class Saved:
    """A backup, its keys, and what it must give back."""

    file: Path
    key: bytes
    value_key: bytes
    rows: dict[str, list[str]]
    files: dict[str, bytes]


def make_place(engine_name: str, folder: Path) -> Place:
    folder.mkdir()
    database = Database(engine_name, folder, f"portal_backup_{secrets.token_hex(6)}")
    settings = load_settings(
        environment="test", secret_key=SECRET, database_url=database.url, data_dir=folder
    )
    return Place(database, settings)


@pytest.fixture(scope="module", params=ENGINES)
def original(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Place, Saved]]:
    """A college with rows and files, only looked at, and its backup."""
    folder = tmp_path_factory.mktemp("original")
    place = make_place(engine_or_skip(request.param), folder / "college")
    fill(place)
    target = folder / "monday.portal-backup"
    api.back_up(place.settings, target)
    keys = [
        path.read_bytes() for path in (api.key_file(place.settings), vault.key_file(place.settings))
    ]
    yield place, Saved(target, *keys, place.rows(), place.bytes())
    place.database.drop()


@pytest.fixture
def empty(original: tuple[Place, Saved], tmp_path: Path) -> Iterator[Place]:
    """A place for it, with the key."""
    place = make_place(original[0].database.engine_name, tmp_path / "place")
    api.key_file(place.settings).write_bytes(original[1].key)
    vault.key_file(place.settings).write_bytes(original[1].value_key)
    yield place
    place.database.drop()


@pytest.fixture
def saved(original: tuple[Place, Saved], tmp_path: Path) -> Path:
    """The backup, in a file of the test's own."""
    return Path(shutil.copy(original[1].file, tmp_path / "monday.portal-backup"))


@pytest.fixture
def college(empty: Place, saved: Path) -> Place:
    """A college of the test's own."""
    empty.put_back(saved)
    return empty


def fill(place: Place) -> None:
    app = create_app(place.settings)
    migrate.upgrade(app)
    api.add_key(api.key_file(place.settings))
    vault.add_key(vault.key_file(place.settings))
    with app.app_context():
        with unit_of_work() as session:
            make_file(session, big_pdf(150_000), "receipt.pdf")
            make_file(session, picture("PNG"), "receipt.png")
            for title in ("Sömnens väg – 眠り", "'; DROP TABLE person; --", "Nöje\nför alla\t\x1f"):
                make_course(session, title=title)
        db.engine.dispose()


def nothing_left(place: Place) -> bool:
    """True when no unsealed copy and no half of a backup lies about."""
    return not [
        *place.settings.data_dir.glob(".backup-*"),
        *place.settings.data_dir.parent.rglob("*.part"),
    ]


def test_put_back_is_every_row_and_every_file(
    original: tuple[Place, Saved], saved: Path, tmp_path: Path
) -> None:
    source, expected = original
    assert sum(map(len, expected.rows.values())) > 5
    for number in range(ROUNDS):
        target = make_place(source.database.engine_name, tmp_path / f"place{number}")
        api.key_file(target.settings).write_bytes(expected.key)
        vault.key_file(target.settings).write_bytes(expected.value_key)

        taken = target.put_back(saved)

        assert (target.rows(), target.bytes()) == (expected.rows, expected.files)
        assert set(target.opened()) == {"receipt.pdf", "receipt.png"}
        assert (taken.rows, taken.files) == (sum(map(len, expected.rows.values())), 2)
        saved = tmp_path / f"{number}.portal-backup"  # of what was put back: nothing wears off
        api.back_up(target.settings, saved)
        target.database.drop()


def test_files_do_not_open_without_their_own_key(empty: Place, saved: Path) -> None:
    empty.put_back(saved)
    path = vault.key_file(empty.settings)
    path.unlink()
    vault.add_key(path)
    with pytest.raises(vault.VaultError, match="Put that key back"):
        empty.opened()


def test_file_that_was_cut_short_in_its_folder_is_not_given_out(empty: Place, saved: Path) -> None:
    empty.put_back(saved)
    largest = max(empty.files.rglob("*"), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:-1])
    with pytest.raises(vault.VaultError, match="broken"):
        empty.opened()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectServer]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", BUCKET_SECRET)
    server = ObjectServer()
    yield server
    server.stop()


def test_files_of_a_bucket_are_in_the_backup_and_go_back_into_one(
    empty: Place, saved: Path, bucket: ObjectServer, tmp_path: Path
) -> None:
    files = Files(bucket=bucket.bucket, endpoint=bucket.endpoint)
    renting = Place(empty.database, empty.settings.model_copy(update={"files": files}))
    renting.put_back(saved)
    expected = renting.opened()
    assert len(bucket.objects) == len(expected) == 2
    assert renting.bytes() == {}
    stored = {name: body for name, (body, _at) in bucket.objects.items()}
    again = tmp_path / "bucket.portal-backup"
    assert api.back_up(renting.settings, again).files == 2
    bucket.objects.clear()
    target = make_place(empty.database.engine_name, tmp_path / "again")
    for path in (api.key_file, vault.key_file):
        path(target.settings).write_bytes(path(empty.settings).read_bytes())
    elsewhere = Place(target.database, target.settings.model_copy(update={"files": files}))
    elsewhere.put_back(again)
    assert {name: body for name, (body, _at) in bucket.objects.items()} == stored
    assert elsewhere.opened() == expected
    bucket.down = True
    with pytest.raises(BackupError, match="The files cannot be"):
        api.back_up(elsewhere.settings, tmp_path / "none")
    target.database.drop()


def test_backup_has_the_file_of_every_row_while_files_come_and_go(
    college: Place, tmp_path: Path
) -> None:
    app = create_app(college.settings)
    stop, written = threading.Event(), threading.Event()

    def change() -> None:
        with app.app_context():
            while not stop.is_set():
                with unit_of_work() as session:
                    file_id = make_file(session, picture("PNG"), "come.png")
                written.set()
                with unit_of_work() as session:
                    let_go(session, file_id)
            db.engine.dispose()

    writer = threading.Thread(target=change)
    writer.start()
    try:
        assert written.wait(60)
        target = tmp_path / "busy.portal-backup"
        api.back_up(college.settings, target)
    finally:
        stop.set()
        writer.join()
    place = make_place(college.database.engine_name, tmp_path / "there")
    for path in (api.key_file, vault.key_file):
        path(place.settings).write_bytes(path(college.settings).read_bytes())
    place.put_back(target)
    assert {"receipt.pdf", "receipt.png"} <= set(place.opened())
    place.database.drop()


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
    with pytest.raises(BackupError, match=r"newer portal.*core_"):
        api.put_back(empty.settings, saved, frozenset({"core_0001"}))

    assert empty.rows() == {}


def test_backup_of_the_other_engine_is_refused(empty: Place, saved: Path) -> None:
    engine_name = empty.database.engine_name
    other = {"sqlite": "postgresql+psycopg://nobody@/nowhere", "postgresql": ""}[engine_name]
    settings = empty.settings.model_copy(update={"database_url": other})

    with pytest.raises(BackupError, match=f"backup of {engine_name}"):
        api.put_back(settings, saved, empty.known())


def test_college_that_is_there_is_not_overwritten(college: Place, saved: Path) -> None:
    rows, files = college.rows(), college.bytes()

    with pytest.raises(BackupError, match=r"There are files|There is a database|is not empty"):
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


@pytest.mark.parametrize("original", ["sqlite"], indirect=True)
class TestOnSqlite:
    """What a file can do and a server cannot."""

    def test_replaced_college_is_kept_beside_the_new_one(self, college: Place, saved: Path) -> None:
        rows, files = college.rows(), college.bytes()
        app = create_app(college.settings)
        with app.app_context():
            with unit_of_work() as session:
                make_course(session, title="Since then")
            db.engine.dispose()
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
        app = create_app(college.settings)
        with app.app_context():
            with db.engine.connect() as connection:
                connection.execute(sa.text("SELECT 1 FROM course")).all()
            rows = college.rows()

            with pytest.raises(BackupError, match="The portal is running"):
                college.put_back(saved, replace=True)

            db.engine.dispose()
        assert college.rows() == rows


class TestCommands:
    """The same from the command line, one clear line each."""

    @pytest.fixture(autouse=True)
    def _here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("ENVIRONMENT", "SECRET_KEY", "DATABASE_URL", "DATA_DIR", "PLUGINS"):
            monkeypatch.delenv(f"PORTAL_{name}", raising=False)

    def portal(self, *words: str) -> Result:
        return CliRunner().invoke(main, words)

    def test_from_init_to_restore(self, tmp_path: Path) -> None:
        assert "backup.key" in self.portal("init").output
        assert "rows" in self.portal("backup", "monday").output
        assert "is whole" in self.portal("restore", "monday", "--check").output

        refused = self.portal("restore", "monday")
        assert refused.exit_code == 1
        assert "--replace" in refused.output

        done = self.portal("restore", "monday", "--replace")
        assert done.exit_code == 0, done.output
        assert "portal db upgrade" in done.output
        assert "is kept at" in done.output

    def test_restore_on_a_new_machine(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.portal("init")
        self.portal("backup", "monday")
        monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path / "new"))
        monkeypatch.setenv("PORTAL_BACKUP_KEY_FILE", str(tmp_path / "var" / "backup.key"))

        done = self.portal("restore", "monday")

        assert done.exit_code == 0, done.output
        assert self.portal("db", "check").exit_code == 0

    def test_whoever_was_erased_since_stays_erased(self) -> None:
        def names() -> str:
            with closing(sqlite_module().connect("var/portal.db")) as database:
                return str(database.execute("SELECT name FROM person").fetchall())

        def alone(*words: str) -> None:
            """In a process of its own, that has let go of the database afterwards."""
            subprocess.run([sys.executable, "-m", "portal", *words], check=True)

        self.portal("init")
        alone("people", "create", "--name", "Quill Canary")
        self.portal("backup", "monday")
        alone("privacy", "erase", "1", "--reason", "asked by letter", "--yes")
        assert "Canary" not in names()

        assert "privacy replay" in self.portal("restore", "monday", "--replace").output
        assert "Canary" in names()
        again = self.portal("privacy", "replay")

        assert again.exit_code == 0, again.output
        assert "Canary" not in names()

    def test_new_key_is_added_to_the_old(self, tmp_path: Path) -> None:
        self.portal("init")

        said = self.portal("keys", "new")

        assert "age1" in said.output
        key = tmp_path / "var" / "backup.key"
        assert key.read_text().count("AGE-SECRET-KEY") == 2
        assert stat.S_IMODE(key.stat().st_mode) == 0o600

    def test_file_that_is_no_key_is_named(self, tmp_path: Path) -> None:
        self.portal("init")
        (tmp_path / "var" / "backup.key").write_text("hello\n")

        refused = self.portal("backup", "monday")

        assert refused.exit_code == 1
        assert "Line 1 of" in refused.output
        assert not Path("monday").exists()
