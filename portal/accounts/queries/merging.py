"""Reads of the records that wait to become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import MergeRequest, Person


@dataclass(frozen=True, slots=True)
class MergeLine:
    """A request with the names that its page shows."""

    request: MergeRequest
    kept: str
    gone: str
    begun_by: str


def open_merges(session: Session, *pair: int) -> Sequence[MergeLine]:
    """Requests that wait, oldest first: all, or the one about these two records, whichever stays."""
    kept, gone, asker = aliased(Person), aliased(Person), aliased(Person)
    statement = (
        sa.select(MergeRequest, kept.name, gone.name, asker.name)
        .join(kept, kept.id == MergeRequest.kept_id)
        .join(gone, gone.id == MergeRequest.gone_id)
        .join(asker, asker.id == MergeRequest.begun_by_id)
        .order_by(MergeRequest.id)
    )
    if pair:
        statement = statement.where(MergeRequest.kept_id.in_(pair), MergeRequest.gone_id.in_(pair))
    return [MergeLine(*row) for row in session.execute(statement)]
