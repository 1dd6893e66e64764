"""Where sealed files lie: a folder of the data folder, or a bucket of an S3-compatible store.

Nothing here knows a row or a key. A name is given once and never to another content, so nothing is ever
changed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import structlog

from portal.config import Settings
from portal.logs import describe

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

log = structlog.get_logger(__name__)
STORE = "file_store"  # key in session.info
FOLDER = "files"  # below the data folder, and the prefix in a bucket
_PIECE = 1 << 18
_ANSWERS_WITHIN = "10s"
_TRIES: dict[str, Any] = {"max_retries": 2}


class StoreError(Exception):
    """The store does not answer, or does not have a file. The message is one line, without any content."""


def folder_of(settings: Settings) -> Path:
    """Where files lie when they are kept in a folder."""
    return settings.data_dir / FOLDER


def store_of(session: Session) -> Store:
    """The college's store.

    Raises:
        StoreError: the session was not made by the portal.
    """
    store: Store | None = session.info.get(STORE)
    if store is None:
        raise StoreError("This session has no store: it was not made by the portal.")
    return store


class Store:
    """The sealed files of one college."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._opened: tuple[int, Any] | None = None  # its threads do not survive a fork

    @property
    def in_bucket(self) -> bool:
        """True when files are kept in a bucket, not in the data folder."""
        return bool(self.settings.files.bucket)

    def put(self, uid: str, content: IO[bytes]) -> None:
        """Keep the content of an open file under a new name. It is safe when this returns.

        Raises:
            StoreError: the store does not take it; nothing is there under that name.
        """
        import obstore

        with _said("be kept"):
            obstore.put(self._store, _path(uid), content, mode="create", max_concurrency=1)
            if not self.in_bucket:
                _to_disk(folder_of(self.settings) / _path(uid))

    def read(self, uid: str) -> Iterator[bytes]:
        """What was put, piece by piece.

        Raises:
            StoreError: it is not there, or the store does not answer.
        """
        import obstore

        with _said("be read"):
            found = obstore.get(self._store, _path(uid)).stream(min_chunk_size=_PIECE)
            for part in found:
                yield bytes(part)

    def delete(self, uids: Sequence[str]) -> None:
        """Let go of files; of one that is not there any more too.

        Raises:
            StoreError: the store does not answer; some may be gone.
        """
        import obstore

        for uid in uids:
            with _said("be deleted"):
                try:
                    obstore.delete(self._store, _path(uid))
                except FileNotFoundError:
                    continue

    def listed(self) -> Iterator[tuple[str, datetime]]:
        """The name of every file, with when it was put there (UTC).

        Raises:
            StoreError: the store does not answer.
        """
        import obstore

        with _said("be listed"):
            for lot in obstore.list(self._store):
                for one in lot:
                    yield one["path"].rpartition("/")[2], one["last_modified"]

    def collect(self, folder: Path) -> None:
        """Add every file to a folder, as they lie in the store; those that are there already are left alone.

        Raises:
            StoreError: the store does not answer.
        """
        for uid, _ in self.listed():
            target = folder / _path(uid)
            if target.exists():
                continue
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.in_bucket:
                with target.open("wb") as copy:
                    for part in self.read(uid):
                        copy.write(part)
            else:
                _link(folder_of(self.settings) / _path(uid), target)

    def put_back(self, folder: Path) -> None:
        """Put what `collect` collected into the store, but for what is there.

        Raises:
            StoreError: the store does not answer.
        """
        there = {uid for uid, _ in self.listed()}
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            if path.name not in there:
                with path.open("rb") as content:
                    self.put(path.name, content)

    @property
    def _store(self) -> Any:
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = (os.getpid(), self._open())
        return self._opened[1]

    def _open(self) -> Any:
        from obstore.store import LocalStore, S3Store

        files = self.settings.files
        if not self.in_bucket:
            folder = folder_of(self.settings)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return LocalStore(prefix=folder.absolute())
        elsewhere: dict[str, Any] = {"endpoint": files.endpoint} if files.endpoint else {}
        return S3Store(
            files.bucket,
            prefix=FOLDER,
            region=files.region,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": files.endpoint.startswith("http://"),
                "timeout": _ANSWERS_WITHIN,
            },
            retry_config=_TRIES,  # type: ignore[arg-type]  # all of its keys may be left out
            **elsewhere,
        )


def _path(uid: str) -> str:
    return f"{uid[:2]}/{uid}"


@contextmanager
def _said(what: str) -> Iterator[None]:
    """Turn the store's own errors, which tell addresses and paths, into one line."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError as error:
        raise StoreError("The file is not in the store.") from error
    except (BaseError, OSError) as error:
        log.error("file_store_failed", **describe(error))
        raise StoreError(f"The file cannot {what} just now.") from error


def _to_disk(path: Path) -> None:
    """A row may name the file as soon as this returns, and outlast a power cut."""
    for one in (path, path.parent, path.parent.parent):
        descriptor = os.open(one, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _link(source: Path, target: Path) -> None:
    """The same file at a second place; a copy where the folders are on two disks."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)
