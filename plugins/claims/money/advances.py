"""Money that is paid before an event, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Advance:
    """Pence paid ahead, and how much of it was claimed, given back or written off: the rest is open."""

    paid: int
    claimed: int = 0
    returned: int = 0
    written_off: int = 0

    @property
    def open(self) -> int:
        """What is not accounted for yet."""
        return self.paid - self.claimed - self.returned - self.written_off


def claim(advance: Advance, actual: int) -> tuple[Advance, int]:
    """Count what was really spent against it; returns it as it is now, and what is still to be paid out."""
    covered = min(actual, advance.open)
    return replace(advance, claimed=advance.claimed + covered), actual - covered


def give_back(advance: Advance, pence: int) -> Advance:
    """Some of it came back.

    Raises:
        ValueError: it is more than is open.
    """
    _check(advance, pence)
    return replace(advance, returned=advance.returned + pence)


def write_off(advance: Advance, pence: int) -> Advance:
    """The college lets some of it go.

    Raises:
        ValueError: it is more than is open.
    """
    _check(advance, pence)
    return replace(advance, written_off=advance.written_off + pence)


def _check(advance: Advance, pence: int) -> None:
    if not 0 <= pence <= advance.open:
        raise ValueError("not more than is open")
