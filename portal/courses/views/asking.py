"""What a visitor asks of the catalogue: read from the address, and shown again as a form.

Whatever an address holds that the form does not offer is left out kindly: an old link, a typing slip or
an attack leads to a list, never to an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from babel.dates import format_date
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.courses import words
from portal.courses.models import Mode
from portal.courses.queries import search
from portal.courses.queries.cards import Cursor, Part
from portal.courses.queries.catalogue import Choice, Choices
from portal.courses.queries.filters import LENGTHS, TIMES, Filters
from portal.plugin_api.types import Words
from portal.ui.filters import day

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONDAY = date(2024, 1, 1)
HOW = (Mode.IN_PERSON, Mode.ONLINE)
TIME_WORDS: dict[str, Words] = {
    "morning": lazy_gettext("Morning"),
    "afternoon": lazy_gettext("Afternoon"),
    "evening": lazy_gettext("Evening"),
}
LENGTH_WORDS: dict[str, Words] = {
    "one": lazy_gettext("One session"),
    "few": lazy_gettext("2 to 4 sessions"),
    "many": lazy_gettext("5 sessions or more"),
    "own": lazy_gettext("At your own pace"),
}
SWITCH_WORDS: dict[str, Words] = {
    "free": lazy_gettext("Places free"),
    "quiet": lazy_gettext("Has a quiet room"),
    "step_free": lazy_gettext("Step-free"),
    "supporters": lazy_gettext("For supporters too"),
    "making": lazy_gettext("Show courses still being made"),
}
FIRST_YEAR, LAST_YEAR = 2000, 2100
_CURSOR = re.compile(r"([1-4])-([0-9]{1,9})")
_NUMBERS = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a control: its value in the address and its words."""

    value: str
    label: Words
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A choice that was made, and the address of the list without it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, checked: the same for every address that means the same."""

    filters: Filters
    query: search.Query
    by_title: bool
    cursor: Cursor | None
    pairs: tuple[tuple[str, str], ...]  # the address it has when written out, without the cursor

    @property
    def anything(self) -> bool:
        """True when the list is narrowed at all."""
        return bool(self.pairs)

    def url(self, path: str, cursor: Cursor | None = None) -> str:
        """The address of this list, or of the page of it that begins at `cursor`."""
        pairs = list(self.pairs)
        if cursor is not None:
            pairs.append(("after", f"{cursor.part.value}-{cursor.after}"))
        return f"{path}?{urlencode(pairs)}" if pairs else path


def read(args: MultiDict[str, str], choices: Choices) -> Asked:
    """What the address asks for, as far as the catalogue offers it."""
    topics = _chosen(args, "topic", choices.topics)
    venue = choices.venue(args.get("venue", ""))
    term = choices.term(args.get("term", ""))
    days = tuple(at for at, name in enumerate(DAYS) if name in args.getlist("day"))
    times = tuple(name for name in TIMES if name in args.getlist("time"))
    how = next((mode for mode in HOW if mode.value == args.get("how")), None)
    length = args.get("length", "")
    length = length if length in LENGTHS or length == "own" else ""
    start = read_day(args)
    switches = {name: args.get(name) == "1" for name in SWITCH_WORDS}
    query = search.parse(args.get("q", ""))
    by_title = args.get("sort") == "title"
    pairs = [
        ("q", query.text),
        *(("topic", topic.slug) for topic in topics),
        ("how", how.value if how else ""),
        ("venue", venue.slug if venue else ""),
        ("term", term.slug if term else ""),
        *(("day", DAYS[at]) for at in days),
        *(("time", name) for name in times),
        ("from", start.isoformat() if start else ""),
        ("length", length),
        *((name, "1") for name, on in switches.items() if on),
        ("sort", "title" if by_title else ""),
    ]
    filters = Filters(
        topics=tuple(topic.id for topic in topics),
        venue=venue.id if venue else None,
        how=how,
        term=term.id if term else None,
        days=days,
        times=times,
        start=start,
        length=length,
        **switches,
    )
    kept = tuple((name, value) for name, value in pairs if value)
    return Asked(filters, query, by_title, read_cursor(args.get("after", "")), kept)


def knows_all(args: MultiDict[str, str], choices: Choices) -> bool:
    """False when the address names a topic, venue or term that is not among the choices."""
    offered = (("topic", choices.topics), ("venue", choices.venues), ("term", choices.terms))
    return all(
        slug in {choice.slug for choice in among}
        for name, among in offered
        for slug in args.getlist(name)
        if slug
    )


def _chosen(args: MultiDict[str, str], name: str, among: Sequence[Choice]) -> list[Choice]:
    wanted = set(args.getlist(name))
    return [choice for choice in among if choice.slug in wanted]


def read_cursor(text: str) -> Cursor | None:
    """The place in a list that `text` names; None for anything else."""
    match = _CURSOR.fullmatch(text)
    return Cursor(Part(int(match[1])), int(match[2])) if match else None


def read_day(args: MultiDict[str, str], name: str = "from") -> date | None:
    """A day between the years 2000 and 2100, written 2027-03-01; None for anything else."""
    match = _NUMBERS.fullmatch(args.get(name, "").strip())
    if match is None or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def chips(asked: Asked, choices: Choices, path: str) -> tuple[Chip, ...]:
    """Every choice made, with the way to take it back."""
    made = []
    for at, (name, value) in enumerate(asked.pairs):
        if name == "sort":
            continue
        rest = [pair for index, pair in enumerate(asked.pairs) if index != at]
        made.append(
            Chip(_words(name, value, choices), f"{path}?{urlencode(rest)}" if rest else path)
        )
    return tuple(made)


def _words(name: str, value: str, choices: Choices) -> str:
    if name == "q":
        return str(_("Search: %(words)s", words=value))
    if name == "from":
        return str(_("From %(day)s", day=day(date.fromisoformat(value))))
    if name == "day":
        return weekday(DAYS.index(value))
    named = {"topic": choices.topic, "venue": choices.venue, "term": choices.term}
    if name in named:
        choice = named[name](value)
        return str(choice.name if choice else value)
    plain: dict[str, Words] = {
        "how": words.MODES[Mode(value)] if name == "how" else "",
        "time": TIME_WORDS.get(value, ""),
        "length": LENGTH_WORDS.get(value, ""),
    }
    return str(plain[name] if name in plain else SWITCH_WORDS[name])


def weekday(number: int) -> str:
    """The name of a day of the week, counted from Monday, 0."""
    return format_date(MONDAY + timedelta(days=number), "EEEE", locale=get_locale() or "en")


def options(asked: Asked, choices: Choices) -> dict[str, tuple[Option, ...]]:
    """The controls of the form with what was chosen, by their names in the address."""
    chosen = set(asked.pairs)

    def control(name: str, pairs: Sequence[tuple[str, Words]]) -> tuple[Option, ...]:
        return tuple(Option(value, label, (name, value) in chosen) for value, label in pairs)

    return {
        "topic": control("topic", [(one.slug, one.name) for one in choices.topics]),
        "venue": control("venue", [(one.slug, one.name) for one in choices.venues]),
        "term": control("term", [(one.slug, one.name) for one in choices.terms]),
        "how": control("how", [(mode.value, words.MODES[mode]) for mode in HOW]),
        "day": control("day", [(name, weekday(at)) for at, name in enumerate(DAYS)]),
        "time": control("time", list(TIME_WORDS.items())),
        "length": control("length", list(LENGTH_WORDS.items())),
        "switch": tuple(
            Option(name, label, (name, "1") in chosen) for name, label in SWITCH_WORDS.items()
        ),
    }
