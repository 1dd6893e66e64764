"""Pages of a list that is put together from several tables, by time: each begins where the last one ended.

Its questions are put together once, as that costs more than asking them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.plugin_api import UTCDateTime

LARGEST_ID = 2**31 - 1
LONGEST = 60  # letters of a place in an address
Found = sa.Select[int, datetime | None] | sa.Select[int, datetime]
ME = sa.bindparam("me", type_=sa.Integer)  # whose list it is


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


@dataclass(frozen=True, slots=True)
class Paged:
    """The question for the first page of such a list, and for one that begins after a place."""

    first: sa.Select[Any]
    later: sa.Select[Any]


def paged(kinds: Mapping[str, Found], *, newest_first: bool) -> Paged:
    """A list of what these statements find, as (id, moment) of each kind, by the `ME` in them."""
    parts = [
        found.add_columns(sa.literal(kind).label("kind")).order_by(None)
        for kind, found in kinds.items()
    ]
    all_of_it = sa.union_all(*parts).subquery()
    number, at, kind = all_of_it.c
    order = [column.desc() if newest_first else column.asc() for column in (at, kind, number)]
    most = sa.bindparam("most", type_=sa.Integer)
    first = sa.select(at, kind, number).order_by(*order).limit(most)
    there = sa.tuple_(
        sa.bindparam("after_at", type_=UTCDateTime()),
        sa.bindparam("after_kind", type_=sa.String),
        sa.bindparam("after_id", type_=sa.Integer),
    )
    key = sa.tuple_(at, kind, number)
    return Paged(first, first.where(key < there if newest_first else key > there))


def page(
    session: Session,
    asked: Paged,
    after: Place | None,
    *,
    limit: int,
    **given: Any,
) -> tuple[Sequence[Place], Place | None]:
    """One page of a list, and the place from which the next page goes on, None on the last one. One query.
    `given` is what stands in its question: `me`, and what else there is.
    """
    given["most"] = limit + 1
    if after is not None:
        given |= {"after_at": after.at, "after_kind": after.kind, "after_id": after.id}
    rows = session.execute(asked.first if after is None else asked.later, given).all()
    found = [Place(*row) for row in rows[:limit]]
    return found, found[-1] if len(rows) > limit else None
