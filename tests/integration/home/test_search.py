"""Search: one box, results of every part by kind, safe whatever is typed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portal.home.services import LONGEST_QUERY, MOST_PER_GROUP, clean_query
from portal.plugin_api import SearchResult
from tests.plugins import Plugin, make_plugin

HOSTILE = (
    "' OR 1=1 --",
    '"<script>alert(1)</script>',
    "%",
    "_",
    "*",
    '"unclosed',
    "NEAR(a b, 5)",
    "a" * 5000,
    "\x00\x01\x1b[31m",
    "\u202efdp.exe",
    "{{ 7*7 }}",
    "%(query)s %s",
    "()&|!:*<->",
    "😀" * 300,
    "\ud800",
)


def searching(name: str, *results: SearchResult) -> Plugin:
    return make_plugin(name, search=lambda query: list(results))


def test_search_without_words_asks_what_to_look_for(make_app: Any) -> None:
    for address in ("/search", "/search?q=", "/search?q=%20%20"):
        page = make_app().test_client().get(address)
        assert page.status_code == 200
        assert "Would you rather ask a person?" in page.text


def test_results_stand_by_kind_in_the_order_of_registration(make_app: Any) -> None:
    first = searching("aa", SearchResult("Sleep well", "/a", "Zebra", "Rest"))
    second = searching("bb", SearchResult("Sleep notes", "/b", "Apple"))

    page = make_app(first, second).test_client().get("/search?q=sleep").text

    assert "2 things found for “sleep”" in page
    assert page.index(">Zebra</h2>") < page.index(">Sleep well</a>") < page.index(">Apple</h2>")
    assert '<a href="/b">Sleep notes</a>' in page


def test_nothing_found_says_what_to_do(make_app: Any) -> None:
    page = make_app().test_client().get("/search?q=xyzzyplugh").text

    assert "We found nothing for “xyzzyplugh”" in page
    assert "See all courses" in page


@pytest.mark.plugin_faults
def test_part_that_cannot_answer_is_named(make_app: Any) -> None:
    def fail(query: str) -> list[SearchResult]:
        raise RuntimeError

    app = make_app(
        make_plugin("gardens", search=fail), searching("bb", SearchResult("Here", "/b", "Kind"))
    )

    page = app.test_client().get("/search?q=here").text

    assert "Missing: Gardens." in page
    assert ">Here</a>" in page


def test_long_list_of_one_kind_is_cut_and_says_so(make_app: Any) -> None:
    many = [SearchResult(f"Title {number}", f"/{number}", "Kind") for number in range(25)]

    page = make_app(searching("aa", *many)).test_client().get("/search?q=title").text

    assert page.count('<li><a href="/') - page.count('<li><a href="/"') >= MOST_PER_GROUP
    assert "Title 19" in page
    assert "Title 20" not in page
    assert "And 5 more." in page


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "https://evil.example"])
def test_result_outside_this_site_is_left_out(make_app: Any, url: str) -> None:
    app = make_app(
        searching("aa", SearchResult("Away", url, "Kind"), SearchResult("Near", "/n", "Kind"))
    )

    page = app.test_client().get("/search?q=a").text

    assert ">Near</a>" in page
    assert "evil.example" not in page
    assert "javascript:" not in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_query_is_answered_and_shown_as_text(make_app: Any, text: str) -> None:
    client = make_app().test_client()

    page = client.get("/search", query_string={"q": text.encode("utf-8", "replace")})

    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_plugins_get_a_query_of_the_promised_length(make_app: Any) -> None:
    asked: list[str] = []

    def search(query: str) -> list[SearchResult]:
        asked.append(query)
        return []

    make_app(make_plugin("aa", search=search)).test_client().get("/search?q=" + "ab " * 500)

    assert len(asked) == 1
    assert 1 <= len(asked[0]) <= LONGEST_QUERY


@given(st.text(max_size=400))
@hypothesis_settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_clean_query_is_one_short_printable_line(text: str) -> None:
    query = clean_query(text)

    assert len(query) <= LONGEST_QUERY
    assert query == " ".join(query.split())
    assert "\x00" not in query
    assert clean_query(query) == query
