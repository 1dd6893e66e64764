"""What prospectuses say about length, number and place, as values with a reason.

Colleges write "weekly", "about 12 weeks", "half day" or nothing at all. Each function takes the cell's
text and returns what it is taken to mean and, where that is more than was said, the words that tell so.
Plain Python without a database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time

from flask_babel import gettext as _

from portal.courses.models import Mode
from portal.courses.services.schedule import LONGEST_MINUTES, MOST_SESSIONS

# A course whose length nobody gave is shown with the least that it can be, and a person is told.
ASSUMED_SESSIONS = 1
SEVERAL_WEEKS = 6  # the number that published courses state most often
ASSUMED_MINUTES = 120  # likewise
HALF_DAY = 180
WHOLE_DAY = 360
SHORTEST, LONGEST = 15, LONGEST_MINUTES  # minutes of one session
QUARTER = 15

_NUMBER_WORDS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
_NOT_STATED = frozenset({"", "not stated", "unknown", "n/a", "tbc", "-", "–"})
_NO_END = frozenset({"weekly", "every week", "daily", "ongoing"})
_SEVERAL = frozenset({"several", "several weeks", "several sessions", "a few weeks", "multi-week"})
_COUNT = re.compile(
    r"(?P<about>about|around|approx\.?|approximately|circa|c\.|~)?\s*(?P<number>\d{1,3})"
    r"(?:\s*(?:-|–|to)\s*(?P<to>\d{1,3}))?[\s-]*(?:weekly )?(?:sessions?|weeks?|classes|workshops?)?"
)
_DURATION = re.compile(
    r"(?P<about>about|around|approx\.?|approximately|circa|c\.|~)?\s*(?P<number>\d{1,3}(?:[.,]\d+)?)"
    r"\s*(?P<unit>h|hrs?|hours?|m|mins?|minutes?)?(?P<total> in total| total| altogether)?"
)
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>am|pm)?")


class NotUnderstoodError(ValueError):
    """The text means nothing that we know. The message says what would."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """How many sessions; `number` is None where they have no end or there are none."""

    number: int | None
    self_paced: bool = False
    drop_in: bool = False
    why: str = ""
    stated: bool = True


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes of one session, or of all of them together when only that was said."""

    minutes: int | None
    in_total: int | None = None
    why: str = ""
    stated: bool = True


@dataclass(frozen=True, slots=True)
class Where:
    """How people take part."""

    mode: Mode
    why: str = ""
    stated: bool = True


def read_sessions(text: str) -> Sessions:
    """A number of sessions.

    Raises:
        NotUnderstoodError: neither a number nor one of the known words.
    """
    said = text.casefold()
    if said in _NOT_STATED:
        why = _("not stated: %(number)d assumed", number=ASSUMED_SESSIONS)
        return Sessions(ASSUMED_SESSIONS, why=why, stated=False)
    if said in _SEVERAL:
        why = _("“%(said)s”: %(number)d assumed", said=text, number=SEVERAL_WEEKS)
        return Sessions(SEVERAL_WEEKS, why=why, stated=False)
    return _without_number(said, text) or _counted(said, text)


def _without_number(said: str, text: str) -> Sessions | None:
    if any(words in said for words in ("self-paced", "self paced", "own pace")):
        return Sessions(None, self_paced=True)
    if "drop-in" in said or "drop in" in said:
        why = _("“%(said)s”: people come when they like, so no number is kept", said=text)
        return Sessions(None, drop_in=True, why=why)
    if said in _NO_END or "open-ended" in said:
        why = _("“%(said)s”: no end is stated, so no number is kept", said=text)
        return Sessions(None, why=why)
    return None


