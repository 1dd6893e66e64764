"""The public pages: the catalogue, courses, runs and sessions. HTTP only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal import clock
from portal.accounts.api import PersonRef, people_by_ids
from portal.config import Settings
from portal.courses import words
from portal.courses.models import CourseState, RunState
from portal.courses.queries import catalogue as listing
from portal.courses.queries import pages
from portal.courses.queries.cards import CourseCard
from portal.courses.queries.catalogue import Choices, Listing
from portal.courses.views import asking
from portal.courses.views.fresh import catalogue_tag
from portal.courses.views.kept import kept
from portal.courses.views.schema_org import course_data
from portal.db import db
from portal.plugin_api import CourseAction, RunBrief, current_actor, public
from portal.plugin_api.dispatch import gather_course_actions, gather_thread
from portal.ui import current_page
from portal.ui.conditional import answer, keep

blueprint = Blueprint("courses", __name__, template_folder="../templates")
LIST = "/courses"
_NAME = re.compile(r"[\w.-]{1,120}")


@blueprint.url_value_preprocessor
def refuse_odd_names(endpoint: str | None, values: dict[str, Any] | None) -> None:  # noqa: ARG001 - Flask's signature
    """A name that no record can have is an unknown page, not a question for the database."""
    for value in (values or {}).values():
        if not _NAME.fullmatch(str(value)):
            abort(404)


@blueprint.context_processor
def with_words() -> dict[str, Any]:
    """Templates know the room's words, and where the portal begins."""
    return {"words": words, "root": request.script_root}


def settings() -> Settings:
    """The portal's settings."""
    found: Settings = current_app.settings  # type: ignore[attr-defined]  # the portal's own app
    return found


def zone() -> str:
    """The zone in which the college promises its times."""
    return settings().timezone


def base() -> str:
    """What the portal's full addresses begin with."""
    return settings().base_url + request.script_root


def described(info: pages.CourseInfo, runs: Sequence[pages.RunInfo]) -> dict[str, Any]:
    """The course and these runs for search engines."""
    college = settings().college.name
    return course_data(info, runs, base_url=base(), college=college, zone=zone())


def today() -> date:
    """The date that somebody at the college would write down."""
    return clock.local_date(clock.now(), zone())


@blueprint.get(LIST)
@public
def index() -> ResponseReturnValue:
    """The catalogue: every course with its next run, narrowed by what the visitor chose."""
    version, day, tag = catalogue_tag(zone())
    return answer(tag, lambda: _index(version, day))


def _index(version: int, day: date) -> str:
    """The whole page; what it says to everybody is kept, and only the frame is each reader's own."""
    asked = asking.read(request.args, current_choices(version, day))
    key = ("html", day, current_page().lang, request.script_root, asked)
    content = kept().get(version, key, lambda: _list(asked, version, day))
    return render_template("courses/index.html", asked=asked, content=content)


def _list(asked: asking.Asked, version: int, day: date) -> Markup:
    choices = current_choices(version, day)
    found = current_listing(asked, version, day)
    path = request.script_root + LIST
    html = render_template(
        "courses/_list.html",
        asked=asked,
        listing=found,
        cards=_cards(found.cards),
        chips=asking.chips(asked, choices, path),
        options=asking.options(asked, choices),
        path=path,
        next_url=asked.url(path, found.following) if found.following else "",
        first_url=asked.url(path) if asked.cursor else "",
    )
    return Markup(html)  # noqa: S704 - autoescaped by the template


def current_choices(version: int, day: date) -> Choices:
    """What the form offers, kept until the catalogue changes."""
    made = kept().get(version, ("choices", day), lambda: listing.choices(db.session, day))
    if not asking.knows_all(request.args, made):
        # Somebody follows a link to what these choices lack: look again before leaving it out.
        made = listing.choices(db.session, day)
    return made


def current_listing(asked: asking.Asked, version: int, day: date) -> Listing:
    """The page of the catalogue that was asked for, kept until the catalogue or the day changes."""
    key = ("list", day, asked.filters, asked.query.words, asked.by_title, asked.cursor)
    return kept().get(
        version,
        key,
        lambda: listing.find(
            db.session,
            asked.filters,
            today=day,
            zone=zone(),
            by_title=asked.by_title,
            cursor=asked.cursor,
            query=asked.query,
        ),
    )


