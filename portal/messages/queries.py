"""Reads of the outbox, for health, privacy and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.messages.models import Message


def counts(session: Session) -> dict[str, int]:
    """How many messages are in each state; states without one are left out."""
    rows = session.execute(
        sa.select(Message.state, sa.func.count()).group_by(Message.state).order_by(Message.state)
    )
    return {row[0]: row[1] for row in rows}


def oldest_unsent(session: Session) -> datetime | None:
    """When the oldest message still to be sent should have left; None when all are sent."""
    return session.scalar(
        sa.select(sa.func.min(Message.due_at)).where(Message.state.in_(("queued", "sending")))
    )


def parked(session: Session) -> int:
    """How many messages were given up."""
    statement = sa.select(sa.func.count()).where(Message.state == "parked")
    return session.scalar(statement) or 0


def to_person(session: Session, person_id: int) -> Sequence[Message]:
    """Messages to a person, oldest first."""
    return session.scalars(
        sa.select(Message).where(Message.person_id == person_id).order_by(Message.id)
    ).all()
