"""A check looks at every row and puts none back; a restore that was cut off goes on; the erased stay so."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from portal import clock, create_app
from portal.accounts.models import Person
from portal.backup import api
from portal.backup.api import BackupError
from portal.db import db, unit_of_work
from portal.plugin_api import SYSTEM
from portal.privacy import cli, ledger
from portal.privacy.api import note_erasures
from portal.privacy.services import erasing
from tests.factories.accounts import make_person
from tests.integration.backup.places import Place, Saved, add_course, make_place


def databases(place: Place) -> set[str]:
    """Of the server; none where there is no server."""
    if place.database.engine_name == "sqlite":
        return set()
    engine = sa.create_engine(place.database.url)
    try:
        with engine.connect() as connection:
            return set(connection.scalars(sa.text("SELECT datname FROM pg_database")))
    finally:
        engine.dispose()


def resealed(place: Place, saved: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The same backup with another manifest, sealed again: whoever made it had the wrong rows."""
    identity = pyrage.x25519.Identity.from_str(
        api.key_file(place.settings).read_text().splitlines()[-1]
    )
    packed = io.BytesIO(pyrage.decrypt(saved.read_bytes(), [identity]))
    again = io.BytesIO()
    with tarfile.open(fileobj=packed) as before, tarfile.open(fileobj=again, mode="w:gz") as after:
        for entry in before:
            content = before.extractfile(entry)
            data = content.read() if content else b""
            if entry.name == "manifest.json":
                said = json.loads(data)
                change(said)
                data = json.dumps(said).encode()
                entry.size = len(data)
            after.addfile(entry, io.BytesIO(data))
    target = saved.with_name("changed.portal-backup")
    target.write_bytes(pyrage.encrypt(again.getvalue(), [identity.to_public()]))
    return target


def test_check_looks_at_every_row_and_leaves_nothing(empty: Place, saved: Path) -> None:
    before = databases(empty)

    taken = api.check(empty.settings, saved)

    assert (taken.files, taken.unchecked) == (2, "")
    assert empty.rows() == {}
    assert {name for name in databases(empty) - before if name.startswith("portal_check")} == set()


def test_row_that_is_not_what_was_saved_is_found_by_the_check(empty: Place, saved: Path) -> None:
    def change(said: dict[str, Any]) -> None:
        said["tables"]["course"]["sha256"] = "0" * 64

    before = databases(empty)
    changed = resealed(empty, saved, change)

    with pytest.raises(BackupError, match="course: 3 rows"):
        api.check(empty.settings, changed)

    assert {name for name in databases(empty) - before if name.startswith("portal_check")} == set()
    assert api.check(empty.settings, resealed(empty, saved, lambda _said: None)).files == 2


@pytest.mark.parametrize("original", ["postgresql"], indirect=True)
def test_account_that_may_make_no_database_says_that_rows_were_not_looked_at(
    empty: Place, saved: Path
) -> None:
    server = sa.create_engine(empty.database.url, isolation_level="AUTOCOMMIT")
    role = f"{empty.database.name}_plain"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD 'plain'")
    try:
        url = sa.make_url(empty.database.url).set(username=role, password="plain")
        address = url.render_as_string(hide_password=False)
        settings = empty.settings.model_copy(update={"database_url": address})

        taken = api.check(settings, saved)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP ROLE {role}")
        server.dispose()

    assert "rows were not looked at" in taken.unchecked
    assert "CREATEDB" in taken.unchecked


def lose_all(place: Place) -> None:
    shutil.rmtree(place.files)


def lose_one(place: Place) -> None:
    next(path for path in place.files.rglob("*") if path.is_file()).unlink()


def lose_none(_place: Place) -> None:
    pass


@pytest.mark.parametrize("lost", [lose_all, lose_one, lose_none])
def test_restore_that_was_cut_off_after_the_database_goes_on(
    college: Place, saved: Path, original: tuple[Place, Saved], lost: Callable[[Place], None]
) -> None:
    lost(college)

    taken = college.put_back(saved)

    assert (college.rows(), college.bytes()) == (original[1].rows, original[1].files)
    assert (taken.files, taken.kept) == (2, "")
    assert list(college.settings.data_dir.glob("*.before-*")) == []


def test_restore_goes_on_over_no_row_that_came_since(college: Place, saved: Path) -> None:
    add_course(college)
    lose_all(college)
    rows = college.rows()

    with pytest.raises(BackupError, match=r"There is a database|is not empty"):
        college.put_back(saved)

    assert college.rows() == rows
    assert college.bytes() == {}


def test_whoever_was_erased_since_an_old_backup_stays_erased(
    college: Place, tmp_path: Path
) -> None:
    app = create_app(college.settings)
    with app.app_context(), unit_of_work() as session:
        gone = make_person(session, "Quill Canary").id
        stays = make_person(session, "Robin Stays").id
    old = tmp_path / "old.portal-backup"
    api.back_up(college.settings, old)
    with app.test_request_context():
        with unit_of_work() as session:
            erasing.erase(session, SYSTEM, gone, at=clock.now())
        with unit_of_work("read") as session:
            note_erasures(session)
        db.engine.dispose()
    place = make_place(college.database.engine_name, tmp_path / "again")
    key = api.key_file(college.settings)
    api.key_file(place.settings).write_bytes(key.read_bytes())
    shutil.copy(college.settings.data_dir / ledger.FILE, place.settings.data_dir)

    place.put_back(old)
    assert "Quill Canary" in str(place.rows()["person"])
    again = create_app(place.settings)
    with again.app_context():
        done = CliRunner().invoke(cli.privacy, ["replay"])
        with unit_of_work("read") as session:
            erased = {one.id: one.erased_at for one in session.scalars(sa.select(Person))}
        db.engine.dispose()

    assert done.exit_code == 0, done.output
    assert "Quill Canary" not in str(place.rows())
    assert "Robin Stays" in str(place.rows()["person"])
    assert erased[gone] is not None
    assert erased[stays] is None
    place.database.drop()
