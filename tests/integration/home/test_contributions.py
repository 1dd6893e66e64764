"""My contributions: what every part says, by year, with its hours."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.plugin_api import Contribution
from tests.plugins import make_plugin


def giving(name: str, *items: Contribution) -> Any:
    return make_plugin(name, contributions=lambda person_id: list(items))


def test_nothing_given_yet_invites_without_pressing(make_app: Any, enter: Any) -> None:
    page = enter(make_app()).get("/me/contributions").text

    assert "Nothing here yet" in page
    assert "Would you like to?" in page


def test_contributions_of_all_parts_stand_by_year_with_their_time(
    make_app: Any, enter: Any
) -> None:
    app = make_app(
        giving("aa", Contribution(date(2026, 11, 3), "Shaping a course", "Sleep well", 90)),
        giving(
            "bb",
            Contribution(date(2027, 1, 12), "Leading", "Sleep well", 120),
            Contribution(date(2027, 2, 1), "A story", "How I began", None),
        ),
    )

    page = enter(app).get("/me/contributions").text

    assert page.index("<caption>2027: 2 hours</caption>") < page.index(
        "<caption>2026: 1 hour 30 minutes</caption>"
    )
    assert page.index("How I began") < page.index("Leading")
    assert "3 hours 30 minutes" in page
    assert "not counted" in page


def test_contributions_are_those_of_the_person_who_asks(make_app: Any, enter: Any) -> None:
    def contributions(person_id: int, actor: Any) -> list[Contribution]:
        assert actor.person_id == person_id
        return [Contribution(date(2027, 1, 1), "Kind", f"by {person_id}")]

    app = make_app(make_plugin("aa", contributions=contributions))
    one, other = enter(app), enter(app)

    assert f"by {one.person_id}<" in one.get("/me/contributions").text
    assert f"by {one.person_id}<" not in other.get("/me/contributions").text


@pytest.mark.plugin_faults
def test_missing_part_is_said_and_no_empty_page_claimed(make_app: Any, enter: Any) -> None:
    def fail() -> list[Contribution]:
        raise RuntimeError

    page = enter(make_app(make_plugin("gardens", contributions=fail))).get("/me/contributions").text

    assert "A part is missing from this page just now: Gardens." in page
    assert "Nothing here yet" not in page
