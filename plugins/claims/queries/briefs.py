"""Claims in brief: what a list shows of each, and whose turn it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Claim, Line, State
from plugins.claims.money.deadlines import Due
from plugins.claims.money.readiness import Wait
from plugins.claims.promises import ZONE
from plugins.claims.queries.clock import (
    NOTHING,
    TO_PAY,
    Clock,
    Promised,
    Waits,
    clock_of,
    clocks,
    on_record,
    owed_of,
    promised,
)
from portal.plugin_api import local_date, now

Turn = Literal["", "theirs", "ours"]
# Whose turn it is while nobody is waited for before a payment.
TURNS: Mapping[State, Turn] = {
    State.DRAFT: "theirs",
    State.QUERIED: "theirs",
    State.SUBMITTED: "ours",
    State.DECIDED: "ours",
    State.BATCHED: "ours",
    State.SENT: "ours",
    State.SETTLED: "",
    State.FAILED: "ours",
    State.WITHDRAWN: "",
}
OPEN = (State.SUBMITTED, State.QUERIED)
_AFTER_ALL = datetime.max.replace(tzinfo=UTC)  # all that is on record lies before it
CLOCKED = frozenset({*OPEN, *TO_PAY})  # their dates stand in lists


@dataclass(frozen=True, slots=True)
class Brief:
    """A claim in a list. `pence` is what was allowed where that is decided, else what is claimed.

    `due` is None before it was sent and after it was withdrawn. `turn` says who does the next thing, `late`
    that it is the college, and its day is past. `wait`: what its person is waited for before it can be paid.
    """

    id: int
    ref: str
    person_id: int | None
    what: str
    state: State
    turn: Turn
    pence: int
    sent_at: datetime | None
    due: Due | None
    late: bool
    version: int
    wait: Wait | None = None

    def __hash__(self) -> int:
        """Quick: it stands in the name of every piece of a page that is kept."""
        return hash((self.id, self.version))


def briefs_of(session: Session, ids: Collection[int]) -> list[Brief]:
    """These claims, as in a list, in no order. Four queries, and none for none."""
    if not ids:
        return []
    return briefs(session, session.scalars(sa.select(Claim).where(Claim.id.in_(ids))).all())


def briefs(session: Session, claims: Sequence[Claim]) -> list[Brief]:
    """These claims, as in a list. Three queries, and none for no claims."""
    if not claims:
        return []
    at = now()
    sums, found = _sums(session, [one.id for one in claims]), clocks(session, claims, at)
    today = local_date(at, ZONE)
    return [_brief(one, sums.get(one.id, 0), found.get(one.id), today) for one in claims]


def listed(session: Session, rows: Sequence[Any]) -> Sequence[Brief]:
    """The same of what a list reads of each claim: without dates where it shows none."""
    if not rows:
        return ()
    asked, owed = [one.id for one in rows if one.asked], owed_of(rows)
    on = on_record(session, asked, owed) if asked or owed else {}
    within = promised(session, now()) if any(one.state in CLOCKED for one in rows) else None
    return _in_brief(tuple(rows), within, tuple(on.items()))


@lru_cache(maxsize=64)  # it is asked for again and again before anything in it changes
def _in_brief(
    rows: tuple[Any, ...], within: Promised | None, records: tuple[tuple[int, Waits], ...]
) -> tuple[Brief, ...]:
    on = dict(records)

    def brief(one: Any) -> Brief:
        if within is None or one.state not in CLOCKED:
            return _brief(one, one.pence or 0, None, date.max)
        clock = clock_of(one, on.get(one.id, NOTHING), within, _AFTER_ALL)
        return _brief(one, one.pence or 0, clock, within.today)

    return tuple(brief(one) for one in rows)


def _brief(one: Any, pence: int, clock: Clock | None, today: date) -> Brief:
    ends = clock.due if clock is not None else None
    wait = clock.wait if clock is not None and pence else None
    late = ends is not None and wait is None and _next(one.state, ends) < today
    return Brief(
        one.id,
        one.ref,
        one.person_id,
        one.what,
        one.state,
        "theirs" if wait is not None else TURNS[one.state],
        pence,
        one.sent_at,
        ends,
        late,
        one.version,
        wait,
    )


def _next(state: State, ends: Due) -> date:
    """The day by which the college does what is next; no day ends while it is not its turn."""
    if state is State.SUBMITTED:
        return ends.decided
    return ends.paid if state in TO_PAY else date.max


def _sums(session: Session, ids: Collection[int]) -> dict[int, int]:
    pence = sa.func.coalesce(Line.allowed, Line.pence, 0)
    rows = session.execute(
        sa.select(Line.claim_id, sa.func.sum(pence))
        .where(Line.claim_id.in_(ids))
        .group_by(Line.claim_id)
    )
    return {claim_id: int(total) for claim_id, total in rows}
