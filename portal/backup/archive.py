"""The sealed file: a manifest, the copy of the database and the college's files, sealed with age."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import pyrage

from portal.backup.digests import Digest
from portal.backup.errors import BackupError

FORMAT = 1
MANIFEST, DATABASE, FILES = "manifest.json", "database", "files"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `files`: SHA-256 of each, by its path below the data folder."""

    engine: str
    made_at: str  # UTC, ISO 8601
    revisions: tuple[str, ...]
    tables: dict[str, Digest]
    files: dict[str, str]
    database_sha256: str


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file below a folder, by its path there."""
    return {name: sha256_of(folder / name) for name in sorted(_names(folder))}


def pack(target: IO[bytes], manifest: Manifest, database: Path, files: Path) -> None:
    """Write the parts of a backup, unsealed, into an open file."""
    said = json.dumps({"format": FORMAT, **asdict(manifest)}, sort_keys=True).encode()
    with tarfile.open(fileobj=target, mode="w:gz", compresslevel=6) as packed:
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(said)
        packed.addfile(entry, io.BytesIO(said))
        packed.add(database, DATABASE, filter=_anonymous)
        for name in manifest.files:
            packed.add(files / name, f"{FILES}/{name}", filter=_anonymous)


def seal(source: IO[bytes], target: IO[bytes], key: str) -> None:
    """Seal what one open file holds into another."""
    public = pyrage.x25519.Identity.from_str(key).to_public()
    pyrage.encrypt_io(source, target, [public])


def unseal(source: IO[bytes], target: IO[bytes], keys: Sequence[str]) -> None:
    """The way back.

    Raises:
        BackupError: none of the keys fits, or the file is damaged or cut short.
    """
    try:
        identities = [pyrage.x25519.Identity.from_str(key) for key in keys]
        pyrage.decrypt_io(source, target, identities)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise BackupError("None of the keys fits this backup. Nothing was changed.") from error
        raise BackupError(_DAMAGED) from error
    except OSError as error:
        if error.errno is not None:  # the disk's own trouble; age's has no number
            raise
        raise BackupError(_DAMAGED) from error


_DAMAGED = "This is not a whole backup: the file is damaged or cut short. Nothing was changed."


def unpack(source: IO[bytes], folder: Path) -> Manifest:
    """Unpack an unsealed backup into an empty folder, and check every part against the manifest.

    Raises:
        BackupError: a part is missing, is another one, or was never in the backup.
    """
    try:
        with tarfile.open(fileobj=source, mode="r:gz") as packed:
            packed.extractall(folder, filter="data")
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise BackupError(_DAMAGED) from error
    if said.pop("format", None) != FORMAT:
        raise BackupError("This backup was made by a newer portal. Install that one first.")
    manifest = _manifest(said)
    if (
        hashes(folder / FILES) != manifest.files
        or sha256_of(folder / DATABASE) != manifest.database_sha256
    ):
        raise BackupError(_DAMAGED)
    return manifest


def _manifest(said: dict[str, Any]) -> Manifest:
    said["tables"] = {name: Digest(**digest) for name, digest in said["tables"].items()}
    said["revisions"] = tuple(said["revisions"])
    return Manifest(**said)


def _names(folder: Path) -> Iterable[str]:
    return (
        str(path.relative_to(folder).as_posix()) for path in folder.rglob("*") if path.is_file()
    )


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nobody's account on the machine goes into a backup, nor comes out of one."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry
