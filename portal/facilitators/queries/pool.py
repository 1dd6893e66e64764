"""Everybody who may lead, with all that decides whether they fit, read once for any number of sessions.

Four queries, whatever the sessions and people. Other plugins' `commitments` are asked for one person at a
time, so they are not in here: they are looked at when somebody is given a session.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.api import SessionToLead, leads_of_all
from portal.enrolment.api import busy_among
from portal.facilitators.models import Away, Clearance, ClearanceKind, Facilitator, Stage

AROUND = timedelta(weeks=4)  # how far a load is looked at, to be fair
NEAR = timedelta(days=2)  # how far a clash is: the way takes a day at most
NEVER = date.max


@dataclass(frozen=True, slots=True)
class Busy:
    """When somebody is taken up. `place` is a venue, None online; `led` when it is a session they lead."""

    starts_at: datetime
    ends_at: datetime
    place: int | None = None
    led: bool = False


@dataclass(slots=True)
class Candidate:
    """Somebody who may lead, with all that decides it, read for a stretch of time.

    `cleared_to` is the last day on which everything the college asks for counts; None: something is missing.
    `days` maps a day's ordinal to what takes them up then, `weeks` a week's Monday to how many sessions they
    lead, `runs` a group to how often they are with it. `stopped` is when they are given nothing at all.
    """

    person_id: int
    stage: Stage
    max_a_week: int
    weekly: Sequence[tuple[int, time, time]]
    topics: frozenset[int]
    cleared_to: date | None
    away: list[tuple[date, date]] = field(default_factory=list)
    days: dict[int, list[Busy]] = field(default_factory=dict)
    weeks: dict[int, int] = field(default_factory=dict)
    runs: dict[int, int] = field(default_factory=dict)
    stopped: list[tuple[datetime, datetime]] = field(default_factory=list)
    leads: set[int] = field(default_factory=set)
    load: int = 0


def monday_of(day: date) -> int:
    """The ordinal of a week's first day: what a load is counted by."""
    return day.toordinal() - day.weekday()


def load(
    session: Session,
    meetings: Collection[SessionToLead],
    needs: Collection[ClearanceKind],
    *,
    person_id: int | None = None,
) -> list[Candidate]:
    """Everybody who may lead, or one of them, read for these sessions. Four queries."""
    if not meetings:
        return []
    start = min(one.starts_at for one in meetings) - AROUND
    end = max(one.ends_at for one in meetings) + AROUND
    people = _people(session, needs, person_id)
    if not people:
        return []
    days = [one.day for one in meetings]
    asked = _ids(person_id)
    _put_away(session, people, asked, min(days), max(days))
    run_ids = {one.run_id for one in meetings}
    zone = next(iter(meetings)).zone
    for lead in leads_of_all(session, start, end, people=asked, run_ids=run_ids):
        one = people[lead.person_id]
        one.leads.add(lead.session_id)
        one.runs[lead.run_id] = one.runs.get(lead.run_id, 0) + 1
        if lead.starts_at < end and lead.ends_at > start:
            _take_up(one, Busy(lead.starts_at, lead.ends_at, lead.venue_id, led=True))
            week = monday_of(clock.local_date(lead.starts_at, zone))
            one.weeks[week] = one.weeks.get(week, 0) + 1
            one.load += 1
    start, end = start + AROUND - NEAR, end - AROUND + NEAR
    for busy in busy_among(session, asked, start, end):
        if busy.stopped:
            people[busy.person_id].stopped.append((busy.starts_at, busy.ends_at))
        else:
            _take_up(people[busy.person_id], Busy(busy.starts_at, busy.ends_at, busy.venue_id))
    return list(people.values())


def _people(
    session: Session, needs: Collection[ClearanceKind], person_id: int | None
) -> dict[int, Candidate]:
    """Whoever has not left, with the last day on which each needed thing counts. One query."""
    statement = sa.select(
        Facilitator.person_id,
        Facilitator.stage,
        Facilitator.max_a_week,
        Facilitator.weekly,
        Facilitator.topics,
        *(_valid_to(kind) for kind in needs),
    ).where(Facilitator.stage != Stage.LEFT)
    if person_id is not None:
        statement = statement.where(Facilitator.person_id == person_id)
    people = {}
    for key, stage, most, weekly, topics, *ends in session.execute(
        statement.order_by(Facilitator.person_id)
    ):
        cleared_to = None if None in ends else min(ends, default=NEVER)
        people[key] = Candidate(key, stage, most, windows(weekly), frozenset(topics), cleared_to)
    return people


def _ids(person_id: int | None) -> sa.Select[int] | list[int]:
    """Everybody who has not left, as a question within others: hundreds of ids are dear to send."""
    if person_id is not None:
        return [person_id]
    return sa.select(Facilitator.person_id).where(Facilitator.stage != Stage.LEFT)


def cleared_until(session: Session, needs: Collection[ClearanceKind]) -> dict[int, date | None]:
    """Everybody who leads → the last day on which all that is needed counts; None: something is missing."""
    people = _people(session, needs, None)
    return {
        key: one.cleared_to
        for key, one in people.items()
        if one.stage in (Stage.ACTIVE, Stage.RESTING)
    }


def _valid_to(kind: ClearanceKind) -> sa.ScalarSelect[Any]:
    """The last day on which somebody has it; the last of all days for one that never ends."""
    return (
        sa.select(
            sa.func.max(
                sa.func.coalesce(Clearance.valid_to, sa.literal(NEVER, sa.Date)), type_=sa.Date
            )
        )
        .where(Clearance.person_id == Facilitator.person_id, Clearance.kind == kind)
        .correlate(Facilitator)
        .scalar_subquery()
    )


def windows(weekly: Sequence[Any]) -> list[tuple[int, time, time]]:
    """The times that somebody gave, as they are kept, as values."""
    return [
        (int(weekday), time.fromisoformat(since), time.fromisoformat(until))
        for weekday, since, until in weekly
    ]


def _put_away(
    session: Session,
    people: Mapping[int, Candidate],
    asked: sa.Select[int] | list[int],
    first: date,
    last: date,
) -> None:
    rows = session.execute(
        sa.select(Away.person_id, Away.first_day, Away.last_day).where(
            Away.person_id.in_(asked), Away.first_day <= last, Away.last_day >= first
        )
    )
    for person_id, since, until in rows:
        people[person_id].away.append((since, until))


def _take_up(one: Candidate, busy: Busy) -> None:
    one.days.setdefault(busy.starts_at.toordinal(), []).append(busy)
