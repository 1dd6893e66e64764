"""Reading: the list, one idea, its versions, a sheet to print, and where all of them are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from plugins.proposals import words
from plugins.proposals.forms.making import ListForm
from plugins.proposals.policies import COMMENT_DAYS, REVIEWS
from plugins.proposals.queries import lists, mine
from plugins.proposals.queries import versions as texts
from plugins.proposals.states import EARLY, WITH_TEXT, steps
from plugins.proposals.texts import NAME, compare, opening
from plugins.proposals.views.blueprint import blueprint, number_of, page_of
from portal.courses.api import courses_by_ids
from portal.messages.api import full_link
from portal.plugin_api import current_actor, db, public, setting, signed_in
from portal.ui.charts import bars
from portal.ui.pieces import kept_piece

if TYPE_CHECKING:
    from plugins.proposals.queries.shown import Shown


# Letters and lines of a section on the sheet, and of the idea itself: together they are one page of paper.
ON_A_SHEET = ((210, 4), (420, 8))
NAMES_ON_A_SHEET = 10


@blueprint.get("/")
@public
def index() -> str:
    """Every idea that the reader may see, by where it stands and by words."""
    form = ListForm(request.args)
    shelf = form.at.data if form.at.data in words.SHELVES else ""
    asked = (form.q.data or "")[:200]
    stages = words.SHELVES[shelf][1] if shelf else ()
    before, after = (number_of(request.args.get(name), 0) for name in ("before", "after"))
    actor = current_actor()
    found = lists.page(db.session, actor, stages=stages, words=asked, before=before, after=after)
    shown = kept_piece(
        *("proposals.index", shelf, asked, found), make=lambda: _list(shelf, asked, found)
    )
    return render_template("proposals/index.html", shown=shown, actor=actor)


def _list(shelf: str, asked: str, found: lists.Page) -> str:
    """What the list says to everybody who asks the same and may see the same."""

    def link(name: str, key: int) -> str:
        values: dict[str, Any] = {name: key, "q": asked or None, "at": shelf or None}
        return url_for("proposals.index", **values)

    return render_template(
        "proposals/_list.html",
        form=ListForm(MultiDict({"q": asked, "at": shelf})),
        page_of=found,
        filtered=bool(asked or shelf),
        newer=link("after", found.newer) if found.newer else "",
        older=link("before", found.older) if found.older else "",
        words=words,
    )


@blueprint.get("/mine")
@signed_in
def my_ideas() -> str:
    """What the reader makes with others."""
    found = mine.mine(db.session, current_actor().person_id or 0)
    return render_template("proposals/mine.html", ideas=found, words=words)


@blueprint.get("/how-it-works")
@public
def about() -> str:
    """What to expect before one takes part."""
    return render_template(
        "proposals/about.html",
        actor=current_actor(),
        days=int(setting(db.session, COMMENT_DAYS)),
        reviews=int(setting(db.session, REVIEWS)),
    )


@blueprint.get("/where-they-are")
@public
def stands() -> str:
    """How many stand where, and how long each stage took: a picture and its table."""
    found = lists.stands(db.session)
    chart = bars(
        _("Ideas at each stage now"),
        _("Stage"),
        _("Ideas"),
        [(str(words.STAGES[one.stage]), one.now) for one in found if one.now],
    )
    times = bars(
        _("How long those that went on had stood there"),
        _("Stage"),
        _("Days"),
        [(str(words.STAGES[one.stage]), one.days) for one in found if one.days is not None],
    )
    return render_template(
        "proposals/stands.html", stands=found, chart=chart, times=times, words=words
    )


@blueprint.get("/<ref>")
@public
def show(ref: str) -> str:
    """One idea: its text, who makes it, what is said of it, what happens next, what the reader can do."""
    page = page_of(ref)
    course = courses_by_ids(db.session, [page.course_id]) if page.course_id else {}
    return render_template(
        "proposals/show.html",
        one=page,
        words=words,
        course=course.get(page.course_id or 0),
        missing=_missing(page),
        can_write=page.makes_it and page.stage in WITH_TEXT,
        can_comment=page.can_comment,
        can_join=page.stage in steps.JOINED_IN,
        can_end=page.stage in steps.ENDED_FROM,
        actor=current_actor(),
    )


def _missing(page: Shown) -> list[str]:
    """Who is still to be found before drafting can end, for those who make it: to others it would say what
    the people who are named there bring.
    """
    if not page.makes_it or page.stage not in EARLY:
        return []
    here = frozenset(one.perspective for one in page.here)
    return [str(words.MISSING[group]) for group in steps.missing_among(here)]


@blueprint.get("/<ref>/versions")
@public
def versions(ref: str) -> str:
    """Every version that the reader may read."""
    page = page_of(ref)
    found = texts.versions(db.session, page.id, page.versions)
    return render_template("proposals/versions.html", one=page, versions=found)


@blueprint.get("/<ref>/versions/<int:old>/<int:new>")
@public
def versions_compared(ref: str, old: int, new: int) -> str:
    """Two versions side by side, with the words marked that only one has."""
    page = page_of(ref)
    found = texts.texts_of(db.session, page.id, page.versions & {old, new})
    if old not in found or new not in found:
        abort(404)
    headings = {**words.SECTION_NAMES}
    if NAME in found[old] and NAME in found[new]:  # older versions were kept without it
        headings = {NAME: _("Its name"), **headings}
    changed = [
        (heading, *compare(found[old].get(key, ""), found[new].get(key, "")))
        for key, heading in headings.items()
        if found[old].get(key, "") != found[new].get(key, "")
    ]
    return render_template("proposals/compare.html", one=page, old=old, new=new, changed=changed)


@blueprint.get("/<ref>/sheet")
@public
def sheet(ref: str) -> str:
    """One page to print for a meeting: how each part begins, and where the whole text is."""
    page = page_of(ref)
    openings = [
        (words.SECTION_NAMES[one.key], opening(one.words, *ON_A_SHEET[one.key == "idea"]))
        for one in page.texts
        if one.words
    ]
    return render_template(
        "proposals/sheet.html",
        one=page,
        texts=openings,
        named=[one.who for one in page.parts[:NAMES_ON_A_SHEET]],
        link=full_link("proposals.show", ref=ref),
        words=words,
    )
