"""The catalogue for machines: calendars, a JSON feed, schema.org data, a sitemap.

Everything here is public and is asked for by programs that know no language: texts are the courses' own.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.config import Settings
from portal.courses.calendars import Chosen, calendar_of
from portal.courses.models import Mode, RunState
from portal.courses.queries import dates, pages
from portal.courses.queries.cards import CourseCard
from portal.courses.views import asking
from portal.courses.views.catalogue import (
    LIST,
    blueprint,
    current_choices,
    current_listing,
    zone,
)
from portal.courses.views.fresh import catalogue_tag
from portal.db import db
from portal.plugin_api import public
from portal.ui.conditional import keep, not_modified

ATTENDANCE = {
    Mode.IN_PERSON: "https://schema.org/OfflineEventAttendanceMode",
    Mode.ONLINE: "https://schema.org/OnlineEventAttendanceMode",
    Mode.BOTH: "https://schema.org/MixedEventAttendanceMode",
}


def _settings() -> Settings:
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # the portal's own app
    return settings


def _base() -> str:
    return _settings().base_url + request.script_root


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
        base_url=_base(),
        college=_settings().college.name,
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
    path = f"{_base()}{LIST}.json"
    body = {
        "version": 1,
        "title": _settings().college.name,
        "home_page_url": asked.url(_base() + LIST),
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
        "url": _base() + card.url,
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
            "url": f"{_base()}{card.url}/{run.reference}",
            "state": run.state.value,
            "mode": run.mode.value,
            "starts_at": _as_promised(run.starts_at),
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
    college = _settings().college
    runs = pages.runs_of_course(db.session, info.id, clock.now())
    body = {
        "@context": "https://schema.org",
        "@type": "Course",
        "@id": _base() + info.url,
        "url": _base() + info.url,
        "name": info.title,
        "description": info.summary or info.title,
        "about": info.topic,
        "isAccessibleForFree": True,
        "provider": {
            "@type": "EducationalOrganization",
            "name": college.name,
            "url": _base() + "/",
        },
        "offers": {
            "@type": "Offer",
            "category": "Free",
            "price": 0,
            "priceCurrency": "GBP",
        },
        "hasCourseInstance": [_instance(run) for run in runs if run.starts_at and run.ends_at],
    }
    _version, _day, tag = catalogue_tag(zone())
    return keep(_json(body, "application/ld+json"), tag)


def _instance(run: pages.RunInfo) -> dict[str, Any]:
    status = "EventCancelled" if run.cancelled else "EventScheduled"
    instance: dict[str, Any] = {
        "@type": "CourseInstance",
        "@id": _base() + run.url,
        "url": _base() + run.url,
        "courseMode": {Mode.IN_PERSON: "onsite", Mode.ONLINE: "online", Mode.BOTH: "blended"}[
            run.mode
        ],
        "eventAttendanceMode": ATTENDANCE[run.mode],
        "eventStatus": f"https://schema.org/{status}",
        "courseSchedule": {
            "@type": "Schedule",
            "repeatFrequency": "Weekly",
            "repeatCount": sum(not one.cancelled for one in run.meetings),
        },
    }
    if run.starts_at and run.ends_at:
        instance["startDate"] = _as_promised(run.starts_at)
        instance["endDate"] = _as_promised(run.ends_at)
    if run.state in {RunState.OPEN, RunState.RUNNING}:
        instance["remainingAttendeeCapacity"] = run.places
    if run.place is not None and run.mode is not Mode.ONLINE:
        instance["location"] = {
            "@type": "Place",
            "name": run.place.name,
            "address": ", ".join(part for part in (run.place.address, run.place.postcode) if part),
        }
    return instance


def _as_promised(instant: datetime) -> str:
    """With the offset of the college's own clock: whoever shows only the digits shows the right ones."""
    return clock.utc_to_wall(instant, zone()).isoformat()


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
    lines = [f"<url><loc>{escape(_base() + path)}</loc></url>" for path in fixed]
    lines += [
        f"<url><loc>{escape(_base() + path)}</loc><lastmod>{changed.date().isoformat()}</lastmod></url>"
        for path, changed in dates.sitemap(db.session)
    ]
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(lines)
        + "\n</urlset>\n"
    )
    return keep(Response(body, content_type="application/xml; charset=utf-8"), tag)
