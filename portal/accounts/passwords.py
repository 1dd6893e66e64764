"""Passwords: hashed with Argon2id, and refused when too many people would guess them.

NIST SP 800-63B-4, section 3.1.1: fifteen characters or more when alone, eight beside a second proof, all
characters, no rules of composition, no expiry, a list of what is commonly chosen. Nothing here keeps or logs
a password.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Collection, Iterable
from enum import Enum
from functools import lru_cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 15  # characters, of a password that is the only proof
SHORTEST_WITH_APP = 8  # where the number of an authenticator app is asked for too
LONGEST = 1000  # so that nobody makes the server hash a book
# As typed: a letter may be two or three marks. Beyond it nothing is even looked at: to put a hundred thousand
# marks in order takes seconds.
LONGEST_TYPED = 4 * LONGEST
SHORTEST_PIECE = 3
RUN = 3  # "abc", "321", "aaa"
KEYBOARD_RUN = 4
KEYBOARD = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm")
# With this many different guessable pieces, or fewer, and this little beside them, it is guessed. What is
# known of the person is no piece more, however much of it there is; nor is the dot or blank behind it.
MOST_PIECES = 2
MOST_BESIDE = 3

LONGEST_REPEATED = 7
_LEET = str.maketrans("01345@$7", "oieasast")

# OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane; spares a small server's memory.
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


class Weakness(Enum):
    """Why a password is refused."""

    SHORT = "short"
    LONG = "long"
    COMMON = "common"


def normalise(password: str) -> str:
    """One spelling for letters that keyboards write in several ways."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """The Argon2id hash of a normalised password, in PHC form; takes about 20 ms."""
    return _hasher.hash(normalise(password))


def verify_password(password: str, password_hash: str | None) -> bool:
    """True when the password is the one that was hashed.

    Without a hash it takes the same time and says no, so that nobody learns who has an account.
    """
    # Nobody has the empty one.
    typed = normalise(password) if len(password) <= LONGEST_TYPED else ""
    try:
        fits = _hasher.verify(password_hash or _decoy(), typed[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return fits and bool(password_hash)


def needs_rehash(password_hash: str) -> bool:
    """True when the hash was made with other costs than today's."""
    return _hasher.check_needs_rehash(password_hash)


def is_short(password: str) -> bool:
    """True when it may not be the only proof."""
    return len(normalise(password)) < SHORTEST


def weakness(
    password: str, *, about: Iterable[str] = (), shortest: int = SHORTEST
) -> Weakness | None:
    """Why this password will not do, or None.

    `about` is what a stranger knows: the person's name and address, and the college's name.
    """
    if len(password) > LONGEST_TYPED:
        return Weakness.LONG
    text = normalise(password)
    if len(text) < shortest:
        return Weakness.SHORT
    if len(text) > LONGEST:
        return Weakness.LONG
    return Weakness.COMMON if _is_common(text.casefold(), about) else None


def _is_common(text: str, about: Iterable[str]) -> bool:
    known = {part for words in about for part in _words(words.casefold())}
    return any(_is_guessable(spelling, known) for spelling in {text, text.translate(_LEET)})


def _is_guessable(text: str, known: Collection[str]) -> bool:
    words = _common().union(part for part in known if len(part) >= SHORTEST_PIECE)
    longest = max(map(len, words))
    pieces: set[str] = set()
    beside = at = 0
    while at < len(text):
        length = max(_run(text, at), _word(text, at, words, longest))
        piece = text[at : at + length]
        at += length
        if not piece:
            beside += 1
            at += 1
        elif piece in known:
            while at < len(text) and not text[at].isalnum():
                at += 1
        else:
            pieces.add(piece)
    if beside <= MOST_BESIDE and len(pieces) <= MOST_PIECES:
        return True
    return _repeats(text)


def _word(text: str, at: int, words: frozenset[str], longest: int) -> int:
    """Length of the longest known word that begins here."""
    for end in range(min(len(text), at + longest), at + SHORTEST_PIECE - 1, -1):
        if text[at:end] in words:
            return end - at
    return 0


def _run(text: str, at: int) -> int:
    """Length of a run that begins here: one character again and again, an alphabet, a keyboard row."""
    best = 0
    for step in (0, 1, -1):
        end = at + 1
        while end < len(text) and ord(text[end]) - ord(text[end - 1]) == step:
            end += 1
        best = max(best, end - at if end - at >= RUN else 0)
    for row in (*KEYBOARD, *(row[::-1] for row in KEYBOARD)):
        end = at + KEYBOARD_RUN
        while end <= len(text) and text[at:end] in row:
            best = max(best, end - at)
            end += 1
    return best


def _repeats(text: str) -> bool:
    """True for one short piece said again and again."""
    return any(
        (text[:size] * (len(text) // size + 1))[: len(text)] == text
        for size in range(1, len(text) // 2 + 1)
        if size <= LONGEST_REPEATED
    )


@lru_cache(maxsize=1)
def _decoy() -> str:
    return _hasher.hash(secrets.token_urlsafe())


def _words(known: str) -> list[str]:
    parts = "".join(letter if letter.isalnum() else " " for letter in known).split()
    return [*parts, "".join(parts)]


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    lines = (Path(__file__).parent / "common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
