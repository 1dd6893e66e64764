"""A term by week as a picture, for coordinators: which sessions lack a pair, and who is stretched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.api import PersonRef
from portal.courses.api import TermInfo
from portal.facilitators.queries.term import Stretched, TermByWeek, midnight
from portal.ui import charts, filters

MOST_DRAWN = 8  # people in the picture: the table has everybody


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of days as two instants: [start, end)."""

    start: datetime
    end: datetime


def span_of(term: TermInfo, zone: str) -> Span:
    """The days of a term in the college's own time."""
    return Span(midnight(term.starts_on, zone), midnight(term.ends_on + timedelta(days=1), zone))


def term_to_show(terms: Sequence[TermInfo], slug: str, today: date) -> TermInfo | None:
    """The term that was chosen; else the one of today, the next one, or the last one."""
    chosen = [one for one in terms if one.slug == slug]
    coming = [one for one in terms if one.ends_on >= today]
    return next(iter([*chosen, *coming, *reversed(terms)]), None)


def picture(term: TermInfo, found: TermByWeek, people: Mapping[int, PersonRef]) -> charts.TimeChart:
    """A column for each week, a strip for what lacks a pair, and one for each of those most stretched."""
    weeks = [(_label(week.monday), week.sessions, len(week.lacking)) for week in found.weeks]
    lacking = [(len(week.lacking), 3 if week.lacking else 0) for week in found.weeks]
    known = [one for one in found.stretched if one.person_id in people][:MOST_DRAWN]
    strips = [(_("Without a pair"), lacking)] if found.lacking else []
    strips += [
        (
            _("%(name)s, at most %(most)d", name=people[one.person_id].name, most=one.most),
            [(led, _kind(led, one.most)) for led in one.led],
        )
        for one in known
    ]
    return charts.over_time(
        _("%(term)s, week by week", term=term.name), _said(term, found), weeks, strips
    )


def _label(monday: date) -> str:
    _weekday, day, month = filters.leaf(monday)
    return f"{day} {month}"


def _kind(led: int, most: int) -> int:
    if not led:
        return 0
    return 3 if led > most else 2 if led == most else 1


def _said(term: TermInfo, found: TermByWeek) -> str:
    """The picture in three sentences, for whoever hears it."""
    sessions = sum(week.sessions for week in found.weeks)
    over = sum(1 for one in found.stretched if one.over)
    return " ".join(
        (
            ngettext(
                "%(term)s: %(num)d session.",
                "%(term)s: %(num)d sessions.",
                sessions,
                term=term.name,
            ),
            ngettext(
                "%(num)d to come lacks a pair.", "%(num)d to come lack a pair.", found.lacking
            ),
            _stretched_words(found.stretched, over),
        )
    )


def _stretched_words(stretched: Sequence[Stretched], over: int) -> str:
    if not stretched:
        return str(_("Nobody leads as many sessions in a week as they said at most."))
    words: str = ngettext(
        "%(num)d person leads as many in some week as they said at most",
        "%(num)d people lead as many in some week as they said at most",
        len(stretched),
    )
    if over:
        words += ngettext(
            ", %(num)d of them more than that.", ", %(num)d of them more than that.", over
        )
        return words
    return f"{words}."
