"""Claims in brief: what a list shows of each, and whose turn it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Claim, Line, State
from plugins.claims.money.deadlines import Due
from plugins.claims.promises import ZONE
from plugins.claims.queries.clock import TO_PAY, dues_after, dues_in_list, pauses
from portal.plugin_api import local_date, now

Turn = Literal["", "theirs", "ours"]
TURNS: Mapping[State, Turn] = {
    State.DRAFT: "theirs",
    State.QUERIED: "theirs",
    State.SUBMITTED: "ours",
    State.DECIDED: "ours",
    State.BATCHED: "ours",
    State.SENT: "ours",
    State.SETTLED: "",
    State.FAILED: "theirs",
    State.WITHDRAWN: "",
}
OPEN = (State.SUBMITTED, State.QUERIED)
CLOCKED = frozenset({*OPEN, *TO_PAY})  # their dates stand in lists


@dataclass(frozen=True, slots=True)
class Brief:
    """A claim in a list. `pence` is what was allowed where that is decided, else what is claimed.

    `due` is None before it was sent and after it was withdrawn. `turn` says who does the next thing, `late`
    that it is the college, and its day is past.
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


def briefs_of(session: Session, ids: Collection[int]) -> list[Brief]:
    """These claims, as in a list, in no order. Three queries."""
    return briefs(session, session.scalars(sa.select(Claim).where(Claim.id.in_(ids))).all())


def briefs(session: Session, claims: Sequence[Claim]) -> list[Brief]:
    """These claims, as in a list. Three queries, and none for no claims."""
    if not claims:
        return []
    ids = [one.id for one in claims]
    return _made(claims, _sums(session, ids), dues_after(session, claims, pauses(session, ids)))


def listed(session: Session, rows: Sequence[Any]) -> list[Brief]:
    """The same of what a list reads of each claim: without dates where it shows none."""
    if not rows:
        return []
    ending = dues_in_list(session, [one for one in rows if one.state in CLOCKED])
    return _made(rows, {one.id: one.pence or 0 for one in rows}, ending)


def _made(claims: Sequence[Any], sums: Mapping[int, int], ending: Mapping[int, Due]) -> list[Brief]:
    at = local_date(now(), ZONE)
    found = []
    for one in claims:
        ends = ending.get(one.id)
        late = ends is not None and _next(one.state, ends) < at
        found.append(
            Brief(
                one.id,
                one.ref,
                one.person_id,
                one.what,
                one.state,
                TURNS[one.state],
                sums.get(one.id, 0),
                one.sent_at,
                ends,
                late,
                one.version,
            )
        )
    return found


def _next(state: State, ends: Due) -> date:
    """The day by which the college does what is next; no day ends while it is not its turn."""
    if state is State.SUBMITTED:
        return ends.decided
    return ends.paid if state in {State.DECIDED, State.BATCHED} else date.max


def _sums(session: Session, ids: Collection[int]) -> dict[int, int]:
    pence = sa.func.coalesce(Line.allowed, Line.pence, 0)
    rows = session.execute(
        sa.select(Line.claim_id, sa.func.sum(pence))
        .where(Line.claim_id.in_(ids))
        .group_by(Line.claim_id)
    )
    return {claim_id: int(total) for claim_id, total in rows}
