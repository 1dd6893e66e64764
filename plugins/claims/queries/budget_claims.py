"""What expense claims, and money ahead of them, take of budgets: by the books, and at what is claimed while
they wait.

A claim counts in the budget of the activity that it was for. What is adjusted or topped up stands in the
books, and counts once; what was paid ahead counts as paid where it is claimed, and before that in no budget.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    Activity,
    AdvanceMove,
    AdvanceRow,
    AdvanceState,
    Claim,
    EntryRow,
    Line,
    Move,
    Payment,
    State,
)
from plugins.claims.money.batches import What
from plugins.claims.money.postings import About
from plugins.claims.promises import ZONE
from plugins.claims.queries.owing import OWED
from portal.plugin_api import local_date

_WAITS = (State.SUBMITTED, State.QUERIED)


@dataclass(frozen=True, slots=True)
class Taken:
    """Pence that are owed or claimed and not paid, and that are paid; less than nothing is to come back."""

    committed: int = 0
    paid: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """On a day so many pence more were agreed, and left the college."""

    day: date
    agreed: int
    paid: int


def taken(session: Session, budgets: Collection[int] | None = None) -> dict[int | None, Taken]:
    """What claims take of these budgets, or of all of them and, at None, of none. One query."""
    rows = session.execute(_taken(budgets))
    found: dict[int | None, Taken] = {}
    for budget_id, committed, paid in rows:
        before = found.get(budget_id, Taken())
        found[budget_id] = Taken(
            before.committed + int(committed or 0), before.paid + int(paid or 0)
        )
    return found


def _taken(budgets: Collection[int] | None) -> Any:
    mine = None if budgets is None else _claims_of(budgets)
    decided, gone, ahead = (
        each.group_by(sa.literal_column("1")).subquery()
        for each in (_decided(mine), _gone(mine), _ahead(mine))
    )
    owed = sa.func.coalesce(decided.c.pence, 0)
    paid = sa.func.coalesce(gone.c.pence, 0) + sa.func.coalesce(ahead.c.pence, 0)
    claims = (
        sa.select(Activity.budget_id, sa.func.sum(owed + _beyond(owed) - paid), sa.func.sum(paid))
        .select_from(Claim)
        .outerjoin(Activity, Activity.id == Claim.activity_id)
        .outerjoin(decided, decided.c.claim_id == Claim.id)
        .outerjoin(gone, gone.c.claim_id == Claim.id)
        .outerjoin(ahead, ahead.c.claim_id == Claim.id)
        .group_by(Activity.budget_id)
    )
    if budgets is not None:
        return claims.where(Activity.budget_id.in_(budgets))
    return sa.union_all(claims, *_of_none())


def _of_none() -> list[Any]:
    """What money ahead takes, beside what is claimed of it: what was asked for, is owed, or is out."""
    none, nothing = sa.cast(sa.null(), sa.Integer), sa.literal(0)
    asked = sa.select(none, sa.func.sum(AdvanceRow.asked), nothing).where(
        AdvanceRow.state == AdvanceState.ASKED
    )
    owed = sa.select(none, sa.func.sum(OWED), nothing).where(EntryRow.about == About.ADVANCE)
    left = (
        sa.select(none, sa.func.sum(OWED), -sa.func.sum(OWED))
        .join(Payment, sa.and_(EntryRow.about == About.PAYMENT, EntryRow.about_id == Payment.id))
        .where(Payment.what == What.ADVANCE)
    )
    claimed = sa.case((AdvanceMove.kind == Move.CLAIMED, AdvanceMove.pence), else_=0)
    back = sa.select(none, sa.func.sum(claimed), -sa.func.sum(AdvanceMove.pence)).where(
        AdvanceMove.kind.in_((Move.CLAIMED, Move.RETURNED))
    )
    return [asked, owed, left, back]


def moves(session: Session, budget_id: int) -> list[Moved]:
    """What claims took of a budget, day by day: in all as much as `taken` says. One query."""
    mine = _claims_of([budget_id])
    nothing = sa.literal(0)
    decided, gone, ahead = _decided(mine), _gone(mine), _ahead(mine)
    booked = decided.group_by(Line.claim_id).subquery()
    beyond = (
        sa.select(Claim.sent_at, _beyond(sa.func.coalesce(booked.c.pence, 0)), nothing)
        .outerjoin(booked, booked.c.claim_id == Claim.id)
        .where(Claim.id.in_(mine), Claim.state.in_(_WAITS))
    )
    rows = session.execute(
        sa.union_all(
            decided.with_only_columns(EntryRow.at, OWED, nothing, maintain_column_froms=True),
            gone.with_only_columns(EntryRow.at, nothing, -OWED, maintain_column_froms=True),
            ahead.with_only_columns(AdvanceMove.at, nothing, AdvanceMove.pence),
            beyond,
        )
    )
    return [Moved(local_date(at, ZONE), int(agreed), int(paid)) for at, agreed, paid in rows]


def _claims_of(budgets: Collection[int]) -> sa.Select[int]:
    return (
        sa.select(Claim.id)
        .join(Activity, Activity.id == Claim.activity_id)
        .where(Activity.budget_id.in_(budgets))
    )


def _decided(claims: sa.Select[int] | None) -> sa.Select[int, Any]:
    """Pence that are owed for lines of claims, by the books."""
    found = sa.select(Line.claim_id, sa.func.sum(OWED).label("pence")).join(
        EntryRow, sa.and_(EntryRow.about == About.LINE, EntryRow.about_id == Line.id)
    )
    return found if claims is None else found.where(Line.claim_id.in_(claims))


def _gone(claims: sa.Select[int] | None) -> sa.Select[int, Any]:
    """Pence that left for claims, and did not come back."""
    found = (
        sa.select(Payment.what_id.label("claim_id"), (-sa.func.sum(OWED)).label("pence"))
        .join(EntryRow, sa.and_(EntryRow.about == About.PAYMENT, EntryRow.about_id == Payment.id))
        .where(Payment.what == What.CLAIM)
    )
    return found if claims is None else found.where(Payment.what_id.in_(claims))


def _ahead(claims: sa.Select[int] | None) -> sa.Select[int | None, int]:
    """Pence of claims that were paid ahead."""
    found = sa.select(AdvanceMove.claim_id, sa.func.sum(AdvanceMove.pence).label("pence")).where(
        AdvanceMove.kind == Move.CLAIMED
    )
    return found if claims is None else found.where(AdvanceMove.claim_id.in_(claims))


def _beyond(owed: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """What a claim that waits asks for beyond what is owed for it already."""
    claimed = (
        sa.select(sa.func.coalesce(sa.func.sum(Line.pence), 0))
        .where(Line.claim_id == Claim.id)
        .correlate(Claim)
        .scalar_subquery()
    )
    more = sa.and_(Claim.state.in_(_WAITS), claimed > owed)
    return sa.case((more, claimed - owed), else_=0)
