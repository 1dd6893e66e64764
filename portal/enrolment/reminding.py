"""Reminders of sessions. Looked up again and again, so that a changed setting, a moved session or a worker
that was off for a day puts itself right; each is told once, by its key.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal import clock
from portal.courses.api import ComingSession, sessions_between
from portal.enrolment.queries.telling import PlaceHeld, excused, places_held
from portal.enrolment.services import telling
from portal.messages.api import REMINDER_HOURS, known_keys, remind_at
from portal.plugin_api import Job
from portal.plugin_api.dispatch import setting

EVERY = timedelta(minutes=15)
# Reminders are put into the outbox this long before they are due, so that they leave at their minute.
AHEAD = timedelta(hours=1)


def remind(session: Session) -> None:
    """Put the reminders that are due, or will be within the hour, into the outbox.

    Nobody is reminded who took their place after the reminder was due (they have just been told), or who
    said that they cannot come.
    """
    now = clock.now()
    due = _due(session, now)
    places: dict[int, list[PlaceHeld]] = {}
    for held in places_held(session, {one.run_id for one, _ in due}):
        places.setdefault(held.run_id, []).append(held)
    away = excused(session, {one.id for one, _ in due})
    wanted = {
        telling.reminder_key(one.id, one.version, held.enrolment_id): (one, moment, held)
        for one, moment in due
        for held in places.get(one.run_id, ())
        if held.from_at <= one.starts_at
        and held.since <= moment
        and (one.id, held.enrolment_id) not in away
    }
    known = known_keys(session, wanted)
    for key, (one, moment, held) in wanted.items():
        if key not in known:
            telling.remind(
                session,
                held.person_id,
                held.enrolment_id,
                one.id,
                one.version,
                due=moment,
                begins=one.starts_at,
            )


def _due(session: Session, now: datetime) -> list[tuple[ComingSession, datetime]]:
    """Sessions that have not begun, with the moment to remind of each, where that has come or is near."""
    hours = timedelta(hours=int(setting(session, REMINDER_HOURS)))
    # One hour more: the clocks may change between a reminder and its session.
    coming = sessions_between(session, now, now + hours + AHEAD + timedelta(hours=1))
    moments = (
        (one, remind_at(session, one.starts_at, one.zone)) for one in coming if one.starts_at > now
    )
    return [
        (one, moment) for one, moment in moments if moment is not None and moment <= now + AHEAD
    ]


JOBS = (Job("enrolment-remind", EVERY, remind),)
