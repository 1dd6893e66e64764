"""Sessions that lack a pair, and those led by somebody whose record ends before: for coordinators."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.courses.api import Lead, SessionToLead, leads_of_all, sessions_to_lead
from portal.facilitators.models import ClearanceKind
from portal.facilitators.queries.pool import cleared_until

AHEAD = timedelta(weeks=16)


@dataclass(frozen=True, slots=True)
class Flagged:
    """A session to come, led by somebody who lacks something that day; `until` None: it is not on record."""

    meeting: SessionToLead
    person_id: int
    until: date | None


def flagged(session: Session, needs: Collection[ClearanceKind], at: datetime) -> Sequence[Flagged]:
    """What is led after something has ended: it stays theirs, and somebody looks at it. Three queries."""
    until = cleared_until(session, needs)
    leads: list[Lead] = [
        one for one in leads_of_all(session, at, at + AHEAD, people=until) if one.starts_at > at
    ]
    meetings = sessions_to_lead(session, [one.session_id for one in leads])
    found = []
    for one in leads:
        meeting, ends = meetings[one.session_id], until[one.person_id]
        if meeting.coming and (ends is None or ends < meeting.day):
            found.append(Flagged(meeting, one.person_id, ends))
    return found
