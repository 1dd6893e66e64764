"""The host's own jobs: outbox rows that every handler has finished with are let go after a month."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.plugin_api.events import OutboxEvent
from portal.plugin_api.types import Job
from portal.plugin_host.models import EventDelivery

KEPT = timedelta(days=30)


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


JOBS = (Job("clear_outbox", every=timedelta(days=1), run=clear_outbox),)
