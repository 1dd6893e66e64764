"""My page: cards from plugins, in their order, within its budget, whole when a plugin fails."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portal.plugin_api import Card
from tests.plugins import make_plugin

from .conftest import both_engines, counted

MOST_QUERIES = 9


def test_my_page_without_cards_says_what_to_do_next(make_app: Any, enter: Any) -> None:
    page = enter(make_app()).get("/me")

    assert page.status_code == 200
    assert "Your next step: find a course" in page.text


def test_my_page_is_for_those_who_are_signed_in(make_app: Any) -> None:
    assert make_app().test_client().get("/me").status_code in {302, 303, 401}


def test_cards_stand_in_their_order_across_plugins(
    make_app: Any, enter: Any, card_plugin: Any
) -> None:
    app = make_app(card_plugin("late", order=90), card_plugin("early", order=10))

    page = enter(app).get("/me").text

    assert 0 < page.index("<h2>early</h2>") < page.index("<h2>late</h2>")
    assert "Your next step" not in page


def test_what_a_card_shows_is_escaped(make_app: Any, enter: Any, card_plugin: Any) -> None:
    app = make_app(card_plugin("alpha", title="<script>alert(1)</script>"))

    page = enter(app).get("/me").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.plugin_faults
@pytest.mark.parametrize("template", ["{{ nothing.at.all }}", "{% include 'missing.html' %}"])
def test_a_card_that_cannot_be_rendered_leaves_the_others(
    make_app: Any, enter: Any, card_plugin: Any, template: str
) -> None:
    app = make_app(card_plugin("broken", template=template), card_plugin("whole"))

    page = enter(app).get("/me")

    assert page.status_code == 200
    assert "<h2>whole</h2>" in page.text


@pytest.mark.plugin_faults
@both_engines
def test_a_plugin_whose_query_fails_leaves_the_others(
    make_app: Any, enter: Any, card_plugin: Any
) -> None:
    def dashboard_cards(session: Any) -> list[Card]:
        session.execute(sa.text("SELECT nothing FROM nowhere"))
        return []

    broken = make_plugin("broken", dashboard_cards=dashboard_cards)
    app = make_app(card_plugin("before"), broken, card_plugin("zafter"))

    page = enter(app).get("/me")

    assert page.status_code == 200
    assert "<h2>before</h2>" in page.text
    assert "<h2>zafter</h2>" in page.text


@both_engines
def test_my_page_with_six_plugins_keeps_within_its_queries(
    make_app: Any, enter: Any, card_plugin: Any
) -> None:
    names = ("one", "two", "three", "four", "five", "six")
    app = make_app(*(card_plugin(name) for name in names))
    client = enter(app)
    client.get("/me")

    with counted(app) as statements:
        page = client.get("/me").text

    assert page.count('class="rc-card"') == len(names)
    assert len(statements) <= MOST_QUERIES, statements
