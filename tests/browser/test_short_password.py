"""A short password beside an authenticator app, a longer one before the app goes; being asked to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from passlib.totp import TOTP
from playwright.sync_api import expect

from tests.browser import harness
from tests.factories.accounts import PASSWORD, make_login

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from sqlalchemy.orm import Session

    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
SHORT = "k7Rw!pQz"
SIZES = (harness.PHONE, harness.DESK)


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


@pytest.fixture
def sam(session: Session) -> None:
    make_login(session, name="Sam", email="sam@example.org")
    session.commit()


def check(page: Page) -> None:
    harness.assert_accessible(page)
    harness.assert_forms_ok(page)
    harness.assert_no_sideways_scroll(page)


def sign_in(page: Page, password: str) -> None:
    page.fill("#email", "sam@example.org")
    page.fill("#password", password)
    harness.follow(page.get_by_role("button", name="Sign in", exact=True))


@pytest.mark.parametrize("size", SIZES)
def test_app_goes_together_with_a_longer_password(
    visit: Open, sam: None, size: tuple[int, int]
) -> None:
    with visit(size=size) as site:
        page = site.page
        sign_in(site.open("/sign-in?next=/me/authenticator/new"), PASSWORD)
        phone = TOTP(page.locator("main code").text_content())
        page.fill("#number", str(phone.generate().token))
        harness.follow(page.get_by_role("button", name="Switch it on"))
        page.get_by_role("heading", name="Your recovery codes").wait_for()
        site.open("/me/password")
        expect(page.get_by_text("At least 8 characters")).to_be_visible()
        check(page)
        page.fill("#current_password", PASSWORD)
        page.fill("#password", SHORT)
        harness.follow(page.get_by_role("button", name="Save my new password"))
        expect(page.get_by_text("Your new password is saved.")).to_be_visible()

        site.open("/me/authenticator/remove")
        expect(page.get_by_text("Your password is short.")).to_be_visible()
        check(page)
        page.fill("#password", SHORT)
        harness.follow(page.get_by_role("button", name="Save it, and switch the app off"))
        expect(page.get_by_text("at least 15 characters long").first).to_be_visible()
        check(page)
        page.fill("#password", f"{PASSWORD} again")
        harness.follow(page.get_by_role("button", name="Save it, and switch the app off"))
        expect(page.get_by_text("We do not ask for a number any more")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_too_many_copies_are_answered_kindly(visit: Open, sam: None, size: tuple[int, int]) -> None:
    with visit(size=size) as site:
        page = site.page
        sign_in(site.open("/sign-in?next=/me/data/erase"), PASSWORD)
        page.get_by_role("heading", level=1).wait_for()
        for _ in range(30):
            page.request.get(page.url)
        site.open("/me/data/erase")
        expect(page.get_by_text("Please wait")).to_be_visible()
        check(page)
