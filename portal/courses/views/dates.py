"""The public pages about time and place: the calendar, terms, venues, the printable prospectus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from portal import clock
from portal.courses.queries import dates, pages
from portal.courses.queries.filters import day_start
from portal.courses.views.asking import read_day
from portal.courses.views.catalogue import blueprint, today, zone
from portal.courses.views.fresh import catalogue_tag
from portal.db import db
from portal.plugin_api import public
from portal.ui.conditional import keep, not_modified

WEEKS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Week:
    """The sessions of one week, by day; it begins on a Monday."""

    monday: date
    days: tuple[tuple[date, tuple[dates.Entry, ...]], ...]


@blueprint.get("/calendar")
@public
def calendar() -> ResponseReturnValue:
    """What is on in the four weeks from a Monday: a list, because a grid is no use on a phone."""
    _version, now, tag = catalogue_tag(zone())
    first = read_day(request.args) or now
    monday = first - timedelta(days=first.weekday())
    short = not_modified(tag)
    if short is not None:
        return short
    after = monday + timedelta(weeks=WEEKS_SHOWN)
    entries = dates.calendar(db.session, day_start(monday, zone()), day_start(after, zone()))
    this_monday = now - timedelta(days=now.weekday())
    return keep(
        render_template(
            "courses/calendar.html",
            weeks=tuple(_weeks(entries)),
            monday=monday,
            last=after - timedelta(days=1),
            earlier=_from(monday - timedelta(weeks=WEEKS_SHOWN)),
            later=_from(after),
            now_url="" if monday == this_monday else "calendar",
            cut=len(entries) == dates.CALENDAR_MOST,
        ),
        tag,
    )


def _from(monday: date) -> str:
    return f"calendar?from={monday.isoformat()}"


def _weeks(entries: tuple[dates.Entry, ...]) -> Iterator[Week]:
    def day_of(entry: dates.Entry) -> date:
        return clock.local_date(entry.starts_at, zone())

    days = [(day, tuple(held)) for day, held in groupby(entries, key=day_of)]
    for monday, held in groupby(days, key=lambda pair: pair[0] - timedelta(days=pair[0].weekday())):
        yield Week(monday, tuple(held))


@blueprint.get("/venues")
@public
def venues() -> ResponseReturnValue:
    """Where the college meets."""
    return keep(render_template("courses/venues.html", places=pages.places(db.session)), _tag())


@blueprint.get("/venues/<slug>")
@public
def venue(slug: str) -> ResponseReturnValue:
    """One venue: how to get there and in."""
    place = pages.place(db.session, slug)
    if place is None:
        abort(404)
    return keep(render_template("courses/venue.html", place=place), _tag())


def _tag() -> str:
    return catalogue_tag(zone())[2]


@blueprint.get("/prospectus")
@public
def prospectus() -> ResponseReturnValue:
    """The prospectus of the term that is on, or comes next."""
    known = pages.terms(db.session, today())
    return _prospectus(known[0] if known else None, known)


@blueprint.get("/prospectus/<slug>")
@public
def prospectus_of(slug: str) -> ResponseReturnValue:
    """The prospectus of one term, to read or to print."""
    known = pages.terms(db.session)
    term = next((one for one in known if one.slug == slug), None)
    if term is None:
        abort(404)
    return _prospectus(term, known)


def _prospectus(
    term: pages.TermInfo | None, known: tuple[pages.TermInfo, ...]
) -> ResponseReturnValue:
    topics = dates.prospectus(db.session, term.slug) if term is not None else ()
    html = render_template("courses/prospectus.html", term=term, terms=known, topics=topics)
    return keep(html, _tag())
