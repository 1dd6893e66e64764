"""Sessions that lack a pair, and those led by somebody whose record ends before: for coordinators."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.courses.api import SessionToLead, leads_of_all, sessions_to_lead
from portal.facilitators.models import ClearanceKind
from portal.facilitators.queries.pool import cleared_until

AHEAD = timedelta(weeks=16)


@dataclass(frozen=True, slots=True)
class Flagged:
    """Somebody who leads sessions after the last day on which all that is needed counts.

    `until` is that day, None: something is not on record. `session_ids` are theirs after it, `first` is the
    soonest.
    """

    person_id: int
    until: date | None
    session_ids: tuple[int, ...]
    first: SessionToLead


def flagged(session: Session, needs: Collection[ClearanceKind], at: datetime) -> Sequence[Flagged]:
    """Whoever leads something after what they need has ended, the soonest session first. Three queries.

    They keep it: somebody looks at it in time.
    """
    until = cleared_until(session, needs)
    leads = [
        one for one in leads_of_all(session, at, at + AHEAD, people=until) if one.starts_at > at
    ]
    meetings = sessions_to_lead(session, [one.session_id for one in leads])
    theirs: dict[int, list[SessionToLead]] = {}
    for one in leads:
        meeting, ends = meetings[one.session_id], until[one.person_id]
        if meeting.coming and (ends is None or ends < meeting.day):
            theirs.setdefault(one.person_id, []).append(meeting)
    return [
        Flagged(person, until[person], tuple(one.id for one in found), found[0])
        for person, found in theirs.items()
    ]
