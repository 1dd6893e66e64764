"""The desk's part of the demo college: a few things to remember."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from portal import clock
from portal.desk.kinds import ERRAND
from portal.desk.policies import working_day_after
from portal.desk.services import open_task

_ERRANDS = (
    (-1, "Ring the Old Boathouse: is the lift working again?"),
    (0, "Put out the large-print prospectus at the library"),
    (2, "Ask the Thursday group which room is quiet enough"),
)


def seed_desk(session: Session) -> None:
    """Add the errands; flushes, never commits."""
    today = clock.now().date()
    for days, what in _ERRANDS:
        due = working_day_after(today + timedelta(days=days), 0)
        open_task(session, kind=ERRAND, key=f"errand:demo:{days}", due=due, about={"what": what})
