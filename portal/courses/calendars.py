"""Sessions as iCalendar (RFC 5545): the same UID for ever, a SEQUENCE that rises with each change.

Times are written as the local wall time with its zone, so 10:00 stays 10:00 on every calendar on both
sides of a clock change; only what ends in the hour that comes twice is written as instants. Links to online
rooms are never written: an address of a calendar gets around.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from portal import clock
from portal.courses.models import Mode, SessionState
from portal.courses.queries.pages import Meeting, RunInfo

Chosen = Sequence[tuple[RunInfo, Meeting]]


def calendar_of(
    name: str,
    chosen: Chosen,
    *,
    base_url: str,
    college: str,
    words: dict[str, str],
    at: datetime,
    excused: Collection[int] = (),
    from_afar: Collection[int] = (),
) -> bytes:
    """The sessions as one calendar, in UTF-8.

    `words` holds the readers' words for "online" and "cancelled". `at` is the moment of writing. `excused`
    are the ids of sessions that the calendar's owner will not come to: they take none of their time, and
    `words` has "excused" for them. `from_afar`: those that the owner joins online.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", f"-//{college}//courses//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{name} – {college}")
    for run, meeting in chosen:
        calendar.add_component(
            _event(
                run,
                meeting,
                base_url,
                words,
                at,
                excused=meeting.id in excused,
                afar=meeting.id in from_afar,
            )
        )
    if chosen:
        # The rules of these years are enough; all of them since 1970 would be most of the file.
        years = [clock.utc_to_wall(one.starts_at, one.zone).year for _, one in chosen]
        for zone in dict.fromkeys(one.zone for _, one in chosen):
            calendar.add_component(_timezone(zone, min(years) - 1, max(years) + 1))
    return bytes(calendar.to_ical())


def _timezone(zone: str, first_year: int, last_year: int) -> Any:
    """The rules of a zone in these years, each change at what the clock on the wall shows before it.

    Written here because the library begins summer at 02:00 by the clock of winter, an hour late.
    """
    from icalendar import Timezone

    component = Timezone()
    component.add("tzid", zone)
    first = datetime(first_year, 1, 1, tzinfo=UTC).astimezone(clock.zone(zone))
    component.add_component(_observance(first, first, [first]))
    alike: dict[tuple[timedelta | None, timedelta | None], list[datetime]] = {}
    for instant in clock.changes(zone, first_year, last_year):
        before, after = _around(instant, zone)
        alike.setdefault((before.utcoffset(), after.utcoffset()), []).append(instant)
    for instants in alike.values():
        before, after = _around(instants[0], zone)
        component.add_component(_observance(before, after, instants))
    return component


def _around(instant: datetime, zone: str) -> tuple[datetime, datetime]:
    """The clock on the wall a moment before it is changed, and when it has been."""
    return clock.utc_to_wall(instant - timedelta(seconds=1), zone), clock.utc_to_wall(instant, zone)


def _observance(before: datetime, after: datetime, instants: Sequence[datetime]) -> Any:
    """From each of the instants on, the clock shows what it does `after` and not what it did `before`."""
    from icalendar import TimezoneDaylight, TimezoneStandard

    part = TimezoneDaylight() if after.dst() else TimezoneStandard()
    offset = before.utcoffset() or timedelta()
    onsets = [(one.astimezone(UTC) + offset).replace(tzinfo=None) for one in instants]
    part.add("dtstart", onsets[0])
    part.add("tzoffsetfrom", offset)
    part.add("tzoffsetto", after.utcoffset())
    part.add("tzname", after.tzname())
    if onsets[1:]:
        part.add("rdate", onsets[1:])
    return part


def _event(
    run: RunInfo,
    meeting: Meeting,
    base_url: str,
    words: dict[str, str],
    at: datetime,
    *,
    excused: bool,
    afar: bool,
) -> Any:
    off = run.cancelled or meeting.state is SessionState.CANCELLED
    url = f"{base_url}{run.url}/{meeting.number}"
    from icalendar import Event, vText

    event = Event()
    event.add("uid", meeting.uid)
    # A run that is cancelled as a whole changes no session: its own version counts on top.
    event.add("sequence", meeting.version + (run.version if run.cancelled else 0))
    event.add("dtstamp", at)
    wall = [clock.utc_to_wall(one, meeting.zone) for one in (meeting.starts_at, meeting.ends_at)]
    # In autumn an hour comes twice, and a wall time in it means the first (RFC 5545, 3.3.5): a session
    # that ends in the second would have no length, so there the instants are written.
    twice = any(one.fold for one in wall)
    starts, ends = (meeting.starts_at, meeting.ends_at) if twice else wall
    event.add("dtstart", starts)
    event.add("dtend", ends)
    event.add("summary", _summary(run.course_title, words, off=off, excused=excused))
    event.add("status", "CANCELLED" if off else "CONFIRMED")
    event.add("url", url)
    event.add("location", vText(words["online"] if afar else _place(run, meeting, words)))
    reason = meeting.reason or run.cancelled_reason
    lines = [reason if reason and (off or meeting.moved_from) else "", meeting.note, url]
    event.add("description", "\n".join(line for line in lines if line))
    event.add("class", "PRIVATE")
    if excused or off:
        event.add("transp", "TRANSPARENT")
    return event


def _summary(title: str, words: dict[str, str], *, off: bool, excused: bool) -> str:
    if off:
        return f"{words['cancelled']}: {title}"
    return f"{words['excused']}: {title}" if excused else title


def _place(run: RunInfo, meeting: Meeting, words: dict[str, str]) -> str:
    place = meeting.place or run.place
    if run.mode is Mode.ONLINE or place is None:
        return words["online"] if run.mode is not Mode.IN_PERSON else ""
    return ", ".join(part for part in (place.name, place.address, place.postcode) if part)
