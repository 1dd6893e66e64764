"""Events: what rooms and plugins tell each other after the fact.

An event is a frozen dataclass of ids and values, never of records. `publish` writes it to the outbox in
the caller's transaction: no commit, no event. The worker hands it to every handler after the commit, at
least once, so a handler must be idempotent; `EventContext.event_id` is the same each time.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal import clock
from portal.db import Base, insert_row

PUBLISHED = "published_events"  # keys in session.info, read by the host after the commit
WANTED_JOBS = "wanted_jobs"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events. `event_type` is `owner:name`, and never changes once published."""

    event_type: ClassVar[str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class EventContext:
    """What a handler learns beside the event. `event_id` is the key for idempotence."""

    event_id: str
    at: datetime
    attempt: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class PersonRegistered(Event):
    """Somebody has a record here, with or without a login."""

    event_type = "accounts:person_registered"
    person_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class SignedOutEverywhere(Event):
    """Everything that was open in somebody's name was closed: a new password, a new address to sign in with,
    “sign out everywhere”, or a login that was closed. What opens by itself, without signing in, ends too.
    """

    event_type = "accounts:signed_out_everywhere"
    person_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class RoleGranted(Event):
    """A person was given a role in a scope."""

    event_type = "accounts:role_granted"
    person_id: int
    role: str
    scope: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class RoleRevoked(Event):
    """A person's role in a scope was ended before its time."""

    event_type = "accounts:role_revoked"
    person_id: int
    role: str
    scope: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class PersonErased(Event):
    """A person's record was erased: whoever keeps anything about them lets go of it now."""

    event_type = "accounts:person_erased"
    person_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class CourseChanged(Event):
    """A course was created, edited, published, rested or retired."""

    event_type = "courses:course_changed"
    course_id: int
    state: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunChanged(Event):
    """A run of a course was planned, opened, changed or cancelled."""

    event_type = "courses:run_changed"
    course_id: int
    run_id: int
    state: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class SessionMoved(Event):
    """A session has another time or place; `version` counts its changes."""

    event_type = "courses:session_moved"
    run_id: int
    session_id: int
    version: int
    starts_at: datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class SessionCancelled(Event):
    """A session will not take place."""

    event_type = "courses:session_cancelled"
    run_id: int
    session_id: int
    version: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class SessionDelivered(Event):
    """A session has taken place, and who led it, in the order they were asked."""

    event_type = "courses:session_delivered"
    run_id: int
    session_id: int
    leader_ids: tuple[int, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class PairLost(Event):
    """A session that had its pair, or was let go ahead without, has none any more."""

    event_type = "courses:pair_lost"
    run_id: int
    session_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class LeaderGiven(Event):
    """Somebody leads a session from now on: by their own word, or given it by somebody else."""

    event_type = "courses:leader_given"
    run_id: int
    session_id: int
    person_id: int
    assignment_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class LeaderGone(Event):
    """Somebody leads a session no more. `by_themselves`: they handed it back."""

    event_type = "courses:leader_gone"
    run_id: int
    session_id: int
    person_id: int
    by_themselves: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class LimitsChanged(Event):
    """How many fit on a run may be another number: who leads, the size of a room, its sessions to come."""

    event_type = "courses:limits_changed"
    run_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class PeopleMerged(Event):
    """Two records were one person's: everything of `gone_id` belongs to `kept_id` from now on."""

    event_type = "accounts:people_merged"
    kept_id: int
    gone_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlaceTaken(Event):
    """Somebody has a place on a run."""

    event_type = "enrolment:place_taken"
    run_id: int
    enrolment_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlaceFreed(Event):
    """Somebody's place on a run ended before the run did."""

    event_type = "enrolment:place_freed"
    run_id: int
    enrolment_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class OfferMade(Event):
    """Places are held for somebody who waited."""

    event_type = "enrolment:offer_made"
    run_id: int
    entry_id: int
    offer_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class PersonBlocked(Event):
    """Somebody gets no places and leads nothing for a time. Why is not said here."""

    event_type = "enrolment:person_blocked"
    person_id: int
    block_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class PersonUnblocked(Event):
    """Somebody's block has ended: on its day, or before."""

    event_type = "enrolment:person_unblocked"
    person_id: int
    block_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClearanceLapsing(Event):
    """What somebody needs in order to lead ends on a day, in at most so many days."""

    event_type = "facilitators:clearance_lapsing"
    person_id: int
    clearance_id: int
    days: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class FacilitatorLeft(Event):
    """Somebody leads no sessions any more, as they wished or as the college decided."""

    event_type = "facilitators:left"
    person_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class PersonPaused(Event):
    """Somebody takes a break: their places are kept. Why, nobody asked."""

    event_type = "enrolment:person_paused"
    person_id: int
    pause_id: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class PersonResumed(Event):
    """Somebody's break has ended: on its day, or before."""

    event_type = "enrolment:person_resumed"
    person_id: int
    pause_id: int


CORE_EVENTS: tuple[type[Event], ...] = (
    PersonRegistered,
    SignedOutEverywhere,
    RoleGranted,
    RoleRevoked,
    PersonErased,
    CourseChanged,
    RunChanged,
    SessionMoved,
    SessionCancelled,
    SessionDelivered,
    PairLost,
    LeaderGiven,
    LeaderGone,
    LimitsChanged,
    PeopleMerged,
    PlaceTaken,
    PlaceFreed,
    OfferMade,
    PersonBlocked,
    PersonUnblocked,
    PersonPaused,
    PersonResumed,
    ClearanceLapsing,
    FacilitatorLeft,
)


class OutboxEvent(Base):
    """One published event. `fanned_out_at` is set once its deliveries have been written."""

    __tablename__ = "event_outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    type: Mapped[str] = mapped_column(sa.String(100))
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    fanned_out_at: Mapped[datetime | None] = mapped_column(index=True)


def publish(session: Session, event: Event) -> str:
    """Write the event to the outbox in the session's transaction; return its id."""
    uid = str(uuid.uuid4())
    payload = {
        field.name: _plain(getattr(event, field.name)) for field in dataclasses.fields(event)
    }
    insert_row(
        session, OutboxEvent, uid=uid, type=event.event_type, payload=payload, at=clock.now()
    )
    session.info[PUBLISHED] = True
    return uid


def publish_many(session: Session, events: Sequence[Event]) -> None:
    """`publish` for many events in one statement, as an import of thousands of rows needs it."""
    if not events:
        return
    at = clock.now()
    names = {
        kind: [field.name for field in dataclasses.fields(kind)] for kind in set(map(type, events))
    }
    rows = [
        {
            "uid": str(uuid.uuid4()),
            "type": event.event_type,
            "payload": {name: _plain(getattr(event, name)) for name in names[type(event)]},
            "at": at,
        }
        for event in events
    ]
    session.execute(sa.insert(OutboxEvent), rows)
    session.info[PUBLISHED] = True


def want_job(session: Session, name: str) -> None:
    """Let the worker run a job right after the commit instead of when it is next due.

    `name` is `plugin:job`. A nudge that is lost costs only the wait.
    """
    session.info.setdefault(WANTED_JOBS, set()).add(name)


def revive(event_class: type[Event], payload: dict[str, Any]) -> Event:
    """The event that `publish` wrote.

    Raises:
        pydantic.ValidationError: the stored values no longer fit the class.
    """
    from pydantic import TypeAdapter

    return TypeAdapter(event_class).validate_python(payload)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
