"""Records that become one, closed ways to sign in, pauses, looks, roles: in a browser, at every size."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal.accounts.models import Person
from portal.accounts.services.routes import note_reading
from portal.plugin_api import Actor
from tests.browser import harness
from tests.browser.test_home import sign_browser_in
from tests.factories.accounts import make_login, make_person

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Page
    from sqlalchemy.orm import Session

    from portal.app import Portal
    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
SIZES = (harness.OLD_PHONE, harness.PHONE, harness.DESK)


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


@pytest.fixture
def two(app: Portal, session: Session) -> tuple[int, int]:
    """Two records of Robin, each with a way to sign in."""
    with app.test_request_context():
        ids = [
            make_login(session, name=name, email=f"{word}@example.org").person_id
            for name, word in (("Robin Reed", "robin"), ("Robin Reid", "reid"))
        ]
        session.commit()
    return ids[0], ids[1]


def check(page: Page) -> None:
    harness.assert_accessible(page)
    harness.assert_forms_ok(page)
    harness.assert_no_sideways_scroll(page)


def check_at_sizes(page: Page) -> None:
    for _size in harness.at_sizes(page, SIZES):
        check(page)


def test_pages_of_whoever_looks_after_people_are_sound(
    visit: Open, sign_in: Callable[..., FlaskClient], two: tuple[int, int]
) -> None:
    kept, gone = two
    with visit() as site:
        sign_browser_in(site, sign_in("administrator"))
        for path in (
            "/people", "/people/twice", f"/people/{kept}/roles", f"/people/{kept}/same",
            f"/people/{kept}/same/{gone}", f"/people/{kept}/closing",
        ):  # fmt: skip
            check_at_sizes(site.open(path))


def test_own_pages_and_examples_are_sound(
    app: Portal,
    session: Session,
    visit: Open,
    sign_in: Callable[..., FlaskClient],
) -> None:
    client = sign_in("student")
    with app.test_request_context():
        reader = Actor(make_person(session, "Cleo").id)
        note_reading(session, reader, client.person_id)  # type: ignore[attr-defined]
        session.commit()
    with visit() as site:
        sign_browser_in(site, client)
        for path in ("/me/pause", "/me/data/looks", "/roles", "/roles/coordinator/example"):
            check_at_sizes(site.open(path))


def test_two_records_become_one_without_scripts_and_what_was_typed_stays(
    session: Session,
    visit: Open,
    sign_in: Callable[..., FlaskClient],
    two: tuple[int, int],
) -> None:
    kept, gone = two
    with visit(scripts=False) as site:
        page = site.page
        sign_browser_in(site, sign_in("administrator"))
        site.open(f"/people/{kept}/same?q=Robin")
        harness.follow(page.get_by_role("link", name="Robin Reid"))
        reason = page.get_by_label("How do you know that both are the same person?")
        reason.fill("They told me, and showed me both letters")
        harness.follow(page.get_by_role("button", name="Ask a second person to do it"))
        expect(
            page.get_by_role("heading", name="There is a problem")
        ).to_be_visible()  # which way to sign in was not said
        expect(reason).to_have_value("They told me, and showed me both letters")
        page.get_by_label("With reid@example.org").check()
        harness.follow(page.get_by_role("button", name="Ask a second person to do it"))
        expect(page.get_by_text("Now a second person has to do it")).to_be_visible()
        sign_browser_in(site, sign_in("administrator"))
        site.open("/people/twice")
        harness.follow(page.get_by_role("link", name="Look at both"))
        harness.follow(page.get_by_role("button", name="Yes, make one record of both"))
        expect(page.get_by_text("It is one record now")).to_be_visible()
    assert session.get_one(Person, gone).merged_into_id == kept


def test_account_is_paused_and_back_with_one_button_each(
    visit: Open, sign_in: Callable[..., FlaskClient]
) -> None:
    with visit(size=harness.PHONE) as site:
        page = site.page
        sign_browser_in(site, sign_in("student"))
        site.open("/me/pause")
        harness.follow(page.get_by_role("button", name="Pause my account"))
        expect(page.get_by_role("heading", name="Your account is paused")).to_be_visible()
        check(page)
        harness.follow(page.get_by_role("button", name="I am back"))
        expect(page.get_by_text("Welcome back")).to_be_visible()
