"""What is known about files, and their content."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.files.kinds import FileKind
from portal.files.models import StoredFile
from portal.files.sealing import opened
from portal.files.store import store_of
from portal.vault import unseal


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file, for whoever shows it. `size` in bytes."""

    id: int
    kind: FileKind
    name: str
    size: int
    pages: int | None


def infos(session: Session, ids: Collection[int]) -> dict[int, FileInfo]:
    """The files with these ids, in one query; unknown ids are left out."""
    rows = session.execute(
        sa.select(
            StoredFile.id, StoredFile.kind, StoredFile.name, StoredFile.size, StoredFile.pages
        ).where(StoredFile.id.in_(set(ids)))
    )
    return {row.id: FileInfo(*row) for row in rows}


def content(session: Session, file_id: int) -> Iterator[bytes]:
    """A file as it is given out, piece by piece. The session is not needed any more once this returns.

    Raises:
        LookupError: there is no such file.
        StoreError, VaultError: while it is read: the store does not have it, or it is not whole.
    """
    statement = sa.select(StoredFile.uid, StoredFile.key).where(StoredFile.id == file_id)
    row = session.execute(statement).one_or_none()
    if row is None:
        raise LookupError(file_id)
    key = unseal(session, StoredFile.key, row.uid, row.key)
    return opened(row.uid, key, store_of(session).read(row.uid))
