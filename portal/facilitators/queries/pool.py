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
from portal.courses.api import SessionToLead, leads_of_all, session_spans
from portal.db import UTCDateTime
from portal.enrolment.api import busy_among
from portal.facilitators.models import (
    AskState,
    Away,
    Clearance,
    ClearanceKind,
    Facilitator,
    LeadAsk,
    SlotState,
    Stage,
    SupportSlot,
)
from portal.facilitators.models.support import LONGEST_MINUTES

AROUND = timedelta(weeks=4)  # how far a load is looked at, to be fair
NEAR = timedelta(days=2)  # how far a clash is: the way takes a day at most
NEVER = date.max
SAID_NO = (AskState.NO, AskState.HANDED_BACK)


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
    lead, `runs` a group to how often they are with it. `said_no` are sessions that they said no to or handed
    back, `stopped` is when they are given nothing at all or have a time for support: no way to it is counted,
    as a time to prepare is where the session is.
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
    said_no: set[int] = field(default_factory=set)
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
    asked = _ids(person_id)
    _put_away(session, people, asked, meetings)
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
    meetings: Collection[SessionToLead],
) -> None:
    """Days away, times for support from either side of them, and what they said no to. One query."""
    days = [one.day for one in meetings]
    away = sa.select(
        Away.person_id,
        Away.first_day,
        Away.last_day,
        # PostgreSQL takes what has no type in two parts for words.
        sa.cast(sa.null(), UTCDateTime).label("starts_at"),
        sa.cast(sa.null(), sa.Integer).label("minutes"),
        sa.cast(sa.null(), sa.Integer).label("said_no_to"),
    ).where(Away.person_id.in_(asked), Away.first_day <= max(days), Away.last_day >= min(days))
    start, end = min(one.starts_at for one in meetings), max(one.ends_at for one in meetings)
    support = (
        sa.select(
            who, sa.null(), sa.null(), SupportSlot.starts_at, SupportSlot.minutes, sa.null()
        ).where(who.in_(asked), *planned_between(start, end))
        for who in (SupportSlot.person_id, SupportSlot.with_id)
    )
    theirs = session_spans(start, end)
    said_no = (
        sa.select(LeadAsk.person_id, sa.null(), sa.null(), sa.null(), sa.null(), LeadAsk.session_id)
        .join(theirs, theirs.c.id == LeadAsk.session_id)
        .where(LeadAsk.person_id.in_(asked), LeadAsk.state.in_(SAID_NO))
    )
    rows = session.execute(away.union_all(*support, said_no))
    for person_id, first, last, starts_at, minutes, session_id in rows:
        if session_id is not None:
            people[person_id].said_no.add(session_id)
        elif starts_at is not None:
            people[person_id].stopped.append((starts_at, starts_at + timedelta(minutes=minutes)))
        else:
            people[person_id].away.append((first, last))


def planned_between(start: datetime, end: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions for times for support that may be on in [start, end); how long each lasts is left to see."""
    longest = timedelta(minutes=LONGEST_MINUTES)
    return (
        SupportSlot.state == SlotState.PLANNED,
        SupportSlot.starts_at < end,
        SupportSlot.starts_at > start - longest,
    )


def _take_up(one: Candidate, busy: Busy) -> None:
    one.days.setdefault(busy.starts_at.toordinal(), []).append(busy)
