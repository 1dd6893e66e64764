"""Signing in without a password, in Chromium: passkeys from its own made-up device, and e-mailed codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from passlib.totp import TOTP
from playwright.sync_api import expect

from portal.accounts.models import LoginSession
from portal.db import unit_of_work
from portal.messages.models import Message
from portal.plugin_api.testing import watched
from tests.browser import harness
from tests.factories.accounts import PASSWORD, make_login
from tests.integration.accounts.conftest import link_in
from tests.integration.accounts.test_codes import code_in

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page
    from sqlalchemy.orm import Session

    from portal.app import Portal
    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
SAM = "sam@example.org"


class Doorway:
    """Serves whichever app stands in it: its address is known before the app is made."""

    app: Any = None

    def __call__(self, *arguments: Any) -> Any:
        return self.app(*arguments)


@pytest.fixture(scope="module")
def doorway() -> Iterator[tuple[Doorway, str]]:
    door = Doorway()
    with harness.served(door) as base:  # type: ignore[arg-type]  # all that is called of it
        yield door, base.replace("127.0.0.1", "localhost")


@pytest.fixture
def portal_app(
    request: pytest.FixtureRequest, portal_lab: Any, doorway: tuple[Doorway, str]
) -> Iterator[Portal]:
    """A portal at an address where browsers offer passkeys."""
    door, base = doorway
    door.app = portal_lab.app("sqlite", [], base_url=base)
    yield from watched(request, door.app)


@pytest.fixture
def live_app(portal_app: Portal, doorway: tuple[Doorway, str]) -> str:
    return doorway[1]


@pytest.fixture
def sam(session: Session) -> None:
    make_login(session, name="Sam", email=SAM, roles=["administrator"])
    session.commit()


@pytest.fixture
def letters(portal_app: Portal) -> Callable[[], list[Message]]:
    """The messages that wait, oldest first."""

    def read() -> list[Message]:
        with portal_app.app_context(), unit_of_work("read") as unit:
            found = list(unit.scalars(sa.select(Message).order_by(Message.id)))
            unit.expunge_all()
        return found

    return read


@contextmanager
def device(page: Page) -> Iterator[CDPSession]:
    """A phone-like device with a finger on it, made up by the browser."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    session.made = made["authenticatorId"]  # type: ignore[attr-defined]
    yield session


def check(page: Page) -> None:
    harness.assert_accessible(page)
    harness.assert_forms_ok(page)
    harness.assert_no_sideways_scroll(page)


def by_password(page: Page) -> None:
    page.fill("#email", SAM)
    page.fill("#password", PASSWORD)
    harness.follow(page.get_by_role("button", name="Sign in", exact=True))


def sign_out(page: Page) -> None:
    with harness.next_page(page):
        page.locator("form[action='/sign-out'] button").last.evaluate("button => button.click()")
    page.get_by_text("You are signed out.").wait_for()


def make_passkey(page: Page) -> None:
    harness.follow(page.get_by_role("link", name="Make a passkey"))
    page.fill("#name", "My phone")
    harness.follow(page.get_by_role("button", name="Make a passkey"))
    page.get_by_text("Your passkey is ready").wait_for()


@pytest.mark.parametrize("size", [harness.OLD_PHONE, harness.DESK])
def test_passkey_from_making_to_removing(visit: Open, sam: None, size: tuple[int, int]) -> None:
    with visit(size=size) as site, device(site.page):
        page = site.page
        by_password(site.open("/sign-in?next=/me/passkeys"))
        check(page)
        harness.follow(page.get_by_role("link", name="Make a passkey"))
        check(page)
        page.go_back()
        make_passkey(page)
        check(page)
        sign_out(page)
        site.open("/sign-in?next=/me/passkeys")
        check(page)
        harness.follow(page.get_by_role("button", name="Use a passkey"))
        page.wait_for_url("**/me/passkeys")
        harness.follow(page.get_by_role("link", name="Change the name"))
        check(page)
        page.fill("#name", "The blue phone")
        harness.follow(page.get_by_role("button", name="Save"))
        harness.follow(page.get_by_role("link", name="Remove"))
        check(page)
        harness.follow(page.get_by_role("button", name="Remove this passkey"))
        expect(page.get_by_text("does not sign you in any more")).to_be_visible()
        sign_out(page)
        page.get_by_role("button", name="Use a passkey").click()
        page.get_by_text("That passkey did not work here").first.wait_for()
        check(page)
        by_password(page)
        page.locator("[data-who='']").wait_for(state="detached")


