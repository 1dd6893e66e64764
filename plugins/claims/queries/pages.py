"""Pages of a list that has one order: each begins where the last one ended, as its address says.

A list that is put together from several tables has `places.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.queries.places import LARGEST_ID

A_PAGE = 50
LONGEST = 60  # letters of a place in an address
Key = tuple[Any, Any]  # the columns of a day or a moment, and of an id


def one_page(
    session: Session,
    wanted: Any,
    key: Key,
    after: str = "",
    *,
    newest_first: bool = False,
) -> tuple[Sequence[Any], str]:
    """One page of what a question finds, in the order of its key, and the place after which the next one goes
    on; empty on the last one. One query. A place that is none is where the list begins.
    """
    first, number = key
    place = _place(after, first.type)
    if place is not None:
        there = sa.tuple_(sa.literal(place[0], first.type), sa.literal(place[1]))
        here = sa.tuple_(first, number)
        wanted = wanted.where(here < there if newest_first else here > there)
    order = [column.desc() if newest_first else column.asc() for column in key]
    rows = session.execute(
        wanted.add_columns(first.label("page_first"), number.label("page_number"))
        .order_by(*order)
        .limit(A_PAGE + 1)
    ).all()
    found = rows[:A_PAGE]
    more = f"{found[-1].page_first.isoformat()}~{found[-1].page_number}" if rows[A_PAGE:] else ""
    return found, more


def _place(text: str, kind: Any) -> tuple[date, int] | None:
    at, _tilde, number = text[:LONGEST].partition("~")
    if not (number.isascii() and number.isdigit() and int(number) <= LARGEST_ID):
        return None
    try:
        if isinstance(kind, sa.Date):
            return date.fromisoformat(at), int(number)
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, int(number)) if moment.tzinfo is not None else None
