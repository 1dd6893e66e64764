"""Hand published events to their handlers: after the commit, at least once, one transaction each.

The outbox is the truth; a worker that dies loses nothing. The mark "done" is written in the handler's
own transaction, so what a handler writes in the database happens exactly once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from flask import Flask, current_app
from sqlalchemy.orm import Session

from portal import clock
from portal.db import unit_of_work
from portal.plugin_api.events import EventContext, OutboxEvent, revive
from portal.plugin_host.guard import note_fault
from portal.plugin_host.models import EventDelivery
from portal.plugin_host.registry import Registry
from portal.plugin_host.timed import run_in_time

log = structlog.get_logger(__name__)
BATCH = 100
# Of one handler: its transaction is a writing one, so on SQLite everybody else waits for its end.
LONGEST_HANDLING = timedelta(seconds=10)
ATTEMPTS_BEFORE_PARKING = 8
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: 30 s, doubling, at most six hours."""
    doubled: timedelta = FIRST_PAUSE * 2 ** (attempts - 1)
    return min(doubled, LONGEST_PAUSE)


def deliver_events(registry: Registry) -> int:
    """Deliver all that is due; returns how many deliveries succeeded. Needs an app context."""
    while _fan_out(registry):
        pass
    done = 0
    for delivery_id in _due():
        done += _deliver(registry, delivery_id)
    return done


def _fan_out(registry: Registry) -> bool:
    """Write one delivery for each handler of each new event; True when there may be more."""
    with unit_of_work() as session:
        events = session.scalars(
            sa.select(OutboxEvent)
            .where(OutboxEvent.fanned_out_at.is_(None))
            .order_by(OutboxEvent.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        now = clock.now()
        for event in events:
            for name, (kind, _) in registry.handlers.items():
                if kind.event_type == event.type:
                    session.add(EventDelivery(event_id=event.id, handler=name, next_at=now))
            event.fanned_out_at = now
        return len(events) == BATCH


def _due() -> list[int]:
    with unit_of_work("read") as session:
        return list(
            session.scalars(
                sa.select(EventDelivery.id)
                .where(EventDelivery.state == "pending", EventDelivery.next_at <= clock.now())
                .order_by(EventDelivery.id)
            )
        )


def _deliver(registry: Registry, delivery_id: int) -> bool:
    name = ""
    delivered = False

    def work(session: Session) -> None:
        nonlocal name, delivered
        delivery = _claim(session, delivery_id)
        if delivery is None or delivery.handler not in registry.handlers:
            return  # done by another worker, or its plugin is switched off for now
        name = delivery.handler
        _call(registry, session, delivery)
        delivery.state = "done"
        delivered = True

    try:
        run_in_time(_app(), work, LONGEST_HANDLING)
    except Exception as error:  # noqa: BLE001 - a handler is a stranger's code: whatever it raises is tried again
        note_fault(registry, name.partition(":")[0], f"event {name}", error)
        with unit_of_work() as session:
            _postpone(session, delivery_id, type(error).__name__, clock.now())
        return False
    return delivered


def _app() -> Flask:
    """The app itself: a thread of its own cannot follow `current_app`."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way
    return app


def _claim(session: Session, delivery_id: int) -> EventDelivery | None:
    return session.scalar(
        sa.select(EventDelivery)
        .where(EventDelivery.id == delivery_id, EventDelivery.state == "pending")
        .with_for_update(skip_locked=True)
    )


def _call(registry: Registry, session: Session, delivery: EventDelivery) -> None:
    kind, handler = registry.handlers[delivery.handler]
    event = session.get_one(OutboxEvent, delivery.event_id)
    context = EventContext(event_id=event.uid, at=event.at, attempt=delivery.attempts + 1)
    handler(session, revive(kind, event.payload), context)
    session.flush()


def _postpone(session: Session, delivery_id: int, error: str, now: datetime) -> None:
    delivery = session.get_one(EventDelivery, delivery_id)
    delivery.attempts += 1
    delivery.last_error = error
    delivery.next_at = now + pause_after(delivery.attempts)
    if delivery.attempts >= ATTEMPTS_BEFORE_PARKING:
        delivery.state = "parked"
        log.error("event_parked", handler=delivery.handler, attempts=delivery.attempts)
