"""The arithmetic of the chain: canonical JSON and the two hashes. Nothing here reads the database.

    content = SHA-256(salt ‖ canonical JSON of the payload)
    hash    = SHA-256(canonical JSON of {n, kind, at, content, prev})

The salt keeps a short payload from being guessed from `content` once the payload is erased.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

GENESIS = "0" * 64  # `prev` of the first entry
SALT_BYTES = 32


def canonical_json(value: Mapping[str, object]) -> bytes:
    """The one spelling of a value: keys sorted, no spaces, UTF-8.

    Raises:
        TypeError: it holds something other than text, whole numbers, booleans, null, lists and maps.
            Fractions are refused: databases and languages do not spell them alike.
        UnicodeEncodeError: it holds text that is not Unicode (a lone surrogate).
    """
    _refuse_ambiguous(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _refuse_ambiguous(value: object) -> None:
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("a key must be text")
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            _refuse_ambiguous(part)
    elif not isinstance(value, str | int | None):
        raise TypeError(f"{type(value).__name__} has no canonical spelling")


def new_salt() -> bytes:
    """`SALT_BYTES` random bytes."""
    return secrets.token_bytes(SALT_BYTES)


def content_hash(salt: bytes, payload: Mapping[str, object]) -> str:
    """What ties a payload to its entry, as 64 hexadecimal digits."""
    return hashlib.sha256(salt + canonical_json(payload)).hexdigest()


def entry_hash(*, n: int, kind: str, at: datetime, content: str, prev: str) -> str:
    """The link of entry `n`, as 64 hexadecimal digits. `at` counts in whole seconds, UTC."""
    spelled = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    link = {"n": n, "kind": kind, "at": spelled, "content": content, "prev": prev}
    return hashlib.sha256(canonical_json(link)).hexdigest()
