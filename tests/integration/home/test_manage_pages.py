"""Health and settings, for administrators."""

from __future__ import annotations

from typing import Any

import pytest

from portal.plugin_api import Check, CheckResult, Setting
from tests.plugins import make_plugin, returning

SETTINGS = make_plugin(
    "aa",
    settings=returning(
        [
            Setting("aa:days", 14, "Days to wait", "How long we wait.", unit="days"),
            Setting("aa:hours", 48, "Hours to wait", "In hours.", least=1, most=1000),
            Setting("aa:open", True, "Open to all", "Whether anybody may come."),
            Setting("aa:tone", "warm", "Tone", "How we write.", choices=("warm", "plain")),
            Setting("aa:sign", "Hello", "Greeting", "The first word."),
        ]
    ),
)


@pytest.mark.parametrize("path", ["/manage/health", "/manage/settings"])
def test_page_is_refused_to_who_may_not_see_it(make_app: Any, enter: Any, path: str) -> None:
    assert enter(make_app(), "coordinator").get(path).status_code == 403


def test_health_says_what_is_wrong_and_what_is_fine(make_app: Any, enter: Any) -> None:
    plugin = make_plugin(
        "gardens",
        checks=returning(
            [
                Check("soil", lambda session: CheckResult(False, "the soil is dry: water it")),
                Check("sun", lambda session: CheckResult(True, "the sun is out")),
            ]
        ),
    )

    page = enter(make_app(plugin), "administrator").get("/manage/health").text

    bad, good = page.split("Working as it should", 1)
    assert "the soil is dry: water it" in bad
    assert "the sun is out" in good
    assert "Gardens" in bad


def test_change_of_a_setting_is_kept_and_said(make_app: Any, enter: Any) -> None:
    client = enter(make_app(SETTINGS), "administrator")

    answer = client.post("/manage/settings", data={"key": "aa:days", "value": "21"})
    page = client.get("/manage/settings").text

    assert answer.status_code in {302, 303}
    assert "Saved: Days to wait" in page
    assert 'value="21"' in page
    assert "Usually: 14" in page


@pytest.mark.parametrize(
    ("key", "typed", "message"),
    [
        ("aa:days", "two weeks", "Days to wait: type a whole number, such as 5"),
        ("aa:days", "9" * 30, "Days to wait: type a whole number, such as 5"),
        ("aa:hours", "0", "Hours to wait: type a whole number from 1 to 1000"),
        ("aa:hours", "1001", "Hours to wait: type a whole number from 1 to 1000"),
        ("aa:open", "perhaps", "Open to all: choose yes or no"),
        ("aa:tone", "shrill", "Tone: choose one of warm, plain"),
    ],
)
def test_wrong_value_is_shown_again_with_what_to_do(
    make_app: Any, enter: Any, key: str, typed: str, message: str
) -> None:
    client = enter(make_app(SETTINGS), "administrator")

    answer = client.post("/manage/settings", data={"key": key, "value": typed})

    assert answer.status_code == 422
    assert answer.text.count(message) == 2  # in the summary and at the field
    assert f'href="#{key.replace(":", "-")}"' in answer.text
    assert f'id="{key.replace(":", "-")}"' in answer.text
    assert "<title>Error: " in answer.text.replace("\n", "")


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("enrolment:offer_hours", "0"),  # an offer that ends as it is made
        ("enrolment:contact_days", "0"),
        ("enrolment:offer_hours", "99999999"),  # beyond the last day of the calendar
        ("enrolment:hold_hours", "99999999"),
        ("enrolment:contact_days", "99999999"),
        ("messages:reminder_hours", "99999999"),
    ],
)
def test_times_that_no_day_could_be_reckoned_from_are_refused(
    make_app: Any, enter: Any, key: str, typed: str
) -> None:
    client = enter(make_app(), "administrator")

    assert client.post("/manage/settings", data={"key": key, "value": typed}).status_code == 422


def test_what_was_typed_wrongly_stays_in_its_field(make_app: Any, enter: Any) -> None:
    client = enter(make_app(SETTINGS), "administrator")

    answer = client.post("/manage/settings", data={"key": "aa:days", "value": '14" days'})

    assert 'value="14&#34; days"' in answer.text
