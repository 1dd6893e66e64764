"""Sessions led by somebody whose record ends before, or who has something else then: for coordinators."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.api import Lead, SessionToLead, leads_of_all, sessions_to_lead
from portal.enrolment.api import busy_among
from portal.facilitators.models import ClearanceKind, Facilitator
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


def off_record(
    session: Session, needs: Collection[ClearanceKind], at: datetime
) -> Sequence[Flagged]:
    """Whoever leads something to come and has no record here, such as a guest from elsewhere. Three queries.

    Nobody looked at what the college asks for; somebody knows that it is kept elsewhere, or begins a record.
    """
    if not needs:
        return ()
    known = set(session.scalars(sa.select(Facilitator.person_id)))
    leads = [
        one
        for one in leads_of_all(session, at, at + AHEAD)
        if one.starts_at > at and one.person_id not in known
    ]
    meetings = sessions_to_lead(session, [one.session_id for one in leads])
    theirs: dict[int, list[SessionToLead]] = {}
    for one in leads:
        if (meeting := meetings[one.session_id]).coming:
            theirs.setdefault(one.person_id, []).append(meeting)
    return [
        Flagged(person, None, tuple(one.id for one in found), found[0])
        for person, found in theirs.items()
    ]


@dataclass(frozen=True, slots=True)
class TakenUp:
    """Somebody who learns in another group while they lead a session. Which one, is theirs to say."""

    person_id: int
    meeting: SessionToLead


def taken_up(session: Session, at: datetime) -> Sequence[TakenUp]:
    """Sessions to come whose leader took a place elsewhere at the same time, soonest first. Three queries.

    Nobody is stopped from it: they decide, and somebody talks with them in time.
    """
    leads = [one for one in leads_of_all(session, at, at + AHEAD) if one.starts_at > at]
    both = learning_then(session, leads)
    meetings = sessions_to_lead(session, {one.session_id for one in both})
    return [
        TakenUp(one.person_id, meetings[one.session_id])
        for one in both
        if meetings[one.session_id].coming
    ]


def learning_then(session: Session, leads: Sequence[Lead]) -> Sequence[Lead]:
    """Those of these sessions at whose time their leader has a place in a group. One query, or none."""
    if not leads:
        return ()
    start, end = min(one.starts_at for one in leads), max(one.ends_at for one in leads)
    busy: dict[int, list[tuple[datetime, datetime]]] = {}
    for line in busy_among(session, {one.person_id for one in leads}, start, end):
        if not line.stopped:
            busy.setdefault(line.person_id, []).append((line.starts_at, line.ends_at))
    return [
        one
        for one in leads
        if any(
            since < one.ends_at and until > one.starts_at
            for since, until in busy.get(one.person_id, ())
        )
    ]
