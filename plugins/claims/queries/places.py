"""Pages of a list that is put together from several tables, by time: each begins where the last one ended.

Its questions are put together once, as that costs more than asking them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.queries.written_out import Written, written_out
from portal.plugin_api import UTCDateTime, rows_of

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

    def order(self) -> tuple[datetime, str, int]:
        """By which a list is in its order."""
        return self.at, self.kind, self.id

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


@dataclass(frozen=True, eq=False, slots=True)
class Paged:
    """One list of a page, by its name: what of each kind is in it, by the `ME` in it, and in which order."""

    name: str
    kinds: Mapping[str, Found]
    newest_first: bool

    def question(self, size: int, *, later: bool, without: Collection[str]) -> sa.Select[Any]:
        """One page of it and the first of the next, from its beginning or after a place."""
        parts = [
            found.add_columns(sa.literal(kind).label("kind")).order_by(None)
            for kind, found in self.kinds.items()
            if kind not in without
        ]
        number, at, kind = sa.union_all(*parts).subquery().c
        order = [
            column.desc() if self.newest_first else column.asc() for column in (at, kind, number)
        ]
        rows = sa.select(at, kind, number).order_by(*order).limit(size + 1)
        if later:
            there = sa.tuple_(
                *(sa.bindparam(f"{self.name}_{of}", type_=type_) for of, type_ in _PLACE)
            )
            here = sa.tuple_(at, kind, number)
            rows = rows.where(here < there if self.newest_first else here > there)
        return sa.select(sa.literal(self.name), *rows.subquery().c)


_PLACE = (("at", UTCDateTime()), ("kind", sa.String()), ("id", sa.Integer()))


@lru_cache(maxsize=64)
def _asked(
    lists: tuple[Paged, ...], later: frozenset[str], without: frozenset[str], size: int
) -> Written:
    parts = (one.question(size, later=one.name in later, without=without) for one in lists)
    return written_out(sa.union_all(*parts))


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on one page of a list, and the place from which the next one goes on: None on the last."""

    places: Sequence[Place] = ()
    more: Place | None = None


def pages(
    session: Session,
    lists: tuple[Paged, ...],
    after: Mapping[str, Place | None],
    *,
    size: int,
    without: frozenset[str] = frozenset(),
    **given: Any,
) -> dict[str, Page]:
    """One page of each of these lists, by its name, each from its own place. `given` is what stands in their
    questions: `me`, and what else there is. `without`: kinds of which there is known to be nothing: these
    are not asked for. One query.
    """
    places = {name: place for name, place in after.items() if place is not None}
    for name, place in places.items():
        given |= {f"{name}_at": place.at, f"{name}_kind": place.kind, f"{name}_id": place.id}
    found: dict[str, list[Place]] = {one.name: [] for one in lists}
    for name, *row in rows_of(session, _asked(lists, frozenset(places), without, size), given):
        found[name].append(Place(*row))
    for one in lists:
        found[one.name].sort(key=Place.order, reverse=one.newest_first)
    return {
        name: Page(all_of_it[:size], all_of_it[size - 1] if all_of_it[size:] else None)
        for name, all_of_it in found.items()
    }
