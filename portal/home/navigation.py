"""The links that every page carries, made from what rooms and plugins answer: data, never HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, g, request, url_for
from flask_babel import gettext as _

from portal.db import db
from portal.plugin_api import Actor, NavItem, current_actor
from portal.plugin_api.dispatch import gather_nav
from portal.ui import Link

ADDRESSES = "portal_home_addresses"  # in app.extensions: addresses that are the same for everybody
LINKS = "home_links"  # in g: (whom they are for, the links)
FOOT_ENDPOINTS = ("home.about", "home.accessibility", "privacy.page", "home.glossary")


@dataclass(frozen=True, slots=True)
class StaffLink:
    """A link on the page "Run the college", with what it is for."""

    label: str
    url: str
    hint: str


def main_links() -> list[Link]:
    """The main navigation for whoever asks, in their language; the page at hand is marked.

    What is for running the college stands behind one link, so that the row stays short.
    """
    actor = current_actor()
    asked: Actor | None
    links: list[Link]
    asked, links = g.get(LINKS, (None, []))
    if asked is actor:
        return links
    path, root, known = request.path, request.script_root, _addresses()

    def link(item: NavItem) -> Link | None:
        url = (known.get((root, item.endpoint)) if not item.values else None) or _url(item)
        if item.area != "main":
            return None  # that there is one is all that this page says
        # str() translates the label here, where a fault is caught, and takes any HTML's power away.
        return Link(str(item.label), url, current=url == path)

    made = gather_nav(db.session, actor, link)
    links = [one for one in made if one is not None]
    if len(links) < len(made):
        url = address("home.staff")
        links.append(Link(_("Run the college"), url, current=url == path))
    setattr(g, LINKS, (actor, links))  # a page's name and the page itself both ask
    return links


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody's navigation leads to, in words: `(label, hint)`."""

    main: Sequence[tuple[str, str]]
    staff: Sequence[tuple[str, str]]


def seen_by(actor: Actor) -> Seen:
    """What stands in the navigation of somebody with these permissions, and on their "Run the college"."""
    made = gather_nav(
        db.session, actor, lambda item: (item.area, (str(item.label), str(item.hint)))
    )
    main = [words for area, words in made if area == "main"]
    staff = [words for area, words in made if area == "staff"]
    return Seen([*main, *([(_("Run the college"), "")] if staff else [])], staff)


def staff_links() -> Sequence[StaffLink]:
    """What whoever asks may do to run the college."""
    made = gather_nav(db.session, current_actor(), _staff_link)
    return [link for link in made if link is not None]


def _staff_link(item: NavItem) -> StaffLink | None:
    if item.area != "staff":
        return None
    return StaffLink(str(item.label), _url(item), str(item.hint))


def foot_links() -> Sequence[Link]:
    """The pages about the college, the same for everybody."""
    labels = (
        _("About us"),
        _("Accessibility"),
        _("What we keep about you"),
        _("Our words explained"),
    )
    return [
        Link(label, address(endpoint))
        for label, endpoint in zip(labels, FOOT_ENDPOINTS, strict=True)
    ]


def _url(item: NavItem) -> str:
    return url_for(item.endpoint, **item.values) if item.values else address(item.endpoint)


def address(endpoint: str) -> str:
    """The address of an endpoint without values, worked out once.

    Raises:
        BuildError: there is no such endpoint, or it needs values.
    """
    known = _addresses()
    key = (request.script_root, endpoint)
    if key not in known:
        known[key] = url_for(endpoint)
    return known[key]


def _addresses() -> dict[tuple[str, str], str]:
    """(where the portal is mounted, endpoint) → address, as far as it was asked for."""
    known: dict[tuple[str, str], str] = current_app.extensions.setdefault(ADDRESSES, {})
    return known
