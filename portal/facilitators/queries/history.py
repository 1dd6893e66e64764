"""What was changed about a step or an opportunity, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.facilitators.models import ChangedKind, LeadingChange

PAGE = 20


@dataclass(frozen=True, slots=True)
class Changed:
    """One change; `changes` maps a field to its old and new value."""

    id: int
    action: str
    at: datetime
    actor_person_id: int | None
    changes: Mapping[str, Any]


def history(
    session: Session, kind: ChangedKind, key: str, *, before: int | None = None
) -> tuple[Sequence[Changed], int | None]:
    """A page of changes, and what the next page comes before; None on the last page. One query."""
    one = LeadingChange
    statement = (
        sa.select(one.id, one.action, one.at, one.actor_person_id, one.changes)
        .where(one.subject_kind == kind, one.key == key)
        .order_by(one.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        statement = statement.where(one.id < before)
    lines = [Changed(*row) for row in session.execute(statement)]
    return lines[:PAGE], lines[PAGE - 1].id if len(lines) > PAGE else None
