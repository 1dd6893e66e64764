"""Files come back with their rows and open with their keys, from a folder or a bucket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal import create_app, vault
from portal.backup import api
from portal.backup.api import BackupError
from portal.config import Files
from portal.db import db, unit_of_work
from portal.files.api import let_go
from tests.factories.files import make_file, picture
from tests.integration.backup.places import Place, make_place
from tests.objectserver import KEY_ID, ObjectServer
from tests.objectserver import SECRET as BUCKET_SECRET


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
