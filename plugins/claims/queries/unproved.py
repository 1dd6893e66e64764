"""Lines without a receipt on days that come to more than is believed without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from plugins.claims.models import Line, Proof
from plugins.claims.queries.prices import VEHICLES


def unproved(lines: Sequence[Line], pence: Mapping[int, int], limit: int) -> set[int]:
    """The ids of those among one claim's lines. `pence` is what each comes to, `limit` what is believed."""
    bare = [
        line
        for line in lines
        if line.category not in VEHICLES and line.proof not in {None, Proof.FILE}
    ]
    days: dict[date | None, int] = {}
    for line in bare:
        days[line.day] = days.get(line.day, 0) + pence.get(line.id, 0)
    return {line.id for line in bare if days[line.day] > limit}
