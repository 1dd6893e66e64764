"""The public page: made from the declarations of every part, in plain words."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from markupsafe import escape

from portal.app import Portal
from portal.db import unit_of_work
from portal.plugin_api.dispatch import privacy_parts
from tests.integration.home.conftest import engine_name, make_app  # noqa: F401 - fixtures
from tests.integration.privacy.conftest import source

LATER_PAGE = 6 * 1024


def test_page_says_everything_that_every_part_declares(make_app: Any) -> None:  # noqa: F811
    app: Portal = make_app()
    first = app.test_client().get("/privacy").text

    with app.test_request_context(), unit_of_work("read") as session:
        for part in privacy_parts(session):
            own = f"/privacy/{part.name}"
            assert part.room or f'href="{own}"' in first
            page = first if part.room else app.test_client().get(own).text
            assert f"<caption>{escape(str(part.title))}</caption>" in page
            for one in part.sources:
                for words in (one.what, one.purpose, one.retention, one.lawful_basis):
                    assert escape(str(words)) in page, one.table


def test_core_says_of_every_table_what_it_holds(make_app: Any) -> None:  # noqa: F811
    app: Portal = make_app()

    with app.test_request_context(), unit_of_work("read") as session:
        parts = privacy_parts(session)
        silent = [one.table for part in parts for one in part.sources if not str(one.what)]

    assert len(parts) >= 6
    assert silent == []


def test_plugin_has_its_own_table_with_who_sees_it(make_app: Any, keeping: Any) -> None:  # noqa: F811
    plugin = keeping(
        "beans",
        source("beans_one", what="Beans you grow", sensitivity="special"),
        source(
            "beans_two", what="Beans you grow", purpose="To test beans_one", sensitivity="special"
        ),
        source("beans_three", seen_by="Only the gardener <b>"),
    )

    page = make_app(plugin).test_client().get("/privacy/beans").text

    table = page.split("<caption>Beans</caption>", 1)[1].split("</table>", 1)[0]
    assert table.count("Beans you grow") == 1, "the same line is said once"
    assert "very few people; we note who looked" in table
    assert "Only the gardener &lt;b&gt;" in table
    assert table.count("To test beans_three") == 1, (
        "without words of its own it says what it is for"
    )


def test_page_is_light_and_linked_from_the_foot_of_every_page(make_app: Any) -> None:  # noqa: F811
    client = make_app().test_client()

    assert 'href="/privacy"' in client.get("/about").text.rsplit("<footer", 1)[1]
    assert len(gzip.compress(client.get("/privacy").data)) <= LATER_PAGE
    assert client.get("/privacy/nothing-here").status_code == 404


@pytest.mark.plugin_faults
def test_plugin_that_is_switched_off_is_said_too(make_app: Any) -> None:  # noqa: F811
    page = make_app(plugins=[]).test_client().get("/privacy")

    assert page.status_code == 200