def _counted(said: str, text: str) -> Sessions:
    first_word = said.split(maxsplit=1)[0]
    if first_word in _NUMBER_WORDS:
        said = f"{_NUMBER_WORDS[first_word]}{said[len(first_word) :]}"
    found = _COUNT.fullmatch(said)
    if found is None:
        raise NotUnderstoodError(
            _(
                "“%(said)s” is not a number of sessions. Write a number, “weekly”, “drop-in” or"
                " “self-paced”.",
                said=_short(text),
            )
        )
    number = int(found["number"])
    if not 1 <= number <= MOST_SESSIONS:
        raise NotUnderstoodError(
            _(
                "a course has from 1 to %(most)d sessions, not %(said)s",
                most=MOST_SESSIONS,
                said=number,
            )
        )
    why = ""
    if found["to"]:
        why = _("“%(said)s”: the smaller number is kept", said=text)
    elif found["about"]:
        why = _("“%(said)s”: %(number)d kept", said=text, number=number)
    elif "week" in said:
        why = _("“%(said)s”: one session a week assumed", said=text)
    return Sessions(number, why=why)


def read_hours(text: str) -> Hours:
    """The length of a session.

    Raises:
        NotUnderstoodError: neither a number nor one of the known words, or longer than a day.
    """
    said = text.casefold()
    if said in _NOT_STATED:
        why = _("not stated: %(hours)d hours assumed", hours=ASSUMED_MINUTES // 60)
        return Hours(ASSUMED_MINUTES, why=why, stated=False)
    if said in {"half day", "half a day", "half-day", "morning", "afternoon"}:
        return Hours(HALF_DAY, why=_("“%(said)s”: taken as 3 hours", said=text), stated=False)
    if said in {"one day", "a day", "full day", "whole day", "all day", "day", "1 day"}:
        return Hours(WHOLE_DAY, why=_("“%(said)s”: taken as 6 hours", said=text), stated=False)
    found = _DURATION.fullmatch(said)
    if found is None:
        raise NotUnderstoodError(
            _(
                "“%(said)s” is not a length. Write hours, such as 2 or 1.5, “half day” or"
                " “15 h in total”.",
                said=_short(text),
            )
        )
    number = float(found["number"].replace(",", "."))
    in_minutes = (found["unit"] or "h").startswith("m")
    minutes = round(number if in_minutes else number * 60)
    if found["total"]:
        return Hours(None, in_total=minutes)
    if not SHORTEST <= minutes <= LONGEST:
        raise NotUnderstoodError(
            _(
                "a session lasts from %(shortest)d minutes to %(longest)d hours, not “%(said)s”",
                shortest=SHORTEST,
                longest=LONGEST // 60,
                said=text,
            )
        )
    why = _("“%(said)s”: taken as it stands", said=text) if found["about"] else ""
    return Hours(minutes, why=why)


def share_out(in_total: int, sessions: Sessions) -> tuple[int, int, str]:
    """Number and minutes of sessions when only the whole length is known, and why.

    With a stated number the whole is divided by it. Without, sessions are as near to two hours as
    whole quarters of an hour allow; of two lengths as near, the longer, so fewer journeys.

    Raises:
        NotUnderstoodError: the sessions would be too short or too long.
    """
    if sessions.number and sessions.stated:
        minutes = in_total // sessions.number
        if not SHORTEST <= minutes <= LONGEST:
            raise NotUnderstoodError(_("the whole length does not fit the number of sessions"))
        why = _("%(hours)s in total, divided by the sessions", hours=clock_length(in_total))
        return sessions.number, minutes, why
    lengths = [
        length
        for length in range(QUARTER * 2, LONGEST + 1, QUARTER)
        if in_total % length == 0 and in_total // length <= MOST_SESSIONS
    ]
    if not lengths:
        raise NotUnderstoodError(_("say how many sessions share the whole length"))
    minutes = min(lengths, key=lambda length: (abs(length - ASSUMED_MINUTES), -length))
    number = in_total // minutes
    why = _(
        "%(total)s in total: %(number)d sessions of %(each)s assumed",
        total=clock_length(in_total),
        number=number,
        each=clock_length(minutes),
    )
    return number, minutes, why


def read_mode(text: str) -> Where:
    """How people take part, from words such as "in person (library), later online".

    Raises:
        NotUnderstoodError: none of the known words is there.
    """
    said = text.casefold()
    if said in _NOT_STATED:
        return Where(Mode.IN_PERSON, _("not stated: in person assumed"), stated=False)
    # What stands in brackets is detail: "in person (inferred)", "online (Zoom)".
    core = re.sub(r"\([^()]*\)", " ", said)
    online = any(
        word in core for word in ("online", "zoom", "teams", "virtual", "webinar", "phone")
    )
    present = any(
        word in core
        for word in ("in person", "in-person", "face to face", "face-to-face", "classroom")
    )
    outdoors = "outdoor" in core or "outside" in core
    if "hybrid" in core or "blended" in core or (online and (present or outdoors)):
        why = ""
        if "later" in core:
            why = _("“%(said)s”: both kept, as it may be either now", said=text)
        return Where(Mode.BOTH, why)
    if online:
        why = _("“%(said)s”: online, and say on the page how to join by phone", said=text)
        return Where(Mode.ONLINE, why if "phone" in core else "")
    if present or outdoors:
        if "inferred" in said:
            why = _("“%(said)s”: the source does not say it outright", said=text)
            return Where(Mode.IN_PERSON, why, stated=False)
        why = _("“outdoors”: taken as in person") if outdoors else ""
        return Where(Mode.IN_PERSON, why)
    raise NotUnderstoodError(
        _(
            "“%(said)s” is not a way to take part. Write in person, online or both.",
            said=_short(text),
        )
    )


DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %B %Y", "%d %b %Y")
_WEEKDAY = re.compile(
    r"^(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE
)
_ORDINAL = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)\b")


