"""Telling of a worry and looking after it, in a browser: widths, keyboard, no scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from portal.concerns.services import answering
from portal.concerns.services.emergency import save_contact
from portal.enrolment.models import Enrolment
from portal.plugin_api import Actor
from tests.browser import harness
from tests.browser.hall import NAMES
from tests.factories.concerns import WORDS, make_concern, make_duty

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Page
    from sqlalchemy.orm import Session

    from tests.browser.conftest import Open
    from tests.browser.hall import Hall

pytestmark = pytest.mark.browser
SIZES = (harness.OLD_PHONE, harness.PHONE, harness.DESK)
LONG = "x" * 200


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


@pytest.fixture
def uid(session: Session) -> str:
    """A long concern that somebody looks after, with a note."""
    duty = Actor(person_id=make_duty(session, "Wanjiru-Abernathy-of-Saint-Germain"))
    concern = make_concern(session, f"{WORDS}.\n\nNobody has seen her. {LONG}")
    found: str = concern.uid
    answering.acknowledge(session, duty, found)
    answering.note(session, duty, found, f"Rang twice. {LONG}", once="a")
    make_concern(session)
    session.commit()
    session.rollback()
    return found


@pytest.fixture
def cookie(sign_in: Callable[..., FlaskClient]) -> str:
    """The session of somebody on duty."""
    found = sign_in("duty_contact").get_cookie("session")
    assert found is not None
    return str(found.value)


def _enter(site: harness.Watched, cookie: str) -> None:
    site.page.context.add_cookies([{"name": "session", "value": cookie, "url": site.base}])


def _check(page: Page) -> None:
    harness.assert_accessible(page)
    harness.assert_forms_ok(page)
    harness.assert_no_sideways_scroll(page)


def _check_at_sizes(page: Page) -> None:
    for _size in harness.at_sizes(page, SIZES):
        _check(page)


def test_every_page_is_accessible(visit: Open, cookie: str, uid: str) -> None:
    own = ("/tell-us", "/me/emergency", "/duty", f"/duty/{uid}")
    with visit() as site:
        for path in ("/tell-us", "/tell-us/sent"):
            _check_at_sizes(site.open(path))
        _enter(site, cookie)
        for path in (*own, *(f"/duty/{uid}/{page}" for page in ("note", "hand-on", "close"))):
            _check_at_sizes(site.open(path))


def test_told_from_the_foot_of_a_page_without_scripts(visit: Open) -> None:
    with visit(size=harness.PHONE, scripts=False) as site:
        page = site.open("/")
        harness.follow(page.get_by_role("link", name="Need help now?"))
        harness.follow(page.get_by_role("link", name="Tell us what worries you"))
        harness.follow(page.get_by_role("button", name="Send it"))
        page.get_by_role("link", name="Write what you are worried about").click()
        page.keyboard.type(WORDS)
        harness.follow(page.get_by_role("button", name="Send it"))
        page.get_by_role("heading", name="Thank you. We have it.").wait_for()
        assert "/tell-us/sent" in page.url


def test_told_and_taken_by_keyboard_alone(visit: Open, cookie: str) -> None:
    with visit(size=harness.DESK) as site:
        _enter(site, cookie)
        page = site.open("/tell-us")
        page.get_by_label("What are you worried about?").focus()
        page.keyboard.type(WORDS)
        for _ in range(3):
            page.keyboard.press("Tab")
        with harness.next_page(page):
            page.keyboard.press("Enter")
        page.wait_for_url("**/tell-us/sent")
        page = site.open("/duty")
        page.get_by_role("link", name="Sent").first.focus()
        with harness.next_page(page):
            page.keyboard.press("Enter")
        page.get_by_role("button", name="I look after this now").focus()
        with harness.next_page(page):
            page.keyboard.press("Enter")
        page.get_by_text("It is with you now").wait_for()
        harness.walk_by_keyboard(page)


@pytest.mark.parametrize("size", SIZES)
def test_leaders_find_whom_to_call(
    visit: Open, hall: Hall, session: Session, size: tuple[int, int]
) -> None:
    person = session.scalars(
        sa.select(Enrolment.person_id).where(Enrolment.id == hall.places[1])
    ).one()
    assert person is not None
    save_contact(session, Actor(person_id=person), f"Bo, my sister, 01632 960321 {LONG}")
    session.commit()
    with visit(size=size) as site:
        page = hall.open(site)
        harness.follow(page.get_by_role("link", name="In an emergency: whom to call"))
        _check(page)
        harness.follow(page.get_by_role("link", name=NAMES[1]))
        page.get_by_text("Bo, my sister").wait_for()
        _check(page)
