"""On which days sessions fall, and at which instants: dates only, without a database.

What is promised is a wall time, so every date keeps it across a clock change. Minutes are elapsed time:
a session of 120 minutes lasts two hours even in the night when the clocks change. A wall time that
happens twice (in the UK 01:00 to 01:59 on the last Sunday of October) means the first of the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from flask_babel import format_date
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal import clock
from portal.courses.services.errors import InvalidError
from portal.plugin_api.types import Words

WEEK = timedelta(weeks=1)
MOST_SESSIONS = 60
LONGEST_MINUTES = 12 * 60
YEARS_AHEAD = 5


@dataclass(frozen=True, slots=True)
class Slot:
    """One meeting: the promised date and time, and the instants that follow, in UTC."""

    day: date
    at: time
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A date on which a meeting would have fallen."""

    day: date
    bank_holiday: bool


@dataclass(frozen=True, slots=True)
class Timetable:
    """The meetings of a run, and the dates that were left out on the way."""

    slots: tuple[Slot, ...]
    left_out: tuple[LeftOut, ...] = ()


def slot(day: date, at: time, minutes: int, zone: str, *, field: str = "starts") -> Slot:
    """The meeting at a wall time.

    Raises:
        InvalidError: at `field`, when the clocks jump over that time on that day; at `minutes`, when
            it is no sensible length.
    """
    if not 0 < minutes <= LONGEST_MINUTES:
        raise InvalidError(
            minutes=_l("Give the length in minutes, from 1 to %(most)d", most=LONGEST_MINUTES)
        )
    try:
        starts_at = clock.wall_to_utc(datetime.combine(day, at), zone)
    except clock.NonexistentLocalTimeError:
        raise InvalidError(
            **{
                field: _l(
                    "%(time)s does not exist on %(date)s: the clocks go forward then. "
                    "Choose another time",
                    time=at.strftime("%H:%M"),
                    date=say(day),
                )
            }
        ) from None
    return Slot(day, at, starts_at, starts_at + timedelta(minutes=minutes))


def weekly(
    first: date,
    at: time,
    *,
    count: int,
    minutes: int,
    zone: str,
    skip_bank_holidays: bool = True,
    skip: Iterable[date] = (),
) -> Timetable:
    """`count` meetings a week apart from a local date and time, leaving out holidays and other dates.

    Raises:
        InvalidError: at the field that cannot stand.
    """
    if not 0 < count <= MOST_SESSIONS:
        raise InvalidError(count=_l("Give a number from 1 to %(most)d", most=MOST_SESSIONS))
    check_date(first, field="first_on")
    unwanted = frozenset(skip)
    slots: list[Slot] = []
    left_out: list[LeftOut] = []
    day = first
    while len(slots) < count:
        holiday = skip_bank_holidays and is_bank_holiday(day)
        if holiday or day in unwanted:
            left_out.append(LeftOut(day, bank_holiday=holiday))
        else:
            slots.append(slot(day, at, minutes, zone))
        day += WEEK
        if len(left_out) > MOST_SESSIONS:
            raise InvalidError(skip=_l("These leave no dates. Take some of them out"))
    return Timetable(tuple(slots), tuple(left_out))


def copied(days: Sequence[date], first: date) -> tuple[list[date], list[LeftOut]]:
    """The days of another run, moved so that they begin on `first` or after it, off bank holidays.

    Returns the new days and those left out. The rhythm is kept: a gap that the old run had only
    because of bank holidays closes, and each bank holiday of the new dates moves the rest on by one
    step of the rhythm.
    """
    if not days:
        return [], []
    even = _without_holiday_gaps(sorted(days))
    step = _rhythm(even)
    offset = first - even[0]
    moved: list[date] = []
    left_out: list[LeftOut] = []
    for old in even:
        day = old + offset
        while is_bank_holiday(day):
            left_out.append(LeftOut(day, bank_holiday=True))
            day += step
            offset += step
        moved.append(day)
    return moved, left_out


def _rhythm(days: Sequence[date]) -> timedelta:
    """The pause after which the same weekday comes again; a week when there is nothing to go by."""
    gaps = [
        later - earlier
        for index, earlier in enumerate(days)
        for later in days[index + 1 :]
        if (later - earlier) % WEEK == timedelta(0) and later != earlier
    ]
    return min(gaps, default=WEEK)


def _without_holiday_gaps(days: Sequence[date]) -> list[date]:
    step = _rhythm(days)
    even = [days[0]]
    closed = timedelta(0)
    for earlier, later in pairwise(days):
        between = earlier + step
        skipped = 0
        while between < later and is_bank_holiday(between):
            skipped += 1
            between += step
        if skipped and between == later:
            closed += step * skipped
        even.append(later - closed)
    return even


def is_bank_holiday(day: date) -> bool:
    """True on England's bank holidays."""
    return day in clock.bank_holidays(day.year)


def check_date(day: date, *, field: str) -> None:
    """Do nothing for a date that somebody may have meant.

    Raises:
        InvalidError: the year is one that nobody plans for: a slip of the keyboard.
    """
    this_year = clock.now().year
    if not this_year - YEARS_AHEAD <= day.year <= this_year + YEARS_AHEAD:
        raise InvalidError(**{field: _l("%(year)d is far from now. Check the year", year=day.year)})


def say(day: date) -> Words:
    """A date for an error's words, in the reader's language: `28 March 2027`."""
    words: Words = LazyString(format_date, day, "d MMMM y")
    return words
