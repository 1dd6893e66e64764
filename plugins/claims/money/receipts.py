"""One receipt for several claims, such as a taxi that two people shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


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
