"""What somebody put right, or approved, in claims of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models_adjusting import Adjustment
from portal.plugin_api import EraseMode, Erasure

Rows = Sequence[Mapping[str, Any]]
_PEOPLE = (Adjustment.by_id, Adjustment.approved_by_id)


def export_adjusted(session: Session, person_id: int) -> Rows:
    """When they proposed or approved something. Why is about somebody else."""
    rows = session.scalars(
        sa.select(Adjustment)
        .where(sa.or_(*(column == person_id for column in _PEOPLE)))
        .order_by(Adjustment.id)
    )
    return [
        {
            "proposed_at": one.proposed_at if one.by_id == person_id else None,
            "approved_at": one.approved_at if one.approved_by_id == person_id else None,
        }
        for one in rows
    ]


def erase_adjusted(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - that somebody did stands
    """Takes their name off what they did."""
    done = 0
    for column in _PEOPLE:
        gone = session.scalars(
            sa.update(Adjustment)
            .where(column == person_id)
            .values({column.key: None})
            .returning(Adjustment.id)
        )
        done += len(gone.all())
    return Erasure("claims_adjustment", erased=done)


def adjusted_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's
    """What was proposed before, and still leads to who did it."""
    named = sa.or_(*(column.is_not(None) for column in _PEOPLE))
    return sa.select(Adjustment.id).where(Adjustment.proposed_at < before, named)


def forget_adjusted(session: Session, ids: Sequence[int]) -> None:
    """Take the names off it."""
    session.execute(
        sa.update(Adjustment)
        .where(Adjustment.id.in_(ids))
        .values({column.key: None for column in _PEOPLE})
    )
