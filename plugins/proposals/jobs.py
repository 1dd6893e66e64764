"""What time does by itself, and the letter of the week."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from plugins.proposals.queries.digests import readers
from plugins.proposals.services.going_on import follow_time
from portal.messages.api import tell
from portal.plugin_api import Job, now

WEEK = timedelta(days=7)


def _follow(session: Session) -> None:
    follow_time(session)


def write_digests(session: Session) -> None:
    """One letter to each who wishes it, once for each week of the calendar, about the week before.

    Whenever it is written, it is about the same seven days: a worker that was down leaves nothing out, and
    nothing is told twice.
    """
    at = now()
    year, week, weekday = at.isocalendar()
    monday = at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=weekday - 1)
    about = {"since": (monday - WEEK).isoformat(), "until": monday.isoformat()}
    for person_id in readers(session):
        key = f"proposals:digest:{year}:{week}:{person_id}"
        tell(session, person_id, "proposals:digest", about, key=key, expires=at + WEEK)


JOBS = (
    Job("follow_time", timedelta(hours=1), _follow),
    Job("digests", timedelta(days=1), write_digests),
)