def test_passkey_that_is_not_shown_leaves_the_other_ways(visit: Open, sam: None) -> None:
    with visit() as site, device(site.page) as phone:
        page = site.page
        by_password(site.open("/sign-in?next=/me/passkeys"))
        make_passkey(page)
        sign_out(page)
        phone.send(
            "WebAuthn.setUserVerified",
            {"authenticatorId": phone.made, "isUserVerified": False},  # type: ignore[attr-defined]
        )
        page.get_by_role("button", name="Use a passkey").click()
        page.get_by_text("The passkey was not used").wait_for()
        check(page)
        assert page.get_by_role("button", name="Use a passkey").is_enabled()
        by_password(page)
        page.locator("[data-who='']").wait_for(state="detached")


def test_typed_text_comes_back_when_a_passkey_shows_who_it_is(
    visit: Open, sam: None, session: Session
) -> None:
    from tests.factories.accounts import make_person

    place = f"/people/{make_person(session, 'Bo').id}/roles"
    session.commit()
    with visit() as site, device(site.page):
        page = site.page
        by_password(site.open("/sign-in?next=/me/passkeys"))
        make_passkey(page)
        site.open(place)
        page.select_option("#role", "coach")
        page.fill("#reason", "Bo listens well")
        long_ago = sa.text("'2020-01-01 00:00:00'")
        session.execute(sa.update(LoginSession).values(proved_at=long_ago))
        session.commit()
        harness.follow(page.get_by_role("button", name="Give the role"))
        expect(page.get_by_text("What you typed is kept")).to_be_visible()
        check(page)
        harness.follow(page.get_by_role("button", name="Use a passkey"))
        page.get_by_text("Bo listens well").wait_for()
        check(page)
        harness.follow(page.get_by_role("button", name="Send it now"))
        page.wait_for_url(f"**{place}")
        expect(page.get_by_text("Bo listens well").first).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_code_by_email(
    visit: Open, sam: None, letters: Callable[[], list[Message]], scripts: bool
) -> None:
    with visit(scripts=scripts, size=harness.OLD_PHONE) as site:
        page = site.page
        site.open("/sign-in?next=/me/details")
        if not scripts:
            assert page.get_by_role("button", name="Use a passkey").count() == 0
        page.fill("#email", SAM)
        harness.follow(page.get_by_role("button", name="Email me a code"))
        page.wait_for_url("**/sign-in/code")
        if scripts:
            check(page)
        page.fill("#code", "1234")
        harness.follow(page.get_by_role("button", name="Sign in", exact=True))
        expect(page.get_by_text("This code is not right").first).to_be_visible()
        if scripts:
            check(page)
        page.fill("#code", code_in(letters()[0]))
        harness.follow(page.get_by_role("button", name="Sign in", exact=True))
        page.wait_for_url("**/me/details")


def test_link_by_email_here_and_elsewhere(
    visit: Open, sam: None, letters: Callable[[], list[Message]]
) -> None:
    with visit() as site:
        page = site.page
        site.open("/sign-in/email?next=/me/details")
        check(page)
        harness.follow(page.get_by_role("button", name="Email me a code"))
        assert page.locator(".govuk-error-summary a").count() == 1
        check(page)
        page.fill("#email", SAM)
        harness.follow(page.get_by_role("button", name="Email me a code"))
        page.wait_for_url("**/sign-in/code")
        link = link_in(letters()[0])
        with visit() as other:
            other.open(link)
            expect(
                other.page.get_by_text("This link belongs to another browser").first
            ).to_be_visible()
            check(other.page)
        site.open(link)
        check(page)
        harness.follow(page.get_by_role("button", name="Sign in", exact=True))
        page.wait_for_url("**/me/details")


def test_forms_without_passwords_are_reached_by_keyboard(visit: Open, sam: None) -> None:
    with visit() as site, device(site.page):
        page = site.page
        harness.walk_by_keyboard(site.open("/sign-in/email"))
        by_password(site.open("/sign-in?next=/me/passkeys"))
        make_passkey(page)
        for path in ("/me/prove", "/me/passkeys/new", "/me/passkeys"):
            harness.walk_by_keyboard(site.open(path))


