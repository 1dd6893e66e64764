"""Values that nobody reads in the database file or a backup: an AES-GCM envelope for each.

A value is sealed with a fresh key of its own, which is wrapped by the college's key. Both seals hold the
table, the row and the column, so a value that is copied to another place does not open there. The college's
keys stand in a file outside database and backups, one a line; new values are sealed to the last one, older
ones open what they sealed. A value names its key, so `portal.rotation` can wrap it anew without reading it.

Outside production, where there is no file, a key made from the signing secret serves.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from portal import clock

if TYPE_CHECKING:
    from sqlalchemy.orm import InstrumentedAttribute, Session

    from portal.config import Settings

VAULT = "vault"  # key in session.info
SEALED = "sealed"  # in a column's info: the name of the column that names the row
VERSION = b"\x01"
KEY_BYTES = 32
ID_BYTES = 8
_NONCE = 12
_TAG = 16
_WRAPPED = KEY_BYTES + _TAG
HEAD = len(VERSION) + ID_BYTES  # of an envelope: what says which key opens it
_BODY = HEAD + _NONCE + _WRAPPED
SHORTEST = _BODY + _NONCE + _TAG  # the envelope of an empty text
_LINE = "value-key-1:"


class VaultError(Exception):
    """A value was not sealed or not opened. The message is one line, and holds nothing of the value."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands. `row` is what names its row for good."""

    table: str
    column: str
    row: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column} of {self.row}"

    @property
    def bound(self) -> bytes:
        """The one spelling that is sealed with the value."""
        return VERSION + json.dumps([self.table, self.column, self.row]).encode()


def sealed_by(row: str) -> dict[str, Any]:
    """The `info` of a column that holds sealed values (`LargeBinary`); `row` is the column that names its
    row, and never changes. A change of key finds every column that says so, a plugin's too.
    """
    return {SEALED: row}


def place_of(column: InstrumentedAttribute[Any], row: int | str) -> Place:
    """Where a value of this model's column stands.

    Raises:
        ValueError: the column does not declare that it holds sealed values.
    """
    found = column.property.columns[0]
    if SEALED not in found.info:
        raise ValueError(f"{found.table.name}.{found.name} does not say info=sealed_by(…)")
    return Place(found.table.name, found.name, str(row))


def seal(session: Session, column: InstrumentedAttribute[Any], row: int | str, text: str) -> bytes:
    """The text as it may stand in this column of the row that `row` names. Different each time.

    Raises:
        VaultError: the college has no key.
    """
    return _of(session).seal(place_of(column, row), text)


def unseal(
    session: Session, column: InstrumentedAttribute[Any], row: int | str, sealed: bytes
) -> str:
    """The text that was sealed for this column and row.

    Raises:
        VaultError: it was sealed for another place or with a key that is not here, or it is broken.
    """
    return _of(session).unseal(place_of(column, row), sealed)


def fingerprint(session: Session, purpose: str, text: str) -> str:
    """A keyed hash, 64 hex digits: the same for the same text, purpose and college. It says whether two
    texts are the same, and nobody without the college's signing secret can try which text it was made from.

    `purpose` is `plugin:thing`: what is hashed for one purpose tells nothing about another. With a new
    signing secret, what is kept must be made anew.

    Raises:
        VaultError: the session has no keys.
    """
    return _of(session).fingerprint(purpose, text)


def _of(session: Session) -> Vault:
    vault: Vault | None = session.info.get(VAULT)
    if vault is None:
        raise VaultError("This session has no keys: it was not made by the portal.")
    return vault


def key_file(settings: Settings) -> Path:
    """Where this college keeps the keys of its sealed values."""
    return settings.value_key_file or settings.data_dir / "values.key"


def key_id(key: bytes) -> bytes:
    """What an envelope calls a key: it tells nothing about it, and is the same for ever."""
    return hashlib.sha256(b"recovery-portal value key id" + key).digest()[:ID_BYTES]


def add_key(path: Path) -> str:
    """Write a new key at the end of the file, and the file where there is none; its id.

    Raises:
        VaultError: the file cannot be written.
    """
    key = os.urandom(KEY_BYTES)
    name = key_id(key).hex()
    line = f"# made {clock.now():%Y-%m-%d}, id {name}\n{_LINE}{base64.b64encode(key).decode()}\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise VaultError(f"The key cannot be written to {path}: {error.strerror}.") from error
    return name