def _cards(cards: Sequence[CourseCard]) -> list[tuple[CourseCard, Markup]]:
    language, here, root = current_page().lang, zone(), request.script_root
    return [(card, _card(card, language, here, root)) for card in cards]


@lru_cache(maxsize=2048)
def _card(card: CourseCard, language: str, here: str, root: str) -> Markup:  # noqa: ARG001 - the key: all that a card depends on
    """One card as HTML. Everything that it shows is in the arguments, so it may be kept."""
    html = render_template("courses/_card.html", card=card)
    return Markup(html)  # noqa: S704 - autoescaped by the template


@blueprint.get("/courses/<slug>")
@public
def course(slug: str) -> ResponseReturnValue:
    """One course: what it is like, who leads it, when and where, and how it came to be."""
    info = pages.course(db.session, slug)
    if info is None:
        abort(404)
    now = clock.now()
    runs = pages.runs_of_course(db.session, info.id, now)
    thread = gather_thread(db.session, info.id, current_actor())
    return _answer(
        render_template(
            "courses/course.html",
            course=info,
            runs=runs,
            data=described(info, runs),
            now=now,
            leaders=_leaders(runs),
            thread=thread,
            actions=_actions(info.id, runs),
            making=info.state in {CourseState.IDEA, CourseState.CO_PRODUCTION},
        )
    )


@blueprint.get("/courses/<slug>/<reference>")
@public
def run(slug: str, reference: str) -> ResponseReturnValue:
    """One run: its sessions, its place, and how to put it in a calendar."""
    info, one = _run(slug, reference)
    return _answer(
        render_template(
            "courses/run.html",
            course=info,
            run=one,
            leaders=_leaders((one,)),
            actions=_actions(info.id, (one,)),
        )
    )


@blueprint.get("/courses/<slug>/<reference>/<int:number>")
@public
def session(slug: str, reference: str, number: int) -> ResponseReturnValue:
    """One session of a run."""
    info, one = _run(slug, reference)
    meeting = next((meeting for meeting in one.meetings if meeting.number == number), None)
    if meeting is None:
        abort(404)
    people = _people(meeting.leader_ids)
    return _answer(
        render_template(
            "courses/session.html",
            course=info,
            run=one,
            meeting=meeting,
            people=people,
            actions=_actions(info.id, (one,)),
        )
    )


def _run(slug: str, reference: str) -> tuple[pages.CourseInfo, pages.RunInfo]:
    one = pages.run(db.session, slug, reference)
    info = pages.course(db.session, slug) if one is not None else None
    if one is None or info is None:
        abort(404)
    return info, one


def _actions(course_id: int, runs: Sequence[pages.RunInfo]) -> dict[int | None, list[CourseAction]]:
    """What the visitor can do, by run; None stands for the course itself."""
    now = clock.now()
    briefs = [
        RunBrief(
            id=one.id,
            takes_people=one.state in {RunState.OPEN, RunState.RUNNING}
            and one.opening_after(now) is not None,
            full=one.full,
            drop_in=one.drop_in,
        )
        for one in runs
    ]
    found: dict[int | None, list[CourseAction]] = {}
    for action in gather_course_actions(db.session, course_id, briefs, current_actor()).items:
        found.setdefault(action.run_id, []).append(action)
    return found


def _leaders(runs: Sequence[pages.RunInfo]) -> dict[int, list[PersonRef]]:
    """Who leads each run, by its id. Names are for people who are signed in."""
    ids = {person for one in runs for person in one.leader_ids}
    if not ids or not current_actor().is_signed_in:
        return {}
    known = people_by_ids(db.session, ids)
    return {one.id: [known[who] for who in one.leader_ids if who in known] for one in runs}


def _people(ids: Sequence[int]) -> list[PersonRef]:
    if not ids or not current_actor().is_signed_in:
        return []
    known = people_by_ids(db.session, ids)
    return [known[who] for who in ids if who in known]


def _answer(html: str) -> ResponseReturnValue:
    """A page that plugins add to: named by what it says, so an unchanged one is not sent again."""
    if current_actor().is_signed_in:
        return keep(html, "")
    response = keep(html, "page")
    response.add_etag(overwrite=True)
    return response.make_conditional(request)
