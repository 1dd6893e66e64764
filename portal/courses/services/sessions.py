"""Single sessions: adding, moving, cancelling, and what is told to students about them.

A move and a cancellation raise the version (the calendar's SEQUENCE) and keep the UID, so that every
calendar that has the session takes the news.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.courses.models import ChangeKind, CourseSession, Run, RunState, SessionState, Venue
from portal.courses.queries.rooms import room_bookings
from portal.courses.services import clashes, history, leaders, planning, runs, schedule
from portal.courses.services.errors import (
    InvalidError,
    MissingError,
    NotAllowedNowError,
    StaleEditError,
)
from portal.courses.services.states import SESSION_STEPS, check_step
from portal.db import lock_rows
from portal.plugin_api import Actor, publish
from portal.plugin_api.dispatch import ask_veto
from portal.plugin_api.events import (
    LimitsChanged,
    SessionCancelled,
    SessionDelivered,
    SessionMoved,
)

OVER = (RunState.FINISHED, RunState.CANCELLED)
MOST_AT_ONCE = 100  # sessions of a night's work in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTime:
    """When and where a session is to be. `venue_id` None means the run's own venue."""

    day: date
    starts: time
    minutes: int
    venue_id: int | None = None


def move_session(
    session: Session,
    actor: Actor,
    session_id: int,
    to: NewTime,
    *,
    version: int,
    reason: str,
    room_shared: bool = False,
) -> CourseSession:
    """Give a session another time or place; it is `moved` until everybody has been told.

    Whoever leads something else at the new time stays on it without counting, so that it may be at risk.

    Raises:
        InvalidError: at the fields that cannot stand; at `venue_id` when the room is taken.
        StaleEditError: somebody else moved it first.
        NotAllowedNowError: it was cancelled or has taken place.
    """
    run, one = _locked(session, session_id)
    schedule.check_date(to.day, field="day")
    slot = schedule.slot(to.day, to.starts, to.minutes, one.zone)
    values = {
        "local_date": slot.day,
        "local_time": slot.at,
        "minutes": to.minutes,
        "venue_id": to.venue_id,
    }
    _check_seen(one, version, values)
    check_step(SESSION_STEPS, one.state, SessionState.MOVED)
    if all(getattr(one, field) == value for field, value in values.items()):
        raise InvalidError(day=_l("This is when it is already. Choose another date, time or venue"))
    _check_reason(reason)
    place = to.venue_id if to.venue_id is not None else run.venue_id
    _check_venue(session, to.venue_id)
    planning.lock_room(session, place)
    booked = room_bookings(session, place, [slot], but=one.id)
    if booked and not room_shared:
        raise InvalidError(venue_id=planning.room_taken(booked))

    before = leaders.at_risk(session, one.id)
    clashes.lock_leaders(session, clashes.leaders_of(session, one.id))
    if one.starts_at != slot.starts_at:
        one.moved_from = one.starts_at
    changes = history.apply(one, {**values, "state": SessionState.MOVED, "reason": reason.strip()})
    one.starts_at, one.ends_at = slot.starts_at, slot.ends_at
    _moved_on(one, changes)
    runs.keep_span(session, run)
    _noted(session, actor, run, one, "moved", why=reason, changes=changes)
    publish(
        session,
        SessionMoved(
            run_id=run.id, session_id=one.id, version=one.version, starts_at=one.starts_at
        ),
    )
    leaders.tell_if_lost(session, run.id, one.id, before=before)
    return one


def cancel_session(
    session: Session, actor: Actor, session_id: int, *, reason: str
) -> CourseSession:
    """Cancel one session of a run; the others go on.

    Raises:
        InvalidError: no reason is given.
        NotAllowedNowError: it was cancelled already or has taken place.
        Veto: a plugin stops it.
    """
    run, one = _locked(session, session_id)
    _check_reason(reason)
    check_step(SESSION_STEPS, one.state, SessionState.CANCELLED)
    ask_veto(session, "courses:session:cancel", actor, one.id)
    changes = history.apply(one, {"state": SessionState.CANCELLED, "reason": reason.strip()})
    _moved_on(one, changes)
    runs.keep_span(session, run)
    _noted(session, actor, run, one, "cancelled", why=reason, changes=changes)
    publish(session, SessionCancelled(run_id=run.id, session_id=one.id, version=one.version))
    return one


def settle_session(session: Session, actor: Actor, session_id: int) -> CourseSession:
    """Everybody has been told of a move: the session is simply scheduled again, at its new time.

    Raises:
        NotAllowedNowError: it is not moved.
    """
    run, one = _locked(session, session_id)
    check_step(SESSION_STEPS, one.state, SessionState.SCHEDULED)
    changes = history.apply(one, {"state": SessionState.SCHEDULED, "moved_from": None})
    _noted(session, actor, run, one, "settled", changes=changes)
    return one


