"""Who leads the demo college's runs, and the writing of rows in bulk that its parts share."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import time
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import Perspective

Slot = tuple[int, time]  # a day of the week, Monday is 0, and a time


class Leaders:
    """Peers and professionals, shared out fairly: the least asked who is free comes first."""

    def __init__(
        self, chance: random.Random, peers: Sequence[int], professionals: Sequence[int]
    ) -> None:
        self._groups = {
            Perspective.LIVED: list(peers),
            Perspective.PROFESSIONAL: list(professionals),
        }
        for group in self._groups.values():
            chance.shuffle(group)
        self._busy: set[tuple[int, int, Slot]] = set()
        self._load: Counter[int] = Counter()

    def pair(self, term_id: int, slot: Slot, number: int) -> list[tuple[int, Perspective]]:
        """One of each for a run at this time of the week."""
        pair = []
        for perspective, group in self._groups.items():
            free = [one for one in group if (term_id, one, slot) not in self._busy]
            chosen = min(free, key=lambda one: self._load[one])
            self._busy.add((term_id, chosen, slot))
            self._load[chosen] += 1
            # Some who teach from their work bring the subject rather than the profession.
            teaches_subject = perspective is Perspective.PROFESSIONAL and number % 4 == 0
            pair.append((chosen, Perspective.SUBJECT if teaches_subject else perspective))
        return pair


def insert(session: Session, model: type, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Write the rows in bulk; their ids in the same order."""
    table = cast(sa.Table, model.__table__)  # type: ignore[attr-defined]  # every model has one
    statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, rows)) if rows else []
