"""The harness itself: each assertion fails on a page made to break what it guards."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from flask import Flask, redirect

from tests.browser import harness

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from werkzeug import Response

pytestmark = pytest.mark.browser
GOOD = '<h1>Hello</h1><form method="post" novalidate><label for="a">A</label><input id="a"></form>'
FAULTS = {
    "a picture without words": (harness.assert_accessible, '<img src="/x.png">'),
    "pale words": (harness.assert_accessible, '<p class="pale">Can you read this?</p>'),
    "a control without a label": (harness.assert_forms_ok, '<input id="b">'),
    "an id twice": (harness.assert_forms_ok, '<p id="a">again</p>'),
    "an error that leads nowhere": (
        harness.assert_forms_ok,
        '<div class="govuk-error-summary"><a href="#d">Mend it</a></div><div id="d"></div>',
    ),
    "an empty hint": (
        harness.assert_forms_ok,
        '<label for="c">C</label><input id="c" aria-describedby="h"><p id="h"></p>',
    ),
    "radios without a question": (
        harness.assert_forms_ok,
        '<label for="r">R</label><input type="radio" id="r">',
    ),
    "an inline style": (harness.assert_forms_ok, '<p style="color: red">x</p>'),
    "a form that the browser judges": (
        harness.assert_forms_ok,
        '<form method="post"><label for="e">E</label><input id="e"></form>',
    ),
    "something too wide": (harness.assert_no_sideways_scroll, '<p class="wide">x</p>'),
    "focus that cannot be seen": (harness.walk_by_keyboard, '<a class="unseen" href="/">x</a>'),
    "a link out of reach": (harness.walk_by_keyboard, '<a tabindex="-1" href="/">x</a>'),
}
LONG = 20  # seconds
STYLES = ".pale{color:#bbb}.wide{width:3000px}.unseen:focus{outline:none}"


def make_page(body: str, policy: str = "") -> Flask:
    app = Flask("planted", static_folder=None)
    document = (
        '<!doctype html><html lang="en"><title>Planted</title><link rel="stylesheet" href="/s.css">'
        f"<main>{GOOD}{body}</main>"
    )

    @app.get("/")
    def index() -> tuple[str, dict[str, str]]:
        return document, {"Content-Security-Policy": policy} if policy else {}

    @app.get("/s.css")
    def styles() -> tuple[str, dict[str, str]]:
        return STYLES, {"Content-Type": "text/css"}

    return app


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_found(browser: Browser, fault: str) -> None:
    check, body = FAULTS[fault]
    with (
        harness.served(make_page(body)) as base,
        harness.watched(browser, base) as site,
    ):
        page = site.open("/")
        with pytest.raises(AssertionError):
            check(page)


def test_planted_fault_is_found_however_many_pages_came_before(browser: Browser) -> None:
    """Axe comes with the first page, and is there in each that is opened after it."""
    with (
        harness.served(make_page("")) as sound,
        harness.served(make_page(FAULTS["pale words"][1])) as pale,
        harness.watched(browser, sound) as site,
    ):
        for _round in range(2):
            page = site.open("/")
            harness.assert_accessible(page)
            page.goto(pale)
            with pytest.raises(AssertionError, match="color-contrast"):
                harness.assert_accessible(page)


@pytest.mark.parametrize(
    "check", dict.fromkeys(check for check, _ in FAULTS.values()), ids=lambda f: f.__name__
)
def test_sound_page_passes(browser: Browser, check: Callable[[Page], object]) -> None:
    with harness.served(make_page("")) as base, harness.watched(browser, base) as site:
        check(site.open("/"))


def test_the_next_page_is_waited_for_and_a_click_alone_is_not(browser: Browser) -> None:
    """The address stays the same, and the answer takes its time."""
    app = make_page('<form method="post" action="/sent" novalidate><button>Send</button></form>')
    may_answer = threading.Event()

    @app.post("/sent")
    def sent() -> Response:
        may_answer.wait(LONG)
        time.sleep(0.3)  # long enough for whoever does not wait to ask the old page
        return redirect("/")

    with harness.served(app) as base, harness.watched(browser, base) as site:
        page = site.open("/")
        button = page.get_by_role("button")
        page.evaluate("window.old = true")
        button.click()
        assert page.evaluate("window.old")
        may_answer.set()
        page.wait_for_function("!window.old")

        page.evaluate("window.old = true")
        harness.follow(button)
        assert page.evaluate("window.old") is None
        page.evaluate("window.old = true")
        with harness.next_page(page):
            button.press("Enter")
        assert page.evaluate("window.old") is None


def test_breach_of_the_policy_is_found(browser: Browser) -> None:
    app = make_page("<script>1</script>", "default-src 'self'")
    with harness.served(app) as base:
        watch = harness.watched(browser, base)
        site = watch.__enter__()
        site.open("/")
        with pytest.raises(AssertionError, match="Content Security Policy"):
            watch.__exit__(None, None, None)
