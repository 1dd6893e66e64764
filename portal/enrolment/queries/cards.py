"""What stands on somebody's own page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal import clock
from portal.courses.api import LedSession, led_sessions

A_DAY = timedelta(days=1)


def registers_today(session: Session, person_id: int, at: datetime) -> Sequence[LedSession]:
    """The sessions that the person leads on the day of an instant, by time. One query."""
    found = led_sessions(session, at - A_DAY, at + A_DAY, leader_id=person_id)
    return [one for one in found if not one.cancelled and one.day == clock.local_date(at, one.zone)]
