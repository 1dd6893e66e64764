"""Pages that gather from all, and pages about the college. HTTP only."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from portal import clock
from portal.accounts.api import ROLE_NAMES, ROLES, example_of
from portal.config import Settings
from portal.db import db
from portal.facilitators.api import contribution_record, record_paper
from portal.home import services
from portal.home.navigation import address, seen_by, staff_links
from portal.plugin_api import Card, current_actor, public, signed_in
from portal.plugin_api.dispatch import gather_cards, gather_example_cards, setting
from portal.ui.paper import can_typeset, paper_file

# An example leads nowhere: what is behind a link is somebody's own, or not for the visitor.
LINKED = re.compile(r"</?a\b[^<>]*>")
ROLE_PERMISSIONS = "portal_role_permissions"  # in app.extensions, filled by the host

bp = Blueprint("home", __name__, template_folder="templates")


@bp.context_processor
def addresses() -> dict[str, Any]:
    """`address(endpoint)` for this room's templates: as `url_for`, but worked out once."""
    return {"address": address}


@bp.get("/")
@public
def landing() -> ResponseReturnValue:
    """Who the college is, and the way to its courses."""
    return render_template(
        "home/landing.html",
        actor=current_actor(),
        soon=services.starting_soon(db.session, _zone()),
        place=services.main_place(db.session, _settings().college.address),
    )


@bp.get("/me")
@signed_in
def me() -> ResponseReturnValue:
    """My page: what rooms and plugins have for this person."""
    actor = current_actor()
    cards = gather_cards(db.session, actor, _card_renderer())
    return render_template("home/me.html", actor=actor, cards=cards)


def _card_renderer() -> Callable[[Card], Markup]:
    """Renders a card as `render_template` would; what all cards share is put together only once."""
    environment = current_app.jinja_env
    shared: dict[str, Any] = dict(environment.globals)
    current_app.update_template_context(shared)

    def render(card: Card) -> Markup:
        template = environment.get_template(card.template)
        # shared=True: Jinja need not copy every global again for each card.
        context = template.new_context({**shared, **card.context}, shared=True)
        return Markup("".join(template.root_render_func(context)))  # noqa: S704 - autoescaped

    return render


@bp.get("/roles/<role>/example")
@public
def as_role(role: str) -> ResponseReturnValue:
    """The navigation and My page as a role sees them, with invented people alone."""
    if role not in ROLES:
        abort(404)
    bundles: dict[str, frozenset[str]] = current_app.extensions[ROLE_PERMISSIONS]
    actor = example_of(role, bundles, _("Robin"))
    cards = gather_example_cards(db.session, actor, _card_renderer())
    return render_template(
        "home/as_role.html",
        role=role,
        role_name=ROLE_NAMES[role],
        actor=actor,
        seen=seen_by(actor),
        cards=[Markup(LINKED.sub("", card)) for card in cards],  # noqa: S704 - autoescaped before
    )


@bp.get("/me/contributions")
@signed_in
def contributions() -> ResponseReturnValue:
    """My contributions: what this person gave, with the hours where they are counted."""
    actor = current_actor()
    return render_template(
        "home/contributions.html",
        actor=actor,
        record=contribution_record(db.session, actor, actor.person_id),
        today=_today(),
        can_typeset=can_typeset(),
    )


@bp.get("/me/contributions.pdf")
@signed_in
def contributions_pdf() -> ResponseReturnValue:
    """The same as a file to keep or send. Where a part is missing there is none."""
    actor, instead = current_actor(), address("home.contributions")
    record = contribution_record(db.session, actor, actor.person_id)
    if record.missing:
        return redirect(instead, 303)
    return paper_file(record_paper(record, actor.name, _today()), "contributions", instead)


@bp.get("/staff")
@signed_in
def staff() -> ResponseReturnValue:
    """Run the college: the pages that this person's roles open."""
    return render_template("home/staff.html", links=staff_links())


@bp.get("/search")
@public
def search() -> ResponseReturnValue:
    """One box over every room and plugin."""
    query = services.clean_query(request.args.get("q", ""))
    found = services.search(db.session, query, current_actor()) if query else None
    return render_template("home/search.html", query=query, found=found)


@bp.get("/about")
@public
def about() -> ResponseReturnValue:
    """What a recovery college is, and what making it together means here."""
    return render_template("home/about.html", reply_days=_reply_days())


@bp.get("/accessibility")
@public
def accessibility() -> ResponseReturnValue:
    """What works for whom, what does not yet, and whom to tell."""
    return render_template("home/accessibility.html", reply_days=_reply_days())


@bp.get("/glossary")
@public
def glossary() -> ResponseReturnValue:
    """The words that the college uses."""
    return render_template("home/glossary.html")


@bp.get("/robots.txt")
@public
def robots() -> ResponseReturnValue:
    """What search engines may read: the public pages, never anybody's own."""
    lines = (
        "User-agent: *",
        "Disallow: /me",
        "Disallow: /manage",
        "Disallow: /staff",
        "Disallow: /search",
        "Disallow: /display",
        f"Sitemap: {_settings().base_url}/sitemap.xml",
    )
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _settings() -> Settings:
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # a Portal has settings
    return settings


def _zone() -> str:
    return _settings().timezone


def _today() -> date:
    return clock.local_date(clock.now(), _zone())


def _reply_days() -> int:
    return int(setting(db.session, "home:reply_days"))
