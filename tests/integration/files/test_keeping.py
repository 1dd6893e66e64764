"""Files that are kept: in a folder or a bucket, under keys that change, and let go of with everything."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock, rotation
from portal.app import Portal
from portal.db import db
from portal.files import api
from portal.files.jobs import ON_ITS_WAY, sweep, sweep_before
from portal.files.models import StoredFile
from portal.files.store import store_of
from portal.plugin_api import SYSTEM
from portal.plugin_api.testing import Lab
from portal.privacy.services import erasing
from portal.vault import VAULT, VaultError, add_key, key_file
from tests.factories.accounts import make_person
from tests.factories.files import make_file, pdf, picture
from tests.objectserver import KEY_ID, SECRET, ObjectServer


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectServer]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    server = ObjectServer()
    yield server
    server.stop()


@pytest.fixture
def renting(portal_lab: Lab, engine_name: str, bucket: ObjectServer) -> Iterator[Session]:
    """A session of a college whose files are in a bucket."""
    files = {"bucket": bucket.bucket, "endpoint": bucket.endpoint}
    app = portal_lab.app(engine_name, [], files=files)
    with app.app_context(), db.sessionmaker() as session:
        yield session


def content(session: Session, file_id: int) -> bytes:
    return b"".join(api.content(session, file_id))


def names(session: Session) -> set[str]:
    return {uid for uid, _ in store_of(session).listed()}


def test_a_bucket_keeps_files_sealed_and_gives_them_back(
    renting: Session, bucket: ObjectServer
) -> None:
    file_id = make_file(renting, pdf(), "a.pdf")
    row = renting.get_one(StoredFile, file_id)
    assert content(renting, file_id).startswith(b"%PDF")
    assert set(bucket.objects) == {f"files/{row.uid[:2]}/{row.uid}"}
    assert all(b"PDF" not in stored for stored, _at in bucket.objects.values())
    assert all(KEY_ID in who for _method, _path, who in bucket.asked)
    assert names(renting) == {row.uid}
    store_of(renting).delete([row.uid, "0" * 32])
    assert bucket.objects == {}
    with pytest.raises(api.StoreError, match="not in the store"):
        content(renting, file_id)


def test_a_bucket_that_is_out_of_order_refuses_the_file_and_no_row_is_left(
    renting: Session, bucket: ObjectServer
) -> None:
    bucket.down = True
    with pytest.raises(api.RefusedError) as caught:
        make_file(renting, pdf(), "a.pdf")
    assert caught.value.refusal is api.Refusal.UNCHECKED
    bucket.down = False
    assert make_file(renting, pdf(), "a.pdf")


def test_what_no_row_names_is_swept_after_an_hour_and_nothing_else(session: Session) -> None:
    sweep_before(session, clock.now() + timedelta(minutes=1))
    kept, gone = make_file(session, picture("PNG"), "a.png"), make_file(session, pdf(), "b.pdf")
    session.commit()
    api.let_go(session, gone)
    session.commit()
    uid = session.get_one(StoredFile, kept).uid
    session.rollback()
    sweep(session)
    assert len(names(session)) == 2  # younger than an hour: it may be on its way to its row
    assert sweep_before(session, clock.now() + ON_ITS_WAY) == 1
    assert names(session) == {uid}
    assert sweep_before(session, clock.now() + ON_ITS_WAY) == 0
    assert content(session, kept)


def test_a_change_of_key_wraps_the_keys_of_files_and_leaves_the_files(
    app: Portal, session: Session
) -> None:
    file_id = make_file(session, pdf(), "a.pdf")
    session.commit()
    before, path = content(session, file_id), key_file(app.settings)
    uid = session.get_one(StoredFile, file_id).uid
    stored = list(store_of(session).read(uid))
    session.rollback()
    try:
        add_key(
            path
        )  # outside production the first key was made from the secret, and is not in the file
        with pytest.raises(VaultError):
            content(session, file_id)
        path.unlink()
        older = session.info[VAULT].current()[1]
        add_key(path)
        keep_older(path, older)
        session.rollback()
        with app.app_context():
            outcome = rotation.rotate(session.info[VAULT])
        assert (outcome.done, outcome.refused) == (1, [])
        assert content(session, file_id) == before
        assert list(store_of(session).read(uid)) == stored
    finally:
        path.unlink(missing_ok=True)


def keep_older(path: Path, key: bytes) -> None:
    """Put the key from before at the head of the file."""
    newest = path.read_text()
    path.write_text(f"value-key-1:{base64.b64encode(key).decode()}\n{newest}")


def test_a_key_that_was_copied_to_another_row_opens_nothing(session: Session) -> None:
    first, second = make_file(session, pdf(), "a.pdf"), make_file(session, pdf(), "b.pdf")
    key = session.get_one(StoredFile, first).key
    session.get_one(StoredFile, second).key = key
    session.flush()
    with pytest.raises(VaultError):
        content(session, second)


def test_somebody_is_given_their_files_with_their_copy(sign_in: Any, session: Session) -> None:
    client = sign_in("student")
    file_id = make_file(session, pdf(), "Receipt.pdf", owner_id=client.person_id)
    make_file(session, pdf(), "college.pdf")
    session.commit()
    expected = content(session, file_id)
    session.rollback()
    answer = client.post("/me/data/copy")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        inside = f"files/{file_id}-Receipt.pdf"
        assert archive.read(inside) == expected
        assert [name for name in archive.namelist() if name.startswith("files/")] == [inside]
        said = json.loads(archive.read("your-data.json"))
        page = archive.read("your-data.html").decode()
    (kept,) = [part for part in said["kept"] if part["table"] == "stored_file"]
    assert kept["rows"][0]["file"] == inside
    assert inside in page


def test_erasing_somebody_deletes_their_files(session: Session) -> None:
    person = make_person(session, "Jo").id
    theirs = make_file(session, picture("PNG"), "a.png", owner_id=person)
    other = make_file(session, picture("PNG"), "b.png")
    session.commit()
    erasing.erase(session, SYSTEM, person, at=clock.now())
    session.commit()
    left = set(session.scalars(sa.select(StoredFile.id)))
    assert theirs not in left
    assert other in left
    with pytest.raises(LookupError):
        content(session, theirs)
