"""What somebody decides about one sum."""

from __future__ import annotations

from dataclasses import dataclass

from plugins.claims.models import Decision


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody decides about a line. `pence` is how much is allowed where it is reduced."""

    decision: Decision
    pence: int = 0
    reason: str = ""
