"""The key that seals backups: a file of age identities (https://age-encryption.org/v1), one a line.

Every backup is sealed to the newest one. Older ones stay in the file, for the backups that they sealed. The
file is in no backup: whoever finds a backup alone finds nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyrage

from portal import clock
from portal.backup.errors import BackupError
from portal.config import Settings


def key_file(settings: Settings) -> Path:
    """Where this college keeps the key of its backups."""
    return settings.backup_key_file or settings.data_dir / "backup.key"


def add_key(path: Path) -> str:
    """Write a new key at the end of the file, and the file where there is none; its public half.

    Raises:
        BackupError: the file cannot be written.
    """
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    lines = f"# made {clock.now():%Y-%m-%d}, public half {public}\n{identity}\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise BackupError(f"The key cannot be written to {path}: {error.strerror}.") from error
    return public


def read_keys(path: Path) -> list[str]:
    """Every key of the file as its line says it, the newest last.

    Raises:
        BackupError: there is no such file, or a line of it is no key.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise BackupError(
            f"There is no key at {path}. `portal keys new` makes one; keep a copy of it away from here."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"The key at {path} cannot be read.") from error
    keys = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            try:
                keys.append(str(pyrage.x25519.Identity.from_str(line.strip())))
            except pyrage.IdentityError as error:
                raise BackupError(f"Line {number} of {path} is not a key.") from error
    if not keys:
        raise BackupError(f"There is no key in {path}.")
    return keys
