"""How the home room joins the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from portal.plugin_api import Actor, Manifest, NavItem, RouteSample, Setting, hookimpl


@hookimpl
def manifest() -> Manifest:
    """The room's name and version."""
    return Manifest("home", _l("Home"), "1", required=True)


@hookimpl
def blueprints() -> Sequence[Blueprint]:
    """The landing page, My page, search, and the pages about the college."""
    from portal.home.views import bp

    return [bp]


@hookimpl
def settings() -> Sequence[Setting]:
    """What the pages about the college promise."""
    return [
        Setting(
            "home:reply_days",
            default=5,
            label=_l("We answer within"),
            help=_l("How soon people hear back when they write to the college."),
            unit=_l("working days"),
        )
    ]


@hookimpl
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """My page; who we are, for those who do not know it yet; search for everybody."""
    if actor.is_signed_in:
        yield NavItem(_l("My page"), "home.me", order=10)
    else:
        yield NavItem(_l("About us"), "home.about", order=80)
    yield NavItem(_l("Search"), "home.search", order=90)


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """Every page of this room is a plain GET; four are for people who are signed in."""
    everybody = ("landing", "search", "about", "accessibility", "glossary", "robots")
    return [
        *(RouteSample(f"home.{name}", "GET", public=True) for name in everybody),
        RouteSample("home.as_role", "GET", lambda _session: {"role": "coordinator"}, public=True),
        *(
            RouteSample(f"home.{name}", "GET", roles=("student",))
            for name in ("me", "contributions", "contributions_pdf", "staff")
        ),
    ]