def deliver_session(session: Session, actor: Actor, session_id: int) -> CourseSession:
    """The session has taken place.

    Raises:
        NotAllowedNowError: it was cancelled, or is marked already.
    """
    run, one = _locked(session, session_id)
    check_step(SESSION_STEPS, one.state, SessionState.DELIVERED)
    changes = history.apply(one, {"state": SessionState.DELIVERED})
    _noted(session, actor, run, one, "delivered", changes=changes)
    publish(session, LimitsChanged(run_id=run.id))
    led_by = tuple(clashes.leaders_of(session, one.id, were_there=True))
    publish(session, SessionDelivered(run_id=run.id, session_id=one.id, leader_ids=led_by))
    return one


def deliver_past(session: Session, actor: Actor, *, before: datetime) -> int:
    """Sessions that ended before an instant and were not cancelled have taken place; how many."""
    over = session.scalars(
        sa.select(CourseSession.id)
        .join(Run, Run.id == CourseSession.run_id)
        .where(
            CourseSession.ends_at < before,
            CourseSession.state.in_((SessionState.SCHEDULED, SessionState.MOVED)),
            Run.state.in_((RunState.RUNNING, RunState.FINISHED)),
        )
        .order_by(CourseSession.run_id, CourseSession.id)
        .limit(MOST_AT_ONCE)
    ).all()
    for session_id in over:
        deliver_session(session, actor, session_id)
    return len(over)


def add_session(
    session: Session,
    actor: Actor,
    run_id: int,
    at: NewTime,
    *,
    zone: str,
    room_shared: bool = False,
) -> CourseSession:
    """One more session of a run, numbered after the last.

    Raises:
        InvalidError: at the fields that cannot stand; at `venue_id` when the room is taken.
        NotAllowedNowError: the run is over.
    """
    run = runs.locked(session, run_id)
    if run.state in OVER:
        raise NotAllowedNowError(_l("This run is over, so it can have no more sessions."))
    schedule.check_date(at.day, field="day")
    slot = schedule.slot(at.day, at.starts, at.minutes, zone)
    _check_venue(session, at.venue_id)
    place = at.venue_id if at.venue_id is not None else run.venue_id
    planning.lock_room(session, place)
    booked = room_bookings(session, place, [slot])
    if booked and not room_shared:
        raise InvalidError(venue_id=planning.room_taken(booked))
    last = session.scalar(
        sa.select(sa.func.max(CourseSession.number)).where(CourseSession.run_id == run.id)
    )
    one = planning.new_session(run.id, (last or 0) + 1, slot, zone=zone)
    one.venue_id = at.venue_id
    session.add(one)
    runs.keep_span(session, run)
    changes = {
        "local_date": [None, history.plain(at.day)],
        "local_time": [None, history.plain(at.starts)],
    }
    _noted(session, actor, run, one, "added", changes=changes)
    publish(session, LimitsChanged(run_id=run.id))
    return one


def tell_students(
    session: Session, actor: Actor, session_id: int, *, note: str, online_link: str
) -> CourseSession:
    """Change the note to students and the link to join online. No time changes, so no version rises.

    Raises:
        InvalidError: the link is no web address.
    """
    run, one = _locked(session, session_id)
    link = online_link.strip()
    if link and not link.startswith(("https://", "http://")):
        raise InvalidError(online_link=_l("Give a web address that starts with https://"))
    changes = history.apply(one, {"note": note.strip(), "online_link": link})
    if "online_link" in changes:
        changes["online_link"] = [
            None,
            None,
        ]  # a link lets people in: the history says only "changed"
    if changes:
        _noted(session, actor, run, one, "edited", changes=changes)
    return one


def _locked(session: Session, session_id: int) -> tuple[Run, CourseSession]:
    """The session and its run, both locked: the run first, as everything that changes a run does."""
    run_id = session.scalar(sa.select(CourseSession.run_id).where(CourseSession.id == session_id))
    if run_id is None:
        raise MissingError(session_id)
    run = runs.locked(session, run_id)
    (one,) = lock_rows(session, CourseSession, [session_id])
    return run, one


def _check_seen(one: CourseSession, version: int, typed: dict[str, object]) -> None:
    if one.version != version:
        raise StaleEditError(one.version, typed, ())


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidError(reason=_l("Say why: everybody who has a place will read it"))


def _check_venue(session: Session, venue_id: int | None) -> None:
    if venue_id is not None and session.get(Venue, venue_id) is None:
        raise InvalidError(venue_id=_l("Choose a venue from the list"))


def _moved_on(one: CourseSession, changes: history.Changes) -> None:
    changes["version"] = [one.version, one.version + 1]
    one.version += 1


def _noted(
    session: Session,
    actor: Actor,
    run: Run,
    one: CourseSession,
    action: str,
    *,
    why: str = "",
    changes: history.Changes,
) -> None:
    session.flush()
    history.note(
        session,
        actor,
        ChangeKind.SESSION,
        one.id,
        action,
        course_id=run.course_id,
        why=why,
        changes=changes,
    )
