"""Texts: their digest, what changed between two, and both of two that were written at once.

Plain functions. Nothing that anybody wrote is ever left out of a merge.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

NAME = "name"  # of the idea: stands in a version beside its sections
# The headings of a proposal, the answer to the one question first.
SECTIONS = ("idea", "why", "who", "learning", "access", "needs")
_GAP = re.compile(r"\n[ \t]*\n\s*")
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
MOST_WORDS = 4_000  # compared word by word; longer texts paragraph by paragraph


@dataclass(frozen=True, slots=True)
class Merged:
    """The text that holds both. `clash`: two wrote in the same place, and somebody should read it."""

    words: str
    clash: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a text, and whether the other text has them."""

    words: str
    kind: Literal["same", "gone", "new"]


def digest(texts: Mapping[str, str]) -> str:
    """A hash of the whole text, the same for the same words."""
    plain = json.dumps(dict(texts), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def folded(*parts: str) -> str:
    """What a search compares: lower case, without marks on letters."""
    plain = unicodedata.normalize("NFKD", " ".join(parts).casefold())
    return " ".join("".join(one for one in plain if not unicodedata.combining(one)).split())


def first_line(text: str, most: int) -> str:
    """The first line of a text in at most so many letters: an idea's name, until its people give it one."""
    line = " ".join(text.strip().partition("\n")[0].split())
    return line if len(line) <= most else line[: most - 2].rsplit(" ", 1)[0] + " …"


def opening(text: str, letters: int, lines: int) -> str:
    """The beginning of a text, of so many letters and lines at most, with a sign where there is more."""
    whole = text.strip()
    kept = "\n".join(whole.splitlines()[:lines])
    if len(kept) > letters:
        kept = kept[:letters].rsplit(maxsplit=1)[0]
    return whole if kept == whole else f"{kept.rstrip()} …"


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, without blank lines."""
    return [part for part in _GAP.split(text.strip()) if part]


def merge(base: str, theirs: str, mine: str) -> Merged:
    """What two people made of `base`, paragraph by paragraph: theirs comes first where both changed one."""
    old, one, other = paragraphs(base), paragraphs(theirs), paragraphs(mine)
    found: list[str] = []
    clash = False
    at = (0, 0, 0)
    for same in _common(old, one, other):
        kept, clashes = _between(old[at[0] : same[0]], one[at[1] : same[1]], other[at[2] : same[2]])
        found += [*kept, *old[same[0] : same[0] + same[3]]]
        clash = clash or clashes
        at = (same[0] + same[3], same[1] + same[3], same[2] + same[3])
    return Merged("\n\n".join(found), clash)


def _common(
    old: Sequence[str], one: Sequence[str], other: Sequence[str]
) -> list[tuple[int, int, int, int]]:
    """Stretches that all three share, as (place in each, length); the last is empty, at the ends."""
    left = SequenceMatcher(None, old, one, autojunk=False).get_matching_blocks()
    right = SequenceMatcher(None, old, other, autojunk=False).get_matching_blocks()
    found = []
    for a in left:
        for b in right:
            start, end = max(a.a, b.a), min(a.a + a.size, b.a + b.size)
            if start < end:
                found.append((start, a.b + start - a.a, b.b + start - b.a, end - start))
    return [*found, (len(old), len(one), len(other), 0)]


def _between(old: list[str], one: list[str], other: list[str]) -> tuple[list[str], bool]:
    if one == other or other == old:
        return one, False
    if one == old:
        return other, False
    return [*one, *(part for part in other if part not in one)], True


def compare(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """The two texts in pieces, the words that only one of them has marked."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if len(before) + len(after) > MOST_WORDS:
        before, after = _lines(old), _lines(new)
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            left.append(Piece("".join(before[a:b]), "same"))
            right.append(Piece("".join(after[c:d]), "same"))
            continue
        if b > a:
            left.append(Piece("".join(before[a:b]), "gone"))
        if d > c:
            right.append(Piece("".join(after[c:d]), "new"))
    return left, right


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
