"""Days of which somebody was offered to claim: given back and let go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Prefill

Rows = Sequence[Mapping[str, Any]]


def export_prefills(session: Session, person_id: int) -> Rows:
    """The days, and whether they began a claim."""
    rows = session.scalars(
        sa.select(Prefill).where(Prefill.person_id == person_id).order_by(Prefill.id)
    )
    return [{"day": one.day, "claimed": one.claim_id is not None, "at": one.at} for one in rows]


def old_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's
    """Those from before: nothing as old as that is offered any more."""
    return sa.select(Prefill.id).where(Prefill.at < before)


def forget_prefills(session: Session, ids: Sequence[int]) -> None:
    """Delete them."""
    session.execute(sa.delete(Prefill).where(Prefill.id.in_(ids)))
