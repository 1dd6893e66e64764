"""Signing in, one's own details and roles, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from portal.accounts.models import LoginSession
from tests.browser import harness
from tests.factories.accounts import PASSWORD, make_login

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Page
    from sqlalchemy.orm import Session

    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
PUBLIC = (
    "/sign-in", "/register", "/confirm", "/reset", "/sent/confirm", "/sent/reset", "/reset/over",
    "/roles",
)  # fmt: skip
OWN = ("/me/details", "/me/details/name", "/me/contact/new", "/me/sign-ins", "/me/password")
SIZES = (harness.OLD_PHONE, harness.PHONE, harness.DESK)
LONG_AGO = "2020-01-01 00:00:00"


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


@pytest.fixture
def sam(session: Session) -> None:
    make_login(session, name="Sam", email="sam@example.org", roles=["facilitator"])
    session.commit()


def check(page: Page) -> None:
    harness.assert_accessible(page)
    harness.assert_forms_ok(page)
    harness.assert_no_sideways_scroll(page)


def press(page: Page) -> None:
    harness.follow(
        page.locator("main form[method=post] button:not(.govuk-password-input__toggle)").first
    )


def sign_in_by_hand(page: Page) -> None:
    page.fill("#email", "sam@example.org")
    page.fill("#password", PASSWORD)
    press(page)


def test_pages_for_everybody_are_accessible(visit: Open) -> None:
    with visit() as site:
        for path in PUBLIC:
            page = site.open(path)
            for _size in harness.at_sizes(page, SIZES):
                check(page)


def test_own_pages_are_accessible(visit: Open, sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in("administrator")
    cookie = client.get_cookie("session")
    assert cookie is not None
    person_id = client.person_id  # type: ignore[attr-defined]
    with visit() as site:
        site.page.context.add_cookies(
            [{"name": "session", "value": cookie.value, "url": site.base}]
        )
        for path in (*OWN, "/people", "/people?q=person", f"/people/{person_id}/roles"):
            page = site.open(path)
            for _size in harness.at_sizes(page, SIZES):
                check(page)


@pytest.mark.parametrize("path", ["/sign-in", "/register", "/reset", "/confirm"])
def test_empty_form_says_what_to_do_at_the_fields(visit: Open, path: str) -> None:
    with visit() as site:
        page = site.open(path)
        press(page)
        assert page.locator(".govuk-error-summary a").count() >= 1
        check(page)


def test_forms_are_reached_by_keyboard_alone(visit: Open) -> None:
    with visit() as site:
        for path in ("/sign-in", "/register"):
            harness.walk_by_keyboard(site.open(path))


def test_password_can_be_pasted(visit: Open, sam: None) -> None:
    with visit() as site:
        page = site.open("/sign-in")
        page.fill("#email", "sam@example.org")
        page.focus("#password")
        page.keyboard.insert_text(PASSWORD)  # what a paste does
        press(page)
        assert "/sign-in" not in page.url


@pytest.mark.parametrize("scripts", [True, False])
def test_typed_text_survives_an_ended_session(
    visit: Open, sam: None, session: Session, scripts: bool
) -> None:
    with visit(scripts=scripts) as site:
        sign_in_by_hand(site.open("/sign-in?next=/me/details/name"))
        page = site.page
        page.fill("#name", "Samira, after much thought")
        session.execute(sa.update(LoginSession).values(seen_at=sa.text(f"'{LONG_AGO}'")))
        session.commit()
        press(page)
        expect(page.get_by_text("What you typed is kept")).to_be_visible()
        sign_in_by_hand(page)
        expect(page.get_by_text("Samira, after much thought")).to_be_visible()
        if scripts:
            check(page)
        press(page)
        assert page.url.endswith("/me/details")
        expect(page.locator("main").get_by_text("Samira, after much thought")).to_be_visible()


def test_sign_out_leaves_nothing_to_go_back_to(visit: Open, sam: None) -> None:
    with visit(size=harness.DESK) as site:
        sign_in_by_hand(site.open("/sign-in?next=/me/details"))
        page = site.page
        harness.follow(page.get_by_role("button", name="Sign out"))
        expect(page.get_by_text("You are signed out.")).to_be_visible()
        page.go_back()
        assert page.get_by_text("sam@example.org").count() == 0


def test_reader_is_asked_before_a_session_ends(visit: Open, sam: None) -> None:
    with visit() as site:
        page = site.page
        page.clock.install()
        sign_in_by_hand(site.open("/sign-in?next=/me/details/name"))
        question = page.get_by_text("Are you still there?")
        page.clock.run_for("27:00")
        assert question.count() == 0
        page.clock.run_for("01:10")
        expect(question).to_be_visible()
        check(page)
        page.get_by_role("button", name="I am still here").click()
        question.wait_for(state="detached")
        page.clock.run_for("28:10")
        expect(question).to_be_visible()
        page.clock.run_for("02:00")
        expect(page.get_by_text("You are signed out now")).to_be_visible()
