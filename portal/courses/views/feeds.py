"""The catalogue for machines: calendars, a JSON feed, schema.org data, a sitemap.

Everything here is public and is asked for by programs that know no language: texts are the courses' own.
"""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

from flask import Response, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.courses.calendars import Chosen, calendar_of
from portal.courses.queries import dates, pages
from portal.courses.queries.cards import CourseCard
from portal.courses.views import asking
from portal.courses.views.catalogue import (
    LIST,
    base,
    blueprint,
    current_choices,
    current_listing,
    described,
    settings,
    zone,
)
from portal.courses.views.fresh import catalogue_tag
from portal.courses.views.schema_org import as_promised
from portal.db import db
from portal.plugin_api import public
from portal.ui.conditional import keep, not_modified

# --- calendars ---------------------------------------------------------------------------------------


@blueprint.get("/courses/<slug>.ics")
@public
def course_calendar(slug: str) -> ResponseReturnValue:
    """The sessions of all runs of a course that are not over, cancelled ones too."""
    info = pages.course(db.session, slug)
    if info is None:
        abort(404)
    runs = pages.runs_of_course(db.session, info.id, clock.now())
    return _calendar(info, [(run, one) for run in runs for one in run.meetings], slug)


@blueprint.get("/courses/<slug>/<reference>.ics")
@public
def run_calendar(slug: str, reference: str) -> ResponseReturnValue:
    """The sessions of one run."""
    run = pages.run(db.session, slug, reference)
    info = pages.course(db.session, slug)
    if run is None or info is None:
        abort(404)
    return _calendar(info, [(run, one) for one in run.meetings], reference)


@blueprint.get("/courses/<slug>/<reference>/<int:number>.ics")
@public
def session_calendar(slug: str, reference: str, number: int) -> ResponseReturnValue:
    """One session."""
    run = pages.run(db.session, slug, reference)
    info = pages.course(db.session, slug)
    chosen = [(run, one) for one in run.meetings if one.number == number] if run else []
    if info is None or not chosen:
        abort(404)
    return _calendar(info, chosen, f"{reference}-{number}")


def _calendar(info: pages.CourseInfo, chosen: Chosen, name: str) -> ResponseReturnValue:
    _version, _day, tag = catalogue_tag(zone())
    short = not_modified(tag)
    if short is not None:
        return short
    body = calendar_of(
        info.title,
        chosen,
        base_url=base(),
        college=settings().college.name,
        words={"online": _("Online"), "cancelled": _("Cancelled")},
        at=clock.now(),
    )
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return keep(response, tag)


# --- data --------------------------------------------------------------------------------------------


@blueprint.get("/courses.json")
@public
def feed() -> ResponseReturnValue:
    """The catalogue as data, with the same filters as the page; `next` leads to the next 20.

    The shape is documented in `docs/catalogue-feed.md`.
    """
    version, day, tag = catalogue_tag(zone())
    short = not_modified(tag)
    if short is not None:
        return short
    asked = asking.read(request.args, current_choices(version, day))
    found = current_listing(asked, version, day)
    path = f"{base()}{LIST}.json"
    body = {
        "version": 1,
        "title": settings().college.name,
        "home_page_url": asked.url(base() + LIST),
        "feed_url": asked.url(path, asked.cursor),
        "total": found.total,
        "more_than_100": found.total is None,
        "next": asked.url(path, found.following) if found.following else None,
        "courses": [_course_data(card) for card in found.cards],
    }
    return keep(_json(body, "application/json"), tag)


def _course_data(card: CourseCard) -> dict[str, Any]:
    run = card.run
    return {
        "id": card.slug,
        "url": base() + card.url,
        "title": card.title,
        "summary": card.summary,
        "topic": card.topic,
        "state": card.state.value,
        "drop_in": card.drop_in,
        "self_paced": card.self_paced,
        "for_supporters": card.for_supporters,
        "neighbour": card.adjacent,
        "sessions": card.planned_sessions,
        "minutes": card.planned_minutes,
        "next_run": run
        and {
            "reference": run.reference,
            "url": f"{base()}{card.url}/{run.reference}",
            "state": run.state.value,
            "mode": run.mode.value,
            "starts_at": as_promised(run.starts_at, zone()),
            "sessions": run.sessions,
            "venue": run.venue or None,
            "step_free": run.step_free,
            "places_free": run.places,
        },
    }


@blueprint.get("/courses/<slug>.jsonld")
@public
def course_data(slug: str) -> ResponseReturnValue:
    """A course as schema.org describes one, with an instance for every run to come."""
    info = pages.course(db.session, slug)
    if info is None:
        abort(404)
    runs = pages.runs_of_course(db.session, info.id, clock.now())
    _version, _day, tag = catalogue_tag(zone())
    return keep(_json(described(info, runs), "application/ld+json"), tag)


def _json(body: object, content_type: str) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), content_type=content_type)


@blueprint.get("/sitemap.xml")
@public
def sitemap() -> ResponseReturnValue:
    """Every public page that a search engine should know."""
    _version, _day, tag = catalogue_tag(zone())
    short = not_modified(tag)
    if short is not None:
        return short
    fixed = ("/", "/courses", "/calendar", "/prospectus", "/venues", "/about", "/accessibility")
    lines = [f"<url><loc>{escape(base() + path)}</loc></url>" for path in fixed]
    lines += [
        f"<url><loc>{escape(base() + path)}</loc><lastmod>{changed.date().isoformat()}</lastmod></url>"
        for path, changed in dates.sitemap(db.session)
    ]
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(lines)
        + "\n</urlset>\n"
    )
    return keep(Response(body, content_type="application/xml; charset=utf-8"), tag)
