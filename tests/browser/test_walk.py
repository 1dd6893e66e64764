"""A walk through the demo college: every page that links lead to, for four kinds of visitor.

A quick crawl finds the pages and sees that each answers. Then Chromium opens, for each kind of visitor,
the pages that those before could not open: so a page is examined once, by whoever meets it first.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from portal.accounts.testing import signed_in_client
from portal.plugin_host.boot import host_of
from tests.browser import harness

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser

    from portal.app import Portal
    from portal.plugin_api.testing import Lab

pytestmark = pytest.mark.browser
VISITORS = ("anonymous", "student", "coordinator", "treasurer", "administrator")
SAMPLES = 2  # pages of one view that are opened; and one more with a query
WIDTHS = (harness.OLD_PHONE, harness.DESK)
# Answers for machines and scripts, files to take home, and the style guide, which is for developers.
NOT_PAGES = {
    "accounts.ask_for_new_passkey",
    "accounts.ask_for_own_passkey",
    "accounts.ask_for_passkey",
    "accounts.still_here",
    "claims.statement_csv",
    "claims.statement_pdf",
    "plugin_host.healthz",
    "plugin_host.metrics_page",
    "plugin_host.readyz",
    "courses_manage.material_file",
    "enrolment.my_handout",
    "enrolment.register_handout",
    "enrolment.register_worker",
    "home.contributions_pdf",
    "home.robots",
    "courses.feed",
    "courses.sitemap",
    "ui_style.guide",
    "messages_style.notices",
}
# Linked only where there is something behind it: a course has handouts, calls and letters wait, there are
# two languages, somebody has a place to take a break from, may take none for a time, leads sessions or is on
# the way to it; a step of signing in, what follows a form; the site has an address of its own, as passkeys
# need; and pages of roles that no visitor here holds.
SOMETIMES = {
    "accounts.add_passkey",
    "accounts.ask_for_code",
    "accounts.new_email_waits",
    "accounts.prove",
    "accounts.prove_by_code",
    "accounts.remove_authenticator",
    "accounts.type_code",
    "accounts.type_number",
    "claims.remove_bank",
    "claims.several",
    "concerns.duty",
    "concerns.sent",
    "courses_manage.change_material",
    "courses_manage.remove_material",
    "privacy.erased",
    "privacy.records",
    "proposals.to_review",
    "accounts.change_language",
    "desk.calls",
    "desk.letters",
    "enrolment.my_block",
    "enrolment.my_break",
    "facilitators.adjustments",
    "facilitators.ask_support",
    "facilitators.away",
    "facilitators.mine",
    "facilitators.most",
    "facilitators.pathway_leave",
    "facilitators.support",
    "facilitators.times",
    "facilitators.topics",
}
LINK = re.compile(r"""<a\b[^>]*\bhref=["']([^"']*)["']""")


@pytest.fixture(scope="module")
def college(portal_lab: Lab) -> Iterator[Portal]:
    """The whole demo college on SQLite, with every installed plugin."""
    from portal.home.api import seed_demo

    app = portal_lab.app("sqlite", [], plugins=None)
    with app.app_context():
        seed_demo(app)
    return app


@pytest.fixture(scope="module")
def college_site(college: Portal) -> Iterator[str]:
    with harness.served(college) as base:
        yield base


@dataclass(frozen=True)
class Walk:
    """Where one kind of visitor came: the pages met, and what was wrong with them."""

    client: FlaskClient
    pages: list[str]
    wrong: list[str]


@pytest.fixture(scope="module")
def walk_of(college: Portal) -> Callable[[str], Walk]:
    """`walk_of("student")`: each kind of visitor walks once, when first asked for."""

    @cache
    def walk(visitor: str) -> Walk:
        client = client_of(college, visitor)
        return Walk(client, *crawl(college, client))

    return walk


def client_of(app: Portal, visitor: str) -> FlaskClient:
    if visitor == "anonymous":
        return app.test_client()
    return signed_in_client(app, () if visitor == "student" else (visitor,))


def endpoint_of(app: Portal, path: str) -> str:
    """The view behind a path; empty for none."""
    try:
        endpoint, _values = app.url_map.bind("localhost").match(path, method="GET")
    except HTTPException:
        return ""
    return str(endpoint)


def met_first_by(app: Portal, visitor: str, endpoint: str) -> bool:
    """True when this kind of visitor may open the view, and nobody before them in the list may."""
    registry = host_of(app).registry
    access = registry.access[endpoint, "GET"]
    if access.kind != "requires":
        return visitor == ("anonymous" if access.kind == "public" else "student")
    bundles = registry.role_permissions()
    able = [who for who in VISITORS if access.permission in bundles.get(who, ())]
    return bool(able) and able[0] == visitor


def crawl(app: Portal, client: FlaskClient) -> tuple[list[str], list[str]]:
    """Follow links from the front page. Returns the pages met, and what is wrong with them."""
    waiting, known = deque(["/"]), {"/"}
    seen: Counter[tuple[str, bool]] = Counter()
    pages: list[str] = []
    wrong: list[str] = []
    while waiting:
        address = waiting.popleft()
        path, query = urlsplit(address).path, urlsplit(address).query
        endpoint = endpoint_of(app, path)
        seen[endpoint, bool(query)] += 1
        if seen[endpoint, bool(query)] > (1 if query else SAMPLES):
            continue
        answer = client.get(address)
        if answer.status_code in {301, 302, 303, 307, 308}:
            target = urlsplit(answer.headers["Location"])
            links = [target.path + (f"?{target.query}" if target.query else "")]
        elif answer.status_code != 200:
            wrong.append(f"{address} answered {answer.status_code}")
            continue
        elif answer.mimetype == "text/html":
            pages.append(address)
            links = [unescape(link).partition("#")[0] for link in LINK.findall(answer.text)]
        else:
            continue
        for link in links:
            if link.startswith("/") and not link.startswith("//") and link not in known:
                known.add(link)
                waiting.append(link)
    return pages, wrong


def faults_of(site: harness.Watched, address: str, college_name: str) -> list[str]:
    """Everything that is wrong with one page, each with its address."""
    page = site.page
    page.set_viewport_size({"width": harness.PHONE[0], "height": harness.PHONE[1]})
    answer = page.goto(site.base + address)
    found: list[str] = []
    if answer is None or answer.status != 200:
        return [f"{address}: answered {answer.status if answer else 'nothing'}"]
    if page.locator("h1").count() != 1:
        found.append(f"{address}: {page.locator('h1').count()} main headings")
    title = page.title()
    if not title.endswith(f" – {college_name}") or title.startswith(" – "):
        found.append(f"{address}: its title is {title!r}")
    checks: list[Any] = [
        harness.assert_accessible,
        harness.assert_forms_ok,
        harness.assert_no_sideways_scroll,
    ]
    for check in checks:
        found += complaint(check, page, address)
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        found += complaint(harness.assert_no_sideways_scroll, page, f"{address} at {width} px")
    return found


def complaint(check: Any, page: Any, place: str) -> list[str]:
    try:
        check(page)
    except AssertionError as error:
        return [f"{place}: {error}"]
    return []


@pytest.mark.parametrize("visitor", VISITORS)
def test_every_page_that_links_lead_to_is_sound(
    visitor: str,
    college: Portal,
    college_site: str,
    browser: Browser,
    walk_of: Callable[[str], Walk],
) -> None:
    walk = walk_of(visitor)
    mine = [
        page
        for page in walk.pages
        if met_first_by(college, visitor, endpoint_of(college, urlsplit(page).path))
    ]

    assert walk.wrong == []
    assert mine, f"the walk of {visitor} met no page of their own"
    with harness.watched(browser, college_site) as site:
        # The same person: some of the pages are theirs alone.
        key = walk.client.get_cookie("session")
        if key is not None:
            site.page.context.add_cookies(
                [{"name": "session", "value": key.value, "url": college_site}]
            )
        faults = [
            fault for page in mine for fault in faults_of(site, page, college.settings.college.name)
        ]
    assert faults == []
    assert list(host_of(college).registry.faults) == []


def test_the_walk_reaches_every_page_without_values(
    college: Portal, walk_of: Callable[[str], Walk]
) -> None:
    """A page that nobody can reach by links is lost to everybody who does not know its address."""
    reached = {
        endpoint_of(college, urlsplit(page).path)
        for visitor in VISITORS
        for page in walk_of(visitor).pages
    }
    lost = sorted(
        rule.endpoint
        for rule in college.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.arguments
        and rule.endpoint not in reached | NOT_PAGES | SOMETIMES
    )
    assert not lost, " ".join(lost)
