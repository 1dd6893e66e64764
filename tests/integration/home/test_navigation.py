"""Navigation: links from every plugin, as data, in the reader's language."""

from __future__ import annotations

import re
from typing import Any

import pytest
from markupsafe import Markup

from portal.plugin_api import NavItem
from tests.plugins import make_plugin, returning


def links(html: str) -> dict[str, str]:
    """Label → whole tag of the links in the wide navigation."""
    nav = html.split("rc-nav--wide", 1)[1].split("</nav>", 1)[0]
    return {label.strip(): tag for tag, label in re.findall(r"(<a [^>]*>)([^<]*)</a>", nav)}


def test_visitor_is_led_to_who_we_are_and_to_search(make_app: Any) -> None:
    found = links(make_app().test_client().get("/about").text)

    assert {"About us", "Search"} <= set(found)
    assert 'aria-current="page"' in found["About us"]
    assert "aria-current" not in found["Search"]


def test_student_is_led_to_my_page_and_not_to_what_staff_do(make_app: Any, enter: Any) -> None:
    client = enter(make_app(), "student")

    found = links(client.get("/me").text)

    assert 'aria-current="page"' in found["My page"]
    assert "Run the college" not in found
    assert "You have no role in running the college" in client.get("/staff").text


def test_administrator_finds_staff_pages_behind_one_link(make_app: Any, enter: Any) -> None:
    client = enter(make_app(), "administrator")

    found = links(client.get("/me").text)
    staff = client.get("/staff").text

    assert "Run the college" in found
    assert "Settings" not in found
    assert 'href="/manage/settings"' in staff
    assert 'href="/manage/health"' in staff


def test_links_stand_in_their_order(make_app: Any) -> None:
    first = make_plugin("aa", nav_items=returning([NavItem("Last", "home.glossary", order=95)]))
    second = make_plugin("bb", nav_items=returning([NavItem("First", "privacy.page", order=1)]))

    found = list(links(make_app(first, second).test_client().get("/about").text))

    assert found[0] == "First"
    assert found.index("Search") < found.index("Last")


@pytest.mark.parametrize("label", ["<b>bold</b>", Markup("<b>bold</b>")])
def test_label_is_text_whatever_a_plugin_says(make_app: Any, label: str) -> None:
    plugin = make_plugin("aa", nav_items=returning([NavItem(label, "home.glossary")]))

    page = make_app(plugin).test_client().get("/about").text

    assert "<b>bold" not in page
    assert "&lt;b&gt;bold" in page


@pytest.mark.plugin_faults
@pytest.mark.parametrize(
    "item",
    [
        NavItem("Nowhere", "aa.nowhere"),
        NavItem("Needs a value", "ui.asset"),
        NavItem("For staff", "aa.nowhere", area="staff"),
        "not an item",
    ],
)
def test_link_that_cannot_be_made_leaves_the_others(make_app: Any, item: Any) -> None:
    broken = make_plugin("aa", nav_items=returning([NavItem("Fine", "home.about"), item]))

    page = make_app(broken).test_client().get("/about")

    found = links(page.text)
    assert page.status_code == 200
    assert "Search" in found
    assert "Fine" not in found


def test_footer_leads_to_the_pages_about_the_college(make_app: Any) -> None:
    page = make_app().test_client().get("/about").text

    foot = page.split("rc-foot__links", 1)[1]
    for path in ("/about", "/accessibility", "/privacy", "/glossary"):
        assert f'href="{path}"' in foot
