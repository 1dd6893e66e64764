"""Requests a second against the floors: the public list, signed in, not modified, My page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import sqlalchemy as sa
from markupsafe import escape

from tests.bench import college, floors
from tests.bench.gates import Gate, Result
from tests.bench.load import Effort, Page, compare
from tests.bench.places import Place
from tests.bench.servers import Server, ask, serving

if TYPE_CHECKING:
    from portal.app import Portal

PUBLIC = Gate("public", "public list of 20 courses, 6 plugins ÷ (b)", 1.2, "at least")
SIGNED_IN = Gate("signed-in", "the same, signed in ÷ (b)", 0.8, "at least")
PLUGIN_LIST = Gate("plugin-list", "a plugin's list, signed in ÷ (b)", 0.4, "at least")
NOT_MODIFIED = Gate("not-modified", "public list, not modified (304) ÷ (b)", 2.5, "at least")
MY_PAGE = Gate("my-page", "My page ÷ hand-written page (d), in time", 1.1, "at most")
GATES = (PUBLIC, SIGNED_IN, PLUGIN_LIST, NOT_MODIFIED, MY_PAGE)

LIST, ON_A_PAGE = "/courses", 20
CARDS = ("Notices", "Meals", "Lifts", "Books", "Walks", "Songs")


def measure(place: Place, effort: Effort, wanted: set[str]) -> Iterator[Result]:
    """The rows of this module that are wanted, on one engine."""
    gates = [gate for gate in GATES if gate.name in wanted]
    if not gates:
        return
    app = place.portal()
    sam, alex = college.sign_in(app), college.sign_in(app, "coordinator")
    titles = first_titles(app)
    with ExitStack() as running:
        folder = place.folder
        portal = running.enter_context(
            serving("tests.bench.college:serve()", folder, place.settings())
        )
        lists = running.enter_context(
            serving("tests.bench.floors:list_app()", folder, place.floor())
        )
        pages = running.enter_context(
            serving("tests.bench.floors:page_app()", folder, place.floor())
        )
        floor = Page(lists, "/", holds=["Sleep &amp; rest, group 672"])
        for gate in gates:
            if gate is PUBLIC:
                ours = Page(portal, LIST, holds=titles)
            elif gate is SIGNED_IN:
                ours = Page(portal, LIST, sam.headers, holds=[*titles, str(escape(sam.name))])
            elif gate is PLUGIN_LIST:
                held = [f"Notice {number} &amp; more" for number in range(college.NOTICES)]
                ours = Page(portal, "/noticeboard/", sam.headers, holds=[*held, sam.name])
            elif gate is NOT_MODIFIED:
                tag, fault = tag_that_is_right(app, portal, sam, alex)
                if fault:
                    yield Result(gate, place.engine, 0, fault=fault)
                    continue
                ours = Page(portal, LIST, {"If-None-Match": tag}, status=304)
            else:
                yield _my_page(place, effort, portal, pages, sam)
                continue
            yield compare(gate, place.engine, ours, floor, effort)


def _my_page(
    place: Place, effort: Effort, portal: Server, floor: Server, who: college.Person
) -> Result:
    cards = [f"<h2>{title}</h2>" for title in CARDS]
    ours = Page(portal, "/me", who.headers, holds=[*cards, f"Hello {who.name}"])
    held = [f"<h2>{name}</h2>" for name in floors.SECTIONS]
    theirs = Page(floor, "/me", {"Cookie": floors.page_cookie()}, holds=held)
    rate = compare(MY_PAGE, place.engine, ours, theirs, effort)
    return rate if rate.fault else Result(MY_PAGE, place.engine, 1 / rate.value, rate.detail)


def first_titles(app: Portal) -> list[str]:
    """The titles on the first page of the list, as HTML: what every right answer holds.

    Asked of the tables in the plainest way, apart from the portal's own queries.
    """
    from portal.courses.models import Course, Run
    from portal.db import db

    first = (
        sa.select(Course.title)
        .join(Run, Run.course_id == Course.id)
        .order_by(Run.first_starts_at)
        .limit(ON_A_PAGE)
    )
    with app.app_context():
        return sorted({str(escape(title)) for title in db.session.scalars(first)})


def tag_that_is_right(
    app: Portal, portal: Server, sam: college.Person, alex: college.Person
) -> tuple[str, str]:
    """(the visitor's ETag, what is wrong): a tag must never bring anybody a page that is not theirs.

    Changes a course, so that the tag from before must stop counting.
    """
    before = ask(portal, LIST).headers.get("etag", "")
    if not before:
        return "", f"{LIST} has no ETag"
    if ask(portal, LIST, {"If-None-Match": before}).status != 304:
        return "", "the same visitor's own ETag was not taken"
    tags = {"a visitor": before}
    for who in (sam, alex):
        tags[who.name] = ask(portal, LIST, who.headers).headers.get("etag", "")
    people = {"a visitor": {}, sam.name: sam.headers, alex.name: alex.headers}
    for owner, tag in tags.items():
        for name, headers in people.items():
            if name == owner or not tag:
                continue
            answer = ask(portal, LIST, {**headers, "If-None-Match": tag})
            if answer.status != 200 or (headers and name not in answer.body.decode()):
                return "", f"the ETag of {owner} was taken from {name}"
    larger = {"Cookie": "display=text-l", "If-None-Match": before}
    if ask(portal, LIST, larger).status != 200:
        return "", "the ETag stood for other display settings too"
    _change_first(app)
    if ask(portal, LIST, {"If-None-Match": before}).status != 200:
        return "", "the ETag stood after a course had changed"
    return ask(portal, LIST).headers["etag"], ""


def _change_first(app: Portal) -> None:
    """Change one course, as a coordinator would, and leave its title as it was."""
    from portal.courses.models import ChangeKind, Course
    from portal.courses.services import history
    from portal.db import unit_of_work
    from portal.plugin_api import SYSTEM

    with app.app_context(), unit_of_work() as session:
        course = session.scalars(sa.select(Course).order_by(Course.id).limit(1)).one()
        changes = history.apply(course, {"what_to_bring": f"A cup ({course.version})"})
        course.version += 1
        history.note(
            session,
            SYSTEM,
            ChangeKind.COURSE,
            course.id,
            "edited",
            course_id=course.id,
            changes=changes,
        )
