"""The content of a file, sealed piece by piece, so that neither end needs all of it in memory.

AES-GCM under a key of the file's own. The nonce of each piece is its number and whether it is the last:
pieces that are missing, added, moved or from another file do not open, nor does a file that is cut short. The
file's name in the store is sealed with each piece.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from portal.vault import KEY_BYTES, VaultError

PIECE = 1 << 16  # bytes of content in a piece
_TAG = 16
_MARK = b"\x01"  # the version of this format, before the first piece


def new_key() -> str:
    """A key for one file, as text that the vault can seal."""
    return os.urandom(KEY_BYTES).hex()


def sealed(uid: str, key: str, content: Iterable[bytes]) -> Iterator[bytes]:
    """What may lie in the store."""
    aes, bound = _aes(key), uid.encode()
    yield _MARK
    for number, (piece, last) in enumerate(_pieces(content, PIECE)):
        closed: bytes = aes.encrypt(_nonce(number, last=last), piece, bound)
        yield closed


def opened(uid: str, key: str, stored: Iterable[bytes]) -> Iterator[bytes]:
    """The content of what `sealed` made.

    Raises:
        VaultError: it is not whole, or was sealed as another file.
    """
    from cryptography.exceptions import InvalidTag

    aes, bound = _aes(key), uid.encode()
    for number, (piece, last) in enumerate(_pieces(_after_mark(uid, stored), PIECE + _TAG)):
        try:
            content: bytes = aes.decrypt(_nonce(number, last=last), piece, bound)
        except (InvalidTag, ValueError):
            raise VaultError(f"The file {uid} is broken, or is another one.") from None
        yield content


def _after_mark(uid: str, stored: Iterable[bytes]) -> Iterator[bytes]:
    begun = False
    for part in stored:
        if begun or not part:
            yield part
            continue
        if not part.startswith(_MARK):
            raise VaultError(f"The file {uid} was not sealed by this portal.")
        begun = True
        yield part[len(_MARK) :]


def _pieces(parts: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """The same bytes in pieces of one size, each with whether it is the last; one empty piece for nothing."""
    held = bytearray()
    for part in parts:
        held += part
        while len(held) > size:  # not at the size itself: it may be the last
            yield bytes(held[:size]), False
            del held[:size]
    yield bytes(held), True


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _aes(key: str) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(bytes.fromhex(key))
