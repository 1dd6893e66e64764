"""Repeated work of this room."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from portal import clock
from portal.courses.services import once, runs, sessions
from portal.plugin_api import SYSTEM, Job

A_DAY = timedelta(days=1)


def keep_time(session: Session) -> None:
    """Runs begin with their first session and finish after their last."""
    runs.keep_time(session, SYSTEM)


def note_delivered(session: Session) -> None:
    """A session that ended a day ago has taken place, whether or not its register is complete."""
    sessions.deliver_past(session, SYSTEM, before=clock.now() - A_DAY)


def forget_sent_forms(session: Session) -> None:
    """Keys of forms are only of use while somebody may click twice."""
    once.forget(session)


JOBS = (
    Job("courses-keep-time", timedelta(minutes=10), keep_time),
    Job("courses-note-delivered", timedelta(hours=1), note_delivered),
    Job("courses-forget-sent-forms", timedelta(days=1), forget_sent_forms),
)
