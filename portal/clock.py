"""Time as the college promises it: UTC inside, local wall time outside.

A session stores what was promised (a local date and time, and the zone); UTC is derived from those, so
10:00 stays 10:00 across a clock change. Nothing here reads the database.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SATURDAY = 5  # as `date.weekday` counts


class NonexistentLocalTimeError(ValueError):
    """The clocks jump over this wall time (in the UK, 01:00 to 01:59 on the last Sunday of March)."""


def now() -> datetime:
    """The present instant, aware, in UTC. Tests move it with time-machine."""
    return datetime.now(UTC)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name such as `Europe/London`."""
    return ZoneInfo(name)


def wall_to_utc(wall: datetime, zone_name: str) -> datetime:
    """The UTC instant of a naive local wall time.

    A wall time that happens twice (the hour after the clocks go back) means the first of the two.

    Raises:
        NonexistentLocalTimeError: the clocks jump over it.
        ValueError: `wall` carries a zone of its own.
    """
    if wall.tzinfo is not None:
        raise ValueError("a wall time has no zone of its own")
    instant = wall.replace(tzinfo=zone(zone_name), fold=0).astimezone(UTC)
    if instant.astimezone(zone(zone_name)).replace(tzinfo=None) != wall:
        raise NonexistentLocalTimeError(
            f"{wall:%H:%M on %d %B %Y} does not exist in {zone_name}: the clocks go forward then"
        )
    return instant


def utc_to_wall(instant: datetime, zone_name: str) -> datetime:
    """The aware local time of an aware instant."""
    return instant.astimezone(zone(zone_name))


def local_date(instant: datetime, zone_name: str) -> date:
    """The calendar date that somebody in the zone would write down."""
    return instant.astimezone(zone(zone_name)).date()


@lru_cache(maxsize=32)
def changes(zone_name: str, first_year: int, last_year: int) -> tuple[datetime, ...]:
    """The instants, in UTC, at which the clocks of a zone are changed from one year to another inclusive."""
    zone_of = zone(zone_name)

    def offset(instant: datetime) -> timedelta | None:
        return instant.astimezone(zone_of).utcoffset()

    found = []
    day, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    while day < end:
        before, after = day, day + timedelta(days=1)
        if offset(before) != offset(after):
            while after - before > timedelta(seconds=1):
                middle = before + (after - before) // 2
                before, after = (
                    (middle, after) if offset(middle) == offset(day) else (before, middle)
                )
            found.append(after.replace(microsecond=0))
        day += timedelta(days=1)
    return tuple(found)


@lru_cache(maxsize=16)
def bank_holidays(year: int) -> frozenset[date]:
    """England's bank holidays in a year (source: the `holidays` package, checked against GOV.UK)."""
    from holidays import country_holidays

    return frozenset(country_holidays("GB", subdiv="ENG", years=year))


def weekly(first: date, count: int, *, skip: frozenset[date] = frozenset()) -> list[date]:
    """`count` dates a week apart from `first`, leaving out the skipped dates and going on after them."""
    dates: list[date] = []
    day = first
    while len(dates) < count:
        if day not in skip:
            dates.append(day)
        day += timedelta(weeks=1)
    return dates


def working_hours_after(start: datetime, hours: int, zone_name: str) -> datetime:
    """The instant at which `hours` working hours have passed since `start`, in UTC.

    A working day lasts from 00:00 to 24:00 local time; weekends and bank holidays do not count. So
    48 working hours from a Friday at 16:50 end on the Tuesday at 16:50, on the clock on the wall,
    whether or not the clocks changed in between.
    """
    wall = utc_to_wall(start, zone_name).replace(tzinfo=None)
    left = timedelta(hours=hours)
    while True:
        midnight = datetime.combine(wall.date() + timedelta(days=1), time.min)
        if is_working_day(wall.date()):
            if left <= midnight - wall:
                end = (wall + left).replace(tzinfo=zone(zone_name))
                return end.astimezone(UTC)
            left -= midnight - wall
        wall = midnight


def wall_hours_before(instant: datetime, hours: int, zone_name: str) -> datetime:
    """The instant, in UTC, when the clock on the wall shows `hours` less than it does at `instant`.

    48 hours before a Monday at 10:00 is the Saturday at 10:00, though the clocks change on the Sunday.
    """
    wall = utc_to_wall(instant, zone_name).replace(tzinfo=None) - timedelta(hours=hours)
    return wall.replace(tzinfo=zone(zone_name)).astimezone(UTC)


def is_working_day(day: date) -> bool:
    """True from Monday to Friday, but for bank holidays."""
    return day.weekday() < SATURDAY and day not in bank_holidays(day.year)
