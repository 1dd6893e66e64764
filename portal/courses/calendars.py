"""Sessions as iCalendar (RFC 5545): the same UID for ever, a SEQUENCE that rises with each change.

Times are written as the local wall time with its zone, so 10:00 stays 10:00 on every calendar on both
sides of a clock change. Links to online rooms are never written: an address of a calendar gets around.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
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
        days = [clock.utc_to_wall(one.starts_at, one.zone).date() for _, one in chosen]
        calendar.add_missing_timezones(
            date(min(days).year - 1, 1, 1), date(max(days).year + 1, 12, 31)
        )
    return bytes(calendar.to_ical())


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
    event.add("dtstart", clock.utc_to_wall(meeting.starts_at, meeting.zone))
    event.add("dtend", clock.utc_to_wall(meeting.ends_at, meeting.zone))
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
