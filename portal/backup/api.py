"""The front door: take a backup, check one, put one back."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from portal import clock
from portal.backup import archive
from portal.backup.engines import Database, database_of
from portal.backup.errors import BackupError
from portal.backup.keys import add_key, key_file, read_keys
from portal.config import Settings
from portal.files.api import Store, StoreError, folder_of

__all__ = ["BackupError", "Taken", "add_key", "back_up", "check", "key_file", "put_back"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a backup holds, in numbers, and what became of a database that it replaced."""

    rows: int
    files: int
    made_at: str  # UTC, ISO 8601
    revisions: frozenset[str]
    kept: str = ""
    unchecked: str = ""  # why not every row could be looked at, where that is so


def back_up(settings: Settings, target: Path) -> Taken:
    """Write a sealed backup to a new file, whole or not at all. The portal may run meanwhile.

    Raises:
        BackupError: there is no key, no database, or no room; or the file is there already.
    """
    keys = read_keys(key_file(settings))
    if target.exists():
        raise BackupError(f"{target} is there already. Choose another name.")
    database = database_of(settings.sqlalchemy_url)
    part = target.with_name(f"{target.name}.part")
    try:
        with _workshop(settings) as folder:
            copy, files = folder / archive.DATABASE, folder / archive.FILES
            revisions = database.revisions()
            # Twice: what is let go of meanwhile is in the first, what comes meanwhile in the second, so each
            # row of the copy has its file.
            _collect(settings, files)
            tables = database.copy_to(copy)
            _collect(settings, files)
            manifest = archive.Manifest(
                engine=database.name,
                made_at=clock.now().isoformat(timespec="seconds"),
                revisions=tuple(sorted(revisions)),
                tables=tables,
                files=archive.hashes(files),
                database_sha256=archive.sha256_of(copy),
            )
            with (folder / "packed").open("w+b") as packed, _private(part) as sealed:
                archive.pack(packed, manifest, copy, files)
                packed.seek(0)
                archive.seal(packed, sealed, keys[-1])
                sealed.flush()
                os.fsync(sealed.fileno())
        part.rename(target)
    except StoreError as error:
        raise BackupError(f"The files cannot be read: {error}") from error
    except OSError as error:
        raise BackupError(f"The backup cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    return _taken(manifest)


def check(settings: Settings, source: Path, keys: Path | None = None) -> Taken:
    """Read a whole backup and check it to the last row, without putting it back.

    A copy of PostgreSQL is looked at on the server that the settings name, in a database of its own.

    Raises:
        BackupError: the key does not fit, or a part of it is damaged.
    """
    with _opened(settings, source, keys) as (manifest, folder):
        database = _database(settings, manifest)
        unchecked = database.check(folder / archive.DATABASE, manifest.tables)
        return _taken(manifest, unchecked=unchecked)


def put_back(
    settings: Settings,
    source: Path,
    known_revisions: frozenset[str],
    *,
    keys: Path | None = None,
    replace: bool = False,
) -> Taken:
    """Make this college what the backup says: all of it, or nothing when something is wrong.

    `known_revisions` are the migrations of this installation. Where it was cut off after the database, it
    is called again and goes on with the files: rows that are there already are not put back twice.

    Raises:
        BackupError: the key does not fit; the backup is damaged, of another engine, or of a newer portal;
            there is a college here and `replace` was not said; the portal is running.
    """
    with _opened(settings, source, keys) as (manifest, folder):
        database = _database(settings, manifest)
        if unknown := sorted({*manifest.revisions} - known_revisions):
            raise BackupError(
                "This backup was made by a newer portal, or with a plugin that is missing here: "
                f"{unknown[0]}."
            )
        files, there = folder / archive.FILES, folder_of(settings)
        kept, theirs = "", False
        if settings.files.bucket:
            # Before any row names them; what was in the bucket stays there until it is swept.
            _into_bucket(settings, files / there.name)
        else:
            here = {f"{there.name}/{name}": said for name, said in archive.hashes(there).items()}
            theirs = here.items() <= manifest.files.items()  # what a restore that was cut off left
            if not replace and not theirs:
                raise BackupError(f"There are files in {there}. To replace them, add --replace.")
        if not database.holds(manifest.tables):
            kept = database.put_back(folder / archive.DATABASE, manifest.tables, replace=replace)
        if not settings.files.bucket:
            if not theirs:  # what was there is kept beside those that come
                there.rename(there.with_name(f"{there.name}.before-{clock.now():%Y%m%d-%H%M%S}"))
            _move(files / there.name, there)
        _move(files, settings.data_dir, but=files / there.name)
        return _taken(manifest, kept)


def _database(settings: Settings, manifest: archive.Manifest) -> Database:
    """The database of this college, which must be of the backup's engine."""
    database = database_of(settings.sqlalchemy_url)
    if manifest.engine != database.name:
        raise BackupError(
            f"This is a backup of {manifest.engine}, and this portal is set to {database.name}."
        )
    return database


def _collect(settings: Settings, folder: Path) -> None:
    """Add the college's files to a folder, as they lie below the data folder: uploads, wherever they are
    kept, and its logo.

    Raises:
        StoreError: the store does not answer.
    """
    Store(settings).collect(folder / folder_of(settings).name)
    logo = settings.college.logo
    if logo is not None and (settings.data_dir / logo).is_file():
        target = folder / logo
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(settings.data_dir / logo, target)


def _into_bucket(settings: Settings, come: Path) -> None:
    try:
        Store(settings).put_back(come)
    except StoreError as error:
        raise BackupError(f"The bucket does not take the files: {error}") from error


def _move(source: Path, target: Path, *, but: Path | None = None) -> None:
    """Every file below a folder to the same place below another. On one disk, so nothing is copied."""
    for path in [one for one in source.rglob("*") if one.is_file() and but not in one.parents]:
        place = target / path.relative_to(source)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.replace(place)


@contextmanager
def _opened(
    settings: Settings, source: Path, keys: Path | None
) -> Iterator[tuple[archive.Manifest, Path]]:
    """A backup, unsealed, unpacked and checked, in a private folder that goes afterwards."""
    identities = read_keys(keys or key_file(settings))
    with _workshop(settings) as folder:
        unpacked = folder / "unpacked"
        unpacked.mkdir()
        with (folder / "packed").open("w+b") as packed:
            try:
                with source.open("rb") as sealed:
                    archive.unseal(sealed, packed, identities)
            except FileNotFoundError as error:
                raise BackupError(f"There is no backup at {source}.") from error
            except OSError as error:
                raise BackupError(f"{source} cannot be read: {error.strerror}.") from error
            packed.seek(0)
            manifest = archive.unpack(packed, unpacked)
        yield manifest, unpacked


@contextmanager
def _workshop(settings: Settings) -> Iterator[Path]:
    """A folder for nobody else, beside the data: what lies in it is not sealed."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=settings.data_dir) as folder:
        yield Path(folder)


@contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file


def _taken(manifest: archive.Manifest, kept: str = "", unchecked: str = "") -> Taken:
    return Taken(
        rows=sum(table.rows for table in manifest.tables.values()),
        files=len(manifest.files),
        made_at=manifest.made_at,
        revisions=frozenset(manifest.revisions),
        kept=kept,
        unchecked=unchecked,
    )
