"""A term by week, for coordinators: which sessions lack a pair, and who leads as much as they wish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.api import SessionToLead, leads_of_all, sessions_on
from portal.facilitators.models import Facilitator, Stage
from portal.facilitators.queries.pool import monday_of

MOST_WEEKS = 53  # a term is shorter; whatever is longer is shown from its first week


@dataclass(frozen=True, slots=True)
class Week:
    """A week from its Monday: how many sessions it has, and those to come that lack a pair."""

    monday: date
    sessions: int
    lacking: tuple[SessionToLead, ...]


@dataclass(frozen=True, slots=True)
class Stretched:
    """Somebody with a week in which they lead as many sessions as they said at most, or more.

    `led` has a number for each week of the term, `sessions` what they still lead in those weeks alone.
    """

    person_id: int
    most: int
    led: tuple[int, ...]
    sessions: tuple[SessionToLead, ...]

    @property
    def full(self) -> int:
        """In how many weeks they lead exactly as many as they said."""
        return sum(0 < led == self.most for led in self.led)

    @property
    def over(self) -> int:
        """In how many weeks they lead more."""
        return sum(led > self.most for led in self.led)


@dataclass(frozen=True, slots=True)
class TermByWeek:
    """The weeks of a term, and who is stretched in it: whoever leads more than they said comes first."""

    weeks: tuple[Week, ...]
    stretched: tuple[Stretched, ...]

    @property
    def lacking(self) -> int:
        """How many sessions to come lack a pair."""
        return sum(len(week.lacking) for week in self.weeks)


def term_by_week(
    session: Session, first: date, last: date, *, at: datetime, zone: str
) -> TermByWeek:
    """The weeks in which [first, last] lies, whole weeks from Monday on. Three queries.

    A session lacks a pair when it is still to come and nobody has waived it. Of people, those with a record
    count: nobody else has said how much is enough.
    """
    mondays = _mondays(first, last)
    start = midnight(mondays[0], zone)
    end = midnight(mondays[-1] + timedelta(weeks=1), zone)
    place = {monday.toordinal(): number for number, monday in enumerate(mondays)}
    found = sessions_on(session, start, end)
    by_week: list[list[SessionToLead]] = [[] for _ in mondays]
    for one in found:
        if (number := place.get(monday_of(one.day))) is not None:
            by_week[number].append(one)
    weeks = tuple(
        Week(
            monday,
            len(of_week),
            tuple(one for one in of_week if one.at_risk and one.starts_at > at),
        )
        for monday, of_week in zip(mondays, by_week, strict=True)
    )
    known = {one.id: one for one in found}
    return TermByWeek(weeks, _stretched(session, (start, end), place, known, at))


def _stretched(
    session: Session,
    span: tuple[datetime, datetime],
    place: Mapping[int, int],
    meetings: Mapping[int, SessionToLead],
    at: datetime,
) -> tuple[Stretched, ...]:
    most: dict[int, int] = dict(
        session.execute(
            sa.select(Facilitator.person_id, Facilitator.max_a_week).where(
                Facilitator.stage != Stage.LEFT
            )
        ).all()
    )
    theirs: dict[int, list[list[SessionToLead]]] = {}
    for lead in leads_of_all(session, *span):
        meeting = meetings.get(lead.session_id)
        if lead.person_id not in most or meeting is None:
            continue
        number = place.get(monday_of(meeting.day))
        if number is not None:
            weeks = theirs.setdefault(lead.person_id, [[] for _ in place])
            weeks[number].append(meeting)
    found = [
        Stretched(
            person_id,
            most[person_id],
            tuple(len(week) for week in weeks),
            tuple(
                one
                for week in weeks
                if len(week) >= most[person_id]
                for one in week
                if one.starts_at > at
            ),
        )
        for person_id, weeks in theirs.items()
    ]
    stretched = [one for one in found if one.full or one.over]
    return tuple(sorted(stretched, key=lambda one: (-one.over, -one.full, one.person_id)))


def _mondays(first: date, last: date) -> Sequence[date]:
    monday = first - timedelta(days=first.weekday())
    many = min((last - monday).days // 7 + 1, MOST_WEEKS)
    return [monday + timedelta(weeks=number) for number in range(max(many, 1))]


def midnight(day: date, zone: str) -> datetime:
    """The instant at which a day begins there."""
    return clock.wall_to_utc(datetime.combine(day, time()), zone)
