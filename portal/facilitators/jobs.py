"""What the room does by itself: remind, warn, forget."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.facilitators.models import DebriefNote, LeadAsk, RaisedHand
from portal.facilitators.policies import NOTE_DAYS
from portal.facilitators.services import asking, availability, lapsing
from portal.plugin_api import Job
from portal.plugin_api.dispatch import setting


def remind(session: Session) -> None:
    """Coordinators hear of sessions for which nobody has said yes in time."""
    asking.remind_coordinators(session, clock.now())


def warn(session: Session) -> None:
    """People hear of what they need and what ends soon."""
    lapsing.warn(session, clock.now().date())


def forget(session: Session) -> None:
    """Days away that are over; notes, raised hands and questions whose time is over."""
    availability.forget_past(session, clock.now().date())
    before = clock.now() - timedelta(days=int(setting(session, NOTE_DAYS)))
    for column in (DebriefNote.at, RaisedHand.raised_at, LeadAsk.asked_at):
        session.execute(sa.delete(column.class_).where(column < before))


JOBS = (
    Job("facilitators-remind", timedelta(minutes=5), remind),
    Job("facilitators-warn", timedelta(days=1), warn),
    Job("facilitators-forget", timedelta(days=1), forget),
)