def read_keys(path: Path) -> dict[bytes, bytes]:
    """Every key of the file by its id, the newest last.

    Raises:
        VaultError: there is no such file, or a line of it is no key.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise VaultError(
            f"There is no key for sealed values at {path}. `portal keys new --values` makes one; where there "
            "was one, put it back."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise VaultError(f"The keys of sealed values at {path} cannot be read.") from error
    keys: dict[bytes, bytes] = {}
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            key = _key_of(line.strip())
            if key is None:
                raise VaultError(f"Line {number} of {path} is not a key of sealed values.")
            keys[key_id(key)] = key
    if not keys:
        raise VaultError(f"There is no key for sealed values in {path}.")
    return keys


def _key_of(line: str) -> bytes | None:
    try:
        key = base64.b64decode(line.removeprefix(_LINE), validate=True)
    except binascii.Error:
        return None
    return key if line.startswith(_LINE) and len(key) == KEY_BYTES else None


class Vault:
    """Seals and opens with the keys of one college. Notices by itself when the file of keys changes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._read: tuple[tuple[int, int] | None, dict[bytes, bytes]] | None = None

    def keys(self) -> Mapping[bytes, bytes]:
        """Every key by its id, the current one last.

        Raises:
            VaultError: there is none, or the file cannot be read.
        """
        path = key_file(self._settings)
        try:
            found = path.stat()
            state = (found.st_mtime_ns, found.st_size)
        except OSError:
            state = None
        if self._read is None or self._read[0] != state:
            self._read = (state, self._load(path, there=state is not None))
        return self._read[1]

    def _load(self, path: Path, *, there: bool) -> dict[bytes, bytes]:
        if there or self._settings.environment == "production":
            return read_keys(path)
        key = _derived(self._settings.secret)
        return {key_id(key): key}

    def current(self) -> tuple[bytes, bytes]:
        """The id of the key that seals now, and the key."""
        return list(self.keys().items())[-1]

    def seal(self, place: Place, text: str) -> bytes:
        """The envelope of a text."""
        own, nonce = os.urandom(KEY_BYTES), os.urandom(_NONCE)
        body: bytes = nonce + _aes(own).encrypt(nonce, text.encode(), place.bound)
        return self._wrap(place, own) + body

    def unseal(self, place: Place, sealed: bytes) -> str:
        """The text of an envelope."""
        own, body = self._own_key(place, sealed), sealed[_BODY:]
        opened = _open(place, own, body[:_NONCE], body[_NONCE:], place.bound)
        return opened.decode()

    def rewrap(self, place: Place, sealed: bytes) -> bytes:
        """The same envelope for the current key. What is in it is not opened."""
        return self._wrap(place, self._own_key(place, sealed)) + sealed[_BODY:]

    def fingerprint(self, purpose: str, text: str) -> str:
        """The keyed hash of a text."""
        key = _derived(self._settings.secret, b"recovery-portal fingerprints " + purpose.encode())
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def _wrap(self, place: Place, own: bytes) -> bytes:
        name, key = self.current()
        head, nonce = VERSION + name, os.urandom(_NONCE)
        wrapped: bytes = _aes(key).encrypt(nonce, own, head + place.bound)
        return head + nonce + wrapped

    def _own_key(self, place: Place, sealed: bytes) -> bytes:
        if len(sealed) < SHORTEST or not sealed.startswith(VERSION):
            raise VaultError(f"The value at {place} is broken.")
        head, rest = sealed[:HEAD], sealed[HEAD:_BODY]
        key = self.keys().get(head[len(VERSION) :])
        if key is None:
            raise VaultError(
                f"The value at {place} was sealed with the key {head[len(VERSION) :].hex()}, which is not "
                f"in {key_file(self._settings)}. Put that key back."
            )
        return _open(place, key, rest[:_NONCE], rest[_NONCE:], head + place.bound)


def _open(place: Place, key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        opened: bytes = _aes(key).decrypt(nonce, sealed, bound)
    except InvalidTag:
        raise VaultError(
            f"The value at {place} does not open: it is broken, or was sealed for another place."
        ) from None
    return opened


def _aes(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _derived(secret: str, purpose: bytes = b"recovery-portal values") -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    made: bytes = HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(secret.encode())
    return made


def sealed_columns(metadata: sa.MetaData) -> list[tuple[sa.Column[Any], sa.Column[Any]]]:
    """Each column of sealed values with the one that names its row, of every table that is known.

    Raises:
        VaultError: a column names a row's column that its table does not have.
    """
    found = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            if SEALED in column.info:
                row = table.columns.get(column.info[SEALED])
                if row is None:
                    raise VaultError(f"{table.name}.{column.name} names no column of its table.")
                found.append((column, row))
    return found
