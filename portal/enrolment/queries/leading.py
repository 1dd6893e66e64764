"""What somebody leads at the times of a run in which they want to learn: said to them before they decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.courses.api import Lead, RunInfo, leads_of_all


def led_then(session: Session, person_id: int, run: RunInfo, at: datetime) -> Sequence[Lead]:
    """What they lead while a session to come of the run is on, soonest first. One query, or none."""
    coming = [one for one in run.meetings if not one.cancelled and one.starts_at > at]
    if not coming:
        return ()
    start = min(one.starts_at for one in coming)
    end = max(one.ends_at for one in coming)
    return [
        lead
        for lead in leads_of_all(session, start, end, people=[person_id])
        if any(one.starts_at < lead.ends_at and one.ends_at > lead.starts_at for one in coming)
    ]
