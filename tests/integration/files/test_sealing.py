"""The sealed content of files: it comes back whole, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.files.sealing import PIECE, new_key, opened, sealed
from portal.vault import VaultError

UID, KEY = "a" * 32, new_key()
WHOLE = PIECE + 16  # bytes of a piece as it is stored


def sealed_whole(content: bytes, uid: str = UID, key: str = KEY) -> bytes:
    return b"".join(sealed(uid, key, [content]))


def opened_whole(stored: bytes, uid: str = UID, key: str = KEY) -> bytes:
    return b"".join(opened(uid, key, [stored]))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_content_of_any_size_comes_back(size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert opened_whole(sealed_whole(content)) == content


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40_000), max_size=6), st.integers(1, 90_000))
def test_content_comes_back_however_it_is_cut_into_parts(parts: list[bytes], step: int) -> None:
    stored = b"".join(sealed(UID, KEY, parts))
    cut = [stored[at : at + step] for at in range(0, len(stored), step)]
    assert b"".join(opened(UID, KEY, cut)) == b"".join(parts)


def test_what_is_stored_shows_nothing_of_the_content() -> None:
    assert b"a secret" not in sealed_whole(b"a secret" * 20)


THREE = sealed_whole(b"1" * PIECE + b"2" * PIECE + b"3")
FIRST, SECOND, THIRD = (
    THREE[1 : 1 + WHOLE],
    THREE[1 + WHOLE : 1 + 2 * WHOLE],
    THREE[1 + 2 * WHOLE :],
)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        THREE[:1],
        THREE[:-1],
        THREE[: 1 + 2 * WHOLE],  # cut between two pieces
        THREE[:1] + SECOND + FIRST + THIRD,
        THREE[:1] + FIRST + THIRD,
        THREE + THIRD,
        THREE + b"x",
        b"\x02" + THREE[1:],
        THREE[:50] + bytes([THREE[50] ^ 1]) + THREE[51:],
    ],
)
def test_what_is_not_whole_does_not_open(stored: bytes) -> None:
    with pytest.raises(VaultError):
        opened_whole(stored)


def test_content_of_another_file_or_key_does_not_open() -> None:
    with pytest.raises(VaultError):
        opened_whole(THREE, uid="b" * 32)
    with pytest.raises(VaultError):
        opened_whole(THREE, key=new_key())
