"""What was put right after a decision, and what waits to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    STANDS,
    Adjustment,
    AdjustmentKind,
    Category,
    Claim,
    Line,
)
from plugins.claims.money.rates import Rate
from plugins.claims.money.years import taken_back
from plugins.claims.promises import ZONE
from plugins.claims.queries.pages import one_page
from plugins.claims.queries.rates import rates
from plugins.claims.queries.years import year_of
from portal.plugin_api import local_date, now

OPEN = (Adjustment.approved_at.is_(None), Adjustment.dropped_at.is_(None))


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What was put right of a line: pence more, or less, and why."""

    kind: AdjustmentKind
    pence: int
    reason: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits to be approved. `pence` is what it comes to at this moment; `by_id` who proposed it."""

    id: int
    kind: AdjustmentKind
    pence: int
    reason: str
    by_id: int | None
    claim: Claim
    category: Category
    day: date
    tenths: int | None


def adjusted(session: Session, claim_id: int) -> dict[int, tuple[Adjusted, ...]]:
    """What was put right of a claim's lines, by line. One query."""
    rows = session.scalars(
        sa.select(Adjustment)
        .join(Line, Line.id == Adjustment.line_id)
        .where(Line.claim_id == claim_id, Adjustment.approved_at.is_not(None))
        .order_by(Adjustment.id)
    )
    found: dict[int, tuple[Adjusted, ...]] = {}
    for one in rows:
        done = Adjusted(one.kind, one.pence or 0, one.reason)
        found[one.line_id] = (*found.get(one.line_id, ()), done)
    return found


def most_allowed(
    session: Session, lines: Sequence[Line], before: Mapping[int, int]
) -> dict[int, int]:
    """Pence that an appeal can allow of each line: with what was put right of it since, never more than was
    claimed; of a journey that was taken back no more than `before`, what was allowed of it. One query.
    """
    rows = session.execute(
        sa.select(Adjustment.line_id, Adjustment.kind, sa.func.sum(Adjustment.pence))
        .where(
            Adjustment.line_id.in_([line.id for line in lines]),
            Adjustment.kind != AdjustmentKind.TOP_UP,
            Adjustment.approved_at.is_not(None),
        )
        .group_by(Adjustment.line_id, Adjustment.kind)
    )
    found = {line.id: line.pence or 0 for line in lines}
    for line_id, kind, pence in rows:
        if kind is AdjustmentKind.BACK:
            found[line_id] = before.get(line_id, 0)
        else:
            found[line_id] -= max(int(pence or 0), 0)
    return found


def waiting(session: Session) -> list[Waiting]:
    """The first page of what waits to be approved: see `waiting_page`."""
    return waiting_page(session)[0]


def waiting_page(session: Session, after: str = "") -> tuple[list[Waiting], str]:
    """A page of what waits to be approved, the longest waiting first, and after which place there is more.
    Each journey that is taken back asks for its person's year.
    """
    wanted = (
        sa.select(Adjustment, Line, Claim)
        .join(Line, Line.id == Adjustment.line_id)
        .join(Claim, Claim.id == Line.claim_id)
        .where(*OPEN, Claim.state.in_(STANDS))
    )
    found, more = one_page(session, wanted, (Adjustment.proposed_at, Adjustment.id), after)
    rows = [(one, line, claim) for one, line, claim, *_key in found]
    known = (
        rates(session)
        if any(one.kind is AdjustmentKind.BACK for one, _line, _claim in rows)
        else []
    )
    return [
        Waiting(
            one.id,
            one.kind,
            worth(session, one, line, claim, known),
            one.reason,
            one.by_id,
            claim,
            line.category,
            line.day,
            line.tenths,
        )
        for one, line, claim in rows
        if line.day is not None
    ], more


def longest_waiting(session: Session) -> datetime | None:
    """Since when the oldest one waits; None where none does."""
    return session.scalar(
        sa.select(Adjustment.proposed_at)
        .join(Line, Line.id == Adjustment.line_id)
        .join(Claim, Claim.id == Line.claim_id)
        .where(*OPEN, Claim.state.in_(STANDS))
        .order_by(Adjustment.id)
        .limit(1)
    )


def worth(
    session: Session, one: Adjustment, line: Line, claim: Claim, known: Sequence[Rate]
) -> int:
    """What it comes to at this moment, in pence. A journey that is taken back takes the last miles of its
    person's year back, at what those are worth; of one that was paid in part, that part.
    """
    if one.kind is not AdjustmentKind.BACK or one.approved_at is not None:
        return one.pence or 0
    day = local_date(now(), ZONE)
    return taken_back(known, year_of(session, line, claim), line.id, day)


def sums(session: Session, line_ids: Sequence[int]) -> Mapping[int, Mapping[AdjustmentKind, int]]:
    """Pence of what is approved or waits, by line and kind, without what was dropped. One query."""
    rows = session.execute(
        sa.select(Adjustment.line_id, Adjustment.kind, sa.func.sum(Adjustment.pence))
        .where(Adjustment.line_id.in_(line_ids), Adjustment.dropped_at.is_(None))
        .group_by(Adjustment.line_id, Adjustment.kind)
    )
    found: dict[int, dict[AdjustmentKind, int]] = {}
    for line_id, kind, pence in rows:
        found.setdefault(line_id, {})[kind] = int(pence or 0)
    return found