def read_start(text: str) -> datetime:
    """A local date and time as written, such as "1 March 2027 10:00"; day before month.

    Raises:
        NotUnderstoodError: the date or the time is missing or cannot be.
    """
    said = _ORDINAL.sub(r"\1", _WEEKDAY.sub("", text.strip())).replace(",", " ").replace("T", " ")
    said = re.sub(r"\bat\b", " ", said)
    parts = said.split()
    for length in (3, 1):
        day_text, clock_text = " ".join(parts[:length]), "".join(parts[length:]).casefold()
        for form in DAY_FORMATS:
            try:
                day = datetime.strptime(day_text, form)  # noqa: DTZ007 - what was promised is local
            except ValueError:
                continue
            return datetime.combine(day, _clock(clock_text, text))
    raise NotUnderstoodError(
        _("“%(said)s” is not a date and time. Write it like 1 March 2027 10:00.", said=_short(text))
    )


def _clock(said: str, text: str) -> time:
    if not said:
        raise NotUnderstoodError(
            _("“%(said)s” has no time. Write it like 1 March 2027 10:00.", said=_short(text))
        )
    found = _CLOCK.fullmatch(said.removesuffix(":00") if said.count(":") > 1 else said)
    if found is not None and (found["minute"] or found["half"]):
        hour, minute = int(found["hour"]), int(found["minute"] or 0)
        if found["half"] and 1 <= hour <= 12:
            hour = hour % 12 + (12 if found["half"] == "pm" else 0)
        elif found["half"]:
            hour = 99
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise NotUnderstoodError(
        _("“%(said)s” has no time of day that exists. Write it like 10:00.", said=_short(text))
    )


def clock_length(minutes: int) -> str:
    """A length as people say it: "2 hours 30 minutes"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return str(_("%(minutes)d minutes", minutes=rest))
    if not rest:
        return str(_("1 hour") if hours == 1 else _("%(hours)d hours", hours=hours))
    if hours == 1:
        return str(_("1 hour %(minutes)d minutes", minutes=rest))
    return str(_("%(hours)d hours %(minutes)d minutes", hours=hours, minutes=rest))


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
