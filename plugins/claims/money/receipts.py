"""One receipt for several claims, such as a taxi that two people shared; and lines that look alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

PLAIN = 4  # bits: fewer, or all but fewer, say nothing
NEAR = 6  # bits of 64 in which two pictures of one receipt may differ


class Like(StrEnum):
    """How much two lines are alike, the most first. Each may be right."""

    SAME = "same"  # the same picture, byte by byte
    NEAR = "near"  # a picture that looks the same
    EQUAL = "equal"  # the same day, kind and amount


class Fit(StrEnum):
    """Whether a part of a receipt may be claimed."""

    FITS = "fits"
    SHARED = "shared"  # somebody else claims of it, too: allowed, and shown to whoever decides
    TOO_MUCH = "too_much"


@dataclass(frozen=True, slots=True)
class Part:
    """What one person claims of a receipt, in pence."""

    person_id: int
    pence: int


def fit(total: int, parts: Sequence[Part], new: Part) -> Fit:
    """Whether another part fits into a receipt of `total` pence. All parts together never exceed it."""
    if sum(part.pence for part in parts) + new.pence > total:
        return Fit.TOO_MUCH
    shared = any(part.person_id != new.person_id for part in parts)
    return Fit.SHARED if shared else Fit.FITS


def looks_like(one: str, other: str) -> bool:
    """Whether two likenesses, in hex, are near: of the same paper, as far as a picture shows it."""
    if not one or not other:
        return False
    return (int(one, 16) ^ int(other, 16)).bit_count() <= NEAR


def likeness(rows: Iterable[Sequence[int]]) -> str:
    """64 bits in hex of a picture's brightness, 8 rows of 9 values: whether each is darker than the next one.

    Empty for a picture on which there is next to nothing, as all of those look alike.
    """
    bits = [left < right for row in rows for left, right in pairwise(row)]
    if not PLAIN < sum(bits) < len(bits) - PLAIN:
        return ""
    return f"{sum(bit << place for place, bit in enumerate(bits)):016x}"
