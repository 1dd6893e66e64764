"""Pages about the college: there for everybody, made from what is true."""

from __future__ import annotations

from typing import Any

import pytest

from portal.db import unit_of_work
from tests.factories.courses import make_coming_run, make_course, make_venue

from .conftest import both_engines, counted

PUBLIC = ("/", "/about", "/accessibility", "/privacy", "/glossary", "/search", "/robots.txt")


@pytest.mark.parametrize("path", PUBLIC)
def test_public_page_is_there_without_a_cookie(make_app: Any, path: str) -> None:
    answer = make_app().test_client().get(path)

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_robots_may_read_public_pages_and_find_the_sitemap(make_app: Any) -> None:
    app = make_app()

    answer = app.test_client().get("/robots.txt")

    assert answer.content_type.startswith("text/plain")
    lines = answer.text.splitlines()
    assert f"Sitemap: {app.settings.base_url}/sitemap.xml" in lines
    assert {"Disallow: /me", "Disallow: /manage", "Disallow: /search"} <= set(lines)


def test_search_results_are_kept_out_of_indexes(make_app: Any) -> None:
    assert '<meta name="robots" content="noindex">' in make_app().test_client().get("/search").text


@both_engines
def test_landing_shows_what_starts_soon_and_how_to_get_in(make_app: Any) -> None:
    app = make_app()
    with app.app_context(), unit_of_work() as session:
        own = make_venue(session, name="The Old Boathouse, Sail Loft", hearing_loop=True)
        make_venue(session, name="Annexe", parking=True)
        course = make_course(session, title="Sleep well", slug="sleep-well")
        full = make_course(session, title="Full one")
        make_coming_run(session, 7, course_id=course.id, venue_id=own.id, seats_taken=3)
        make_coming_run(session, 3, course_id=full.id, venue_id=own.id, seats_taken=12)
    client = app.test_client()
    client.get("/")

    with counted(app) as statements:
        page = client.get("/").text

    assert '<a href="/courses/sleep-well">Sleep well</a>' in page
    assert "9 places free" in page
    assert "Full one" not in page
    assert "Getting in: The Old Boathouse, Sail Loft" in page
    assert "Hearing loop" in page
    assert "Parking" not in page
    assert len(statements) <= 2, statements


def test_landing_without_dates_says_what_to_do(make_app: Any) -> None:
    page = make_app().test_client().get("/").text

    assert "The next dates are being planned" in page
    assert "Getting in:" not in page


def test_landing_greets_who_is_signed_in_and_leads_to_my_page(make_app: Any, enter: Any) -> None:
    app = make_app()

    assert "Go to My page" in enter(app).get("/").text
    assert "Go to My page" not in app.test_client().get("/").text
