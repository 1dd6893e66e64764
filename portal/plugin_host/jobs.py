"""The host's own jobs: old outbox rows are let go, and SQLite's planner learns how the tables have grown."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.db import dialect_name
from portal.plugin_api.events import OutboxEvent
from portal.plugin_api.types import Job
from portal.plugin_host.models import EventDelivery

KEPT = timedelta(days=30)
ROWS_LOOKED_AT = 1_000  # of each index: milliseconds, however large the table


def clear_outbox(session: Session) -> None:
    """Delete events older than a month that no delivery still waits for."""
    waiting = (
        sa.select(EventDelivery.id)
        .where(EventDelivery.event_id == OutboxEvent.id, EventDelivery.state != "done")
        .exists()
    )
    session.execute(
        sa.delete(OutboxEvent).where(
            OutboxEvent.fanned_out_at < clock.now() - KEPT, sa.not_(waiting)
        )
    )


def refresh_statistics(session: Session) -> None:
    """Let SQLite's planner look at a sample of each index; PostgreSQL does so by itself.

    Without it a filter over 100,000 courses may take the wrong index, and 37 times as long.
    """
    if dialect_name(session) == "sqlite":
        session.execute(sa.text(f"PRAGMA analysis_limit={ROWS_LOOKED_AT}"))
        session.execute(sa.text("ANALYZE"))


JOBS = (
    Job("clear_outbox", every=timedelta(days=1), run=clear_outbox),
    Job("refresh_statistics", every=timedelta(days=1), run=refresh_statistics),
)
