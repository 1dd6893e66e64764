"""Taking a file in, and letting go of it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.db import insert_row
from portal.files import sealing
from portal.files.checking.limits import Refusal, RefusedError
from portal.files.checking.running import look_into
from portal.files.kinds import HEAD, FileKind, clean_name, kind_named, kind_of
from portal.files.models import StoredFile
from portal.files.quarantine import unnamed
from portal.files.store import Store, StoreError, store_of
from portal.plugin_api.dispatch import ask_scanners
from portal.vault import seal

_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Received:
    """A file that passed every check and lies in the store, where no row names it yet."""

    uid: str
    kind: FileKind
    name: str
    size: int
    pages: int | None
    sha256: str
    key: str = field(repr=False)


def receive(session: Session, content: IO[bytes], name: str) -> Received:
    """Check an open file in the quarantine, write it anew, seal it, and put it into the store.

    Slow: call it before anything is written; it ends the session's transaction, so nobody waits for it. What
    is not kept afterwards is swept away.

    Raises:
        RefusedError: the file is not taken.
        RuntimeError: something waits to be written already, and would be lost.
    """
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("receive a file before you write: the session holds changes")
    session.rollback()
    store = store_of(session)
    kind = _kind(content, name)
    _scan(session, content, kind, needed=store.settings.files.scan_needed)
    with unnamed(store.settings) as clean:
        looked = look_into(kind, content, clean)
        try:
            return put_away(store, clean, kind, clean_name(name, kind), looked.pages)
        except StoreError as error:
            raise RefusedError(Refusal.UNCHECKED) from error


def put_away(
    store: Store, clean: IO[bytes], kind: FileKind, name: str, pages: int | None
) -> Received:
    """Seal a file that was written here, whether from one that came or by the portal itself, and put it into
    the store.

    Raises:
        RefusedError: there is nothing in it.
        StoreError: the store does not take it.
    """
    uid, key = secrets.token_hex(16), sealing.new_key()
    digest, size = hashlib.sha256(), 0
    with unnamed(store.settings) as closed:
        for piece in _read(clean):
            digest.update(piece)
            size += len(piece)
        if not size:
            raise RefusedError(Refusal.BROKEN)
        closed.writelines(sealing.sealed(uid, key, _read(clean)))
        closed.seek(0)
        store.put(uid, closed)
    return Received(uid, kind, name, size, pages, digest.hexdigest(), key)


def keep(session: Session, received: Received, *, owner_id: int | None = None) -> int:
    """Keep what was received: the id of its row, flushed. `owner_id` is whom the file is about.

    Raises:
        VaultError: the college has no key.
    """
    return insert_row(
        session,
        StoredFile,
        uid=received.uid,
        kind=received.kind,
        name=received.name,
        size=received.size,
        pages=received.pages,
        sha256=received.sha256,
        key=seal(session, StoredFile.key, received.uid, received.key),
        owner_id=owner_id,
        added_at=clock.now(),
    )


def let_go(session: Session, file_id: int) -> None:
    """Delete a file, flushed; one that is not there too. Its key goes with the row, so nobody can read what
    lies in the store from then on, and within an hour or two that is swept away.
    """
    session.flush()
    session.execute(sa.delete(StoredFile).where(StoredFile.id == file_id))


def _kind(content: IO[bytes], name: str) -> FileKind:
    content.seek(0)
    head = content.read(HEAD)
    if not head:
        raise RefusedError(Refusal.EMPTY)
    named, kind = kind_named(name), kind_of(head)
    if named is None:
        raise RefusedError(Refusal.OTHER_KIND)
    if kind is not named:
        raise RefusedError(Refusal.NOT_ITS_NAME)
    return named


def _scan(session: Session, content: IO[bytes], kind: FileKind, *, needed: bool) -> None:
    """Let every scanner look at the file as it came. One that fails has not called it clean."""
    content.seek(0)
    answers = ask_scanners(session, content, kind.media_type)
    if False in answers:
        raise RefusedError(Refusal.UNSAFE)
    if None in answers or (needed and not answers):
        raise RefusedError(Refusal.UNCHECKED)


def _read(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece
