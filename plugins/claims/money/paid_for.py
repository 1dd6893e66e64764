"""Which lines of a claim each of its payments was for: it follows from the order of the books."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Booked(StrEnum):
    """What an entry did: owed more for a line, or less; counted money ahead; was paid; came back."""

    LINE = "line"
    AHEAD = "ahead"
    PAID = "paid"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Step:
    """One entry about one claim. `key` is the line's id, or the payment's; `pence` are less than nothing
    where less is owed, or less is counted.
    """

    booked: Booked
    key: int
    pence: int


def paid_for(steps: Iterable[Step]) -> dict[int, dict[int, int]]:
    """Pence for each line, by payment: together always what was paid. `steps` are one claim's, in order.

    What was paid ahead has covered the first lines. Line 0 is what no line accounts for.
    """
    owed: dict[int, int] = {}
    ahead, found = 0, dict[int, dict[int, int]]()
    for step in steps:
        if step.booked is Booked.LINE:
            owed[step.key] = owed.get(step.key, 0) + step.pence
        elif step.booked is Booked.AHEAD:
            ahead += step.pence
        elif step.booked is Booked.PAID:
            _add(owed, take(owed, ahead), -1)
            ahead = 0
            found[step.key] = take(owed, step.pence)
            _add(owed, found[step.key], -1)
        else:
            _add(owed, found.get(step.key, {}), 1)
    return found


def take(owed: Mapping[int, int], pence: int) -> dict[int, int]:
    """So many pence out of what is owed for lines: first what is less than nothing, then line by line."""
    if not pence:
        return {}
    found = {line: part for line, part in owed.items() if part < 0}
    left = pence - sum(found.values())
    for line in sorted(owed):
        part = min(max(owed[line], 0), max(left, 0))
        if part:
            found[line], left = part, left - part
    if left:
        found[0] = found.get(0, 0) + left
    return found


def _add(owed: dict[int, int], parts: Mapping[int, int], sign: int) -> None:
    for line, part in parts.items():
        owed[line] = owed.get(line, 0) + sign * part
