"""People who lead sessions, and sessions to lead: made past the pages, with sensible values."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.models import CourseSession, Perspective
from portal.facilitators.models import (
    AskState,
    Clearance,
    ClearanceKind,
    Facilitator,
    LeadAsk,
    Stage,
)
from portal.plugin_api import EventContext
from portal.plugin_api.events import OutboxEvent, revive
from portal.plugin_host.boot import EXTENSION
from portal.plugin_host.registry import Registry
from tests.factories.accounts import make_person
from tests.factories.courses import make_assignment, make_session

NEEDED = (ClearanceKind.DBS, ClearanceKind.TRAINING)
FOREVER = date(2040, 1, 1)


def make_peer(
    session: Session,
    name: str = "Ama",
    *,
    person_id: int | None = None,
    stage: Stage = Stage.ACTIVE,
    cleared_to: date | None = FOREVER,
    **values: Any,
) -> int:
    """Somebody who leads at most two sessions a week, cleared to that day (None: not at all); their id."""
    person = person_id or make_person(session, name).id
    defaults = {"since": clock.now(), "max_a_week": 2, "weekly": [], "topics": []}
    session.add(Facilitator(person_id=person, stage=stage, **{**defaults, **values}))
    session.flush()
    if cleared_to is not None:
        for kind in NEEDED:
            clear(session, person, kind, cleared_to)
    return person


def clear(session: Session, person: int, kind: ClearanceKind, valid_to: date | None) -> Clearance:
    """Something that was checked."""
    row = Clearance(
        person_id=person,
        kind=kind,
        valid_to=valid_to,
        recorded_by_id=None,
        recorded_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def make_meeting(session: Session, day: date, hour: int = 10, **values: Any) -> CourseSession:
    """Two hours on that day, with a professional who leads them: the lived half of the pair is missing."""
    made = make_session(session, local_date=day, local_time=time(hour), **values)
    make_assignment(session, made.id, make_person(session, "Pro").id, Perspective.PROFESSIONAL)
    return made


def make_ask(session: Session, session_id: int, person: int, at: datetime) -> int:
    """Somebody who was asked to lead a session; the question's id."""
    row = LeadAsk(session_id=session_id, person_id=person, asked_at=at)
    session.add(row)
    session.flush()
    return row.id


def state_of(session: Session, ask_id: int) -> AskState:
    """What became of a question."""
    session.expire_all()
    return session.get_one(LeadAsk, ask_id).state


def follow(session: Session, *, times: int = 1) -> None:
    """Give every event so far to the handlers of this room, here and now, so often; then forget them."""
    session.flush()
    registry: Registry = current_app.extensions[EXTENSION].registry
    for event in session.scalars(sa.select(OutboxEvent).order_by(OutboxEvent.id)).all():
        for kind, handler in registry.handlers.values():
            if kind.event_type == event.type and handler.__module__.startswith(
                "portal.facilitators"
            ):
                context = EventContext(event_id=event.uid, at=clock.now(), attempt=1)
                for _ in range(times):
                    handler(session, revive(kind, event.payload), context)
    session.execute(sa.delete(OutboxEvent))
    session.flush()
