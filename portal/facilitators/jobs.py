"""What the room does by itself: remind, warn, forget."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from portal import clock
from portal.facilitators.services import asking, availability, lapsing
from portal.plugin_api import Job


def remind(session: Session) -> None:
    """Coordinators hear of sessions for which nobody has said yes in time."""
    asking.remind_coordinators(session, clock.now())


def warn(session: Session) -> None:
    """People hear of what they need and what ends soon."""
    lapsing.warn(session, clock.now().date())


def forget(session: Session) -> None:
    """Days away that are over."""
    availability.forget_past(session, clock.now().date())


JOBS = (
    Job("facilitators-remind", timedelta(minutes=5), remind),
    Job("facilitators-warn", timedelta(days=1), warn),
    Job("facilitators-forget", timedelta(days=1), forget),
)
