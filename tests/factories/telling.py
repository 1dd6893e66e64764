"""What was told to whom: notices in the outbox, and sending them as the worker does."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from portal.messages.models import Message
from portal.messages.services.outbox import Letter, claim, mark_sent
from portal.messages.setup import messages_of_app
from portal.plugin_api import EventContext
from portal.plugin_api.events import OutboxEvent, revive
from portal.plugin_host.boot import EXTENSION
from portal.plugin_host.registry import Registry


def send(session: Session, most: int | None = None) -> list[Letter]:
    """Send what is due, at most so many; what no machine can bring becomes a task of the desk meanwhile."""
    letters: list[Letter] = []
    while most is None or len(letters) < most:
        letter = claim(session, messages_of_app().ways())
        if letter is None:
            break
        mark_sent(session, letter)
        letters.append(letter)
    return letters


def notices(session: Session, state: str = "") -> Counter[str]:
    """How many notices of each kind there are, in a state or in any."""
    session.flush()
    session.expire_all()
    chosen = sa.select(Message.purpose).where(Message.key.is_not(None))
    if state:
        chosen = chosen.where(Message.state == state)
    return Counter(purpose.removeprefix("enrolment:") for purpose in session.scalars(chosen))


def told(session: Session, person_id: int) -> list[str]:
    """The kinds of the notices that are for somebody, the oldest first."""
    session.flush()
    found = sa.select(Message.purpose).where(Message.person_id == person_id).order_by(Message.id)
    return [purpose.removeprefix("enrolment:") for purpose in session.scalars(found)]


def forget_notices(session: Session) -> None:
    """Begin with an empty outbox."""
    session.execute(sa.delete(Message))
    session.flush()


def hand_out(session: Session, *, times: int = 1) -> None:
    """Give every event so far to the handlers of places, here and now, so often; then forget the events."""
    session.flush()
    registry: Registry = current_app.extensions[EXTENSION].registry
    for event in session.scalars(sa.select(OutboxEvent).order_by(OutboxEvent.id)).all():
        for kind, handler in registry.handlers.values():
            if kind.event_type == event.type and handler.__module__.startswith("portal.enrolment"):
                context = EventContext(event_id=event.uid, at=event.at, attempt=1)
                for _ in range(times):
                    handler(session, revive(kind, event.payload), context)
    session.execute(sa.delete(OutboxEvent))
    session.flush()
