"""Pages of a list that is put together from several tables, by time: each begins where the last one ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.plugin_api import UTCDateTime

LARGEST_ID = 2**31 - 1
LONGEST = 60  # letters of a place in an address
Found = sa.Select[int, datetime | None] | sa.Select[int, datetime]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in such a list: when it was, of which kind it is, and its id."""

    at: datetime
    kind: str
    id: int

    def __str__(self) -> str:
        """As it stands in an address."""
        return f"{self.at:%Y%m%dT%H%M%S.%f}-{self.kind}-{self.id}"


def place_of(text: str) -> Place | None:
    """The place that an address names; None where it is none."""
    at, _dash, rest = text[:LONGEST].partition("-")
    kind, _dash, number = rest.partition("-")
    if not (kind.isalpha() and kind.isascii() and number.isascii() and number.isdigit()):
        return None
    try:
        moment = datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Place(moment, kind, int(number)) if int(number) <= LARGEST_ID else None


def page(
    session: Session,
    kinds: Mapping[str, Found],
    after: Place | None,
    *,
    limit: int,
    newest_first: bool,
) -> tuple[Sequence[Place], Place | None]:
    """One page of what these statements find, as (id, moment) of each kind; and the place from which the next
    page goes on, None on the last one. One query.
    """
    parts = [
        found.add_columns(sa.literal(kind).label("kind")).order_by(None)
        for kind, found in kinds.items()
    ]
    all_of_it = sa.union_all(*parts).subquery()
    number, at, kind = all_of_it.c
    wanted = sa.select(at, kind, number)
    key = sa.tuple_(at, kind, number)
    if after is not None:
        there = sa.tuple_(
            sa.literal(after.at, UTCDateTime()), sa.literal(after.kind), sa.literal(after.id)
        )
        wanted = wanted.where(key < there if newest_first else key > there)
    order = [column.desc() if newest_first else column.asc() for column in (at, kind, number)]
    rows = session.execute(wanted.order_by(*order).limit(limit + 1)).all()
    found = [Place(*row) for row in rows[:limit]]
    return found, found[-1] if len(rows) > limit else None
