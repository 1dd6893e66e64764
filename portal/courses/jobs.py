"""Repeated work of this room."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from portal.courses.services import once, runs
from portal.plugin_api import SYSTEM, Job


def keep_time(session: Session) -> None:
    """Runs begin with their first session and finish after their last."""
    runs.keep_time(session, SYSTEM)


def forget_sent_forms(session: Session) -> None:
    """Keys of forms are only of use while somebody may click twice."""
    once.forget(session)


JOBS = (
    Job("courses-keep-time", timedelta(minutes=10), keep_time),
    Job("courses-forget-sent-forms", timedelta(days=1), forget_sent_forms),
)