@pytest.mark.parametrize("size", [harness.OLD_PHONE, harness.DESK])
def test_authenticator_app_from_setting_up_to_switching_off(
    visit: Open, sam: None, size: tuple[int, int]
) -> None:
    with visit(size=size) as site:
        page = site.page
        by_password(site.open("/sign-in?next=/me/second-step"))
        check(page)
        harness.follow(page.get_by_role("link", name="Set up an authenticator app"))
        harness.follow(page.get_by_role("button", name="Switch it on"))
        assert page.locator(".govuk-error-summary a").count() == 1
        check(page)
        phone = TOTP(page.locator("main code").text_content())
        page.fill("#number", str(phone.generate().token))
        harness.follow(page.get_by_role("button", name="Switch it on"))
        page.get_by_role("heading", name="Your recovery codes").wait_for()
        check(page)
        code = page.locator("main code").first.text_content() or ""
        harness.follow(page.get_by_role("link", name="I have put them on paper"))
        expect(page.get_by_text("You have 10 recovery codes left.")).to_be_visible()
        check(page)
        sign_out(page)
        by_password(site.open("/sign-in?next=/me/second-step"))
        page.get_by_role("heading", name="One more step").wait_for()
        check(page)
        page.fill("#number", code)
        harness.follow(page.get_by_role("button", name="Sign in", exact=True))
        expect(page.get_by_text("You have 9 recovery codes left.")).to_be_visible()
        check(site.open("/me/prove"))
        site.open("/me/second-step")
        harness.follow(page.get_by_role("link", name="Switch it off"))
        check(page)
        harness.follow(page.get_by_role("button", name="Switch it off"))
        expect(page.get_by_text("We do not ask for a number any more")).to_be_visible()


@pytest.mark.parametrize("size", [harness.OLD_PHONE, harness.DESK])
def test_another_address_and_stopping_it(
    visit: Open, sam: None, letters: Callable[[], list[Message]], size: tuple[int, int]
) -> None:
    with visit(size=size, scripts=True) as site:
        page = site.page
        by_password(site.open("/sign-in?next=/me/details"))
        harness.follow(page.locator("a[href='/me/details/email']"))
        check(page)
        page.fill("#email", "new@example.org")
        harness.follow(page.get_by_role("button", name="Change my email address"))
        page.get_by_text("new@example.org").wait_for()
        check(page)
        to_new, to_old = letters()
        check(site.open(link_in(to_new)))
        harness.follow(page.get_by_role("button", name="Yes"))
        page.get_by_role("heading", name="Thank you").wait_for()
        check(page)
        check(site.open(link_in(to_old)))
        harness.follow(page.get_by_role("button", name="Yes"))
        page.get_by_role("heading", name="Your email address stays as it is").wait_for()
        check(page)


@pytest.mark.parametrize("size", [harness.OLD_PHONE, harness.DESK])
def test_two_people_help_a_third_in_again(
    visit: Open,
    session: Session,
    letters: Callable[[], list[Message]],
    size: tuple[int, int],
) -> None:
    for name in ("kim", "lee"):
        make_login(session, name=name.title(), email=f"{name}@example.org", roles=["coordinator"])
    person = make_login(session, name="Bo", email="bo@example.org").person_id
    session.commit()

    def enter(page: Page, email: str) -> None:
        page.fill("#email", email)
        page.fill("#password", PASSWORD)
        harness.follow(page.get_by_role("button", name="Sign in", exact=True))

    with visit(size=size) as first, visit(size=size) as second, visit(size=size) as third:
        enter(first.open(f"/sign-in?next=/people/{person}/contact"), "kim@example.org")
        harness.follow(first.page.get_by_role("link", name="Help them sign in again"))
        check(first.page)
        harness.follow(first.page.get_by_role("button", name="Ask a second person"))
        check(first.page)
        first.page.get_by_label("I called them back").check()
        harness.follow(first.page.get_by_role("button", name="Ask a second person"))
        first.page.get_by_text("Waits for a second person").wait_for()
        check(first.page)
        check(third.open(link_in(letters()[0])))
        enter(second.open("/sign-in?next=/people/help"), "lee@example.org")
        check(second.page)
        harness.follow(second.page.get_by_role("link", name="Look at it and confirm"))
        check(second.page)
        harness.follow(second.page.get_by_role("button", name="Yes, make the code"))
        check(second.page)
        code = second.page.locator("main code").text_content() or ""
        third.open("/sign-in")
        harness.follow(third.page.get_by_role("link", name="The college gave me a code"))
        check(third.page)
        third.page.fill("#code", code)
        third.page.fill("#password", "nine copper kettles sing")
        harness.follow(third.page.get_by_role("button", name="Save my new password"))
        third.page.locator("[data-who='']").wait_for(state="detached")
