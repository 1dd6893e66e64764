"""What we keep, and what people can do about it, in a browser: widths, keyboard, no scripts."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portal import clock
from portal.plugin_api import Actor
from portal.privacy.models import AskedHow, ErasureAsk, RecordRequest, RequestState
from portal.privacy.services import requests
from tests.browser import harness
from tests.browser.test_home import sign_browser_in
from tests.factories.sharing import NAMES, Sharing, make_sharing

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Page
    from sqlalchemy.orm import Session

    from portal.app import Portal
    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
SIZES = (harness.OLD_PHONE, harness.PHONE, harness.DESK)
NARROW_AND_WIDE = (harness.OLD_PHONE, harness.DESK)
OWN = ("/me/data", "/me/data/agreed", "/me/data/record", "/me/data/erase")


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


@pytest.fixture
def sharing(app: Portal, session: Session) -> Sharing:
    with app.test_request_context():
        made = make_sharing(session)
        session.commit()
    return made


@pytest.fixture
def asked(session: Session, sharing: Sharing) -> int:
    """Ada's request for her whole record, with a question that waits for her."""
    me, today = Actor(person_id=sharing.ada), clock.now().date()
    request_id = requests.ask(session, me, sharing.ada, "My first year " * 8, today=today)
    session.commit()
    return request_id


def assert_sound(
    site: harness.Watched, path: str, sizes: tuple[harness.Size, ...] = NARROW_AND_WIDE
) -> None:
    page = site.open(path)
    assert page.locator("h1").count() == 1, path
    assert_sound_here(page, sizes)


def assert_sound_here(page: Page, sizes: tuple[harness.Size, ...] = NARROW_AND_WIDE) -> None:
    for _size in harness.at_sizes(page, sizes):
        harness.assert_no_sideways_scroll(page)
        harness.assert_accessible(page)
        harness.assert_forms_ok(page)


def test_own_pages_are_sound_at_every_size(
    visit: Open, sign_in: Callable[..., FlaskClient], sharing: Sharing
) -> None:
    client = sign_in(person_id=sharing.ada)
    with visit() as site:
        sign_browser_in(site, client)
        for path in (*OWN, "/erased", "/privacy"):
            assert_sound(site, path, SIZES)


def test_request_is_sound_for_both_sides(
    visit: Open, session: Session, sign_in: Callable[..., FlaskClient], sharing: Sharing, asked: int
) -> None:
    guardian, ada = sign_in("data_guardian"), sign_in(person_id=sharing.ada)
    with visit() as site:
        sign_browser_in(site, guardian)
        pages = [f"/manage/records/{asked}{more}" for more in ("", "/question", "/refuse")]
        for path in ("/desk/", "/manage/records", *pages):
            assert_sound(site, path)
    with visit() as site:
        sign_browser_in(site, ada)
        assert_sound(site, "/me/data/record")
    guardian.post(f"/manage/records/{asked}/question", data={"words": "Which year do you mean?"})
    with visit() as site:
        sign_browser_in(site, ada)
        assert_sound(site, "/me/data/record", (harness.OLD_PHONE,))


def test_pages_for_somebody_without_a_screen_are_sound(
    visit: Open, session: Session, sign_in: Callable[..., FlaskClient], sharing: Sharing, asked: int
) -> None:
    coordinator, guardian = sign_in("coordinator"), sign_in("data_guardian")
    one = session.get_one(RecordRequest, asked)
    one.state, one.decided_at, one.outcome = RequestState.RELEASED, clock.now(), "With greetings"
    session.commit()
    with visit() as site:
        sign_browser_in(site, coordinator)
        for person_id in (sharing.ada, sharing.bo):
            assert_sound(site, f"/manage/people/{person_id}/data")
        assert_sound(site, f"/manage/people/{sharing.ada}/data/erase")
    with visit() as site:
        sign_browser_in(site, guardian)
        assert_sound(site, f"/manage/records/{asked}")
        assert_sound(site, f"/manage/records/{asked}/letter")


def test_erasing_through_two_people_is_sound_for_all_three(
    visit: Open, session: Session, sign_in: Callable[..., FlaskClient], sharing: Sharing
) -> None:
    asks = []
    for person_id, days in ((sharing.bo, 8), (sharing.cy, 1)):
        one = ErasureAsk(
            person_id=person_id,
            how=AskedHow.LETTER,
            asked_on=clock.now().date() - timedelta(days=days),
            words="She wrote to us, and I rang her back on the number that we had. " * 3,
            told="0" * 16,
            begun_by_id=sharing.ada,
            begun_at=clock.now() - timedelta(days=days),
        )
        session.add(one)
        session.flush()
        asks.append(one.id)
    session.commit()
    second, bo = sign_in("coordinator"), sign_in(person_id=sharing.bo)
    with visit() as site:
        sign_browser_in(site, second)
        for one in asks:
            assert_sound(site, f"/manage/erasures/{one}")
        for path in ("/manage/erasures", f"/manage/people/{sharing.bo}/data/erase"):
            assert_sound(site, path)
    with visit() as site:
        sign_browser_in(site, bo)
        assert_sound(site, "/me/data")
        harness.follow(site.page.get_by_role("link", name="See it, and say no"))
        site.page.wait_for_url("**/erasure/no/*")
        assert_sound_here(site.page)
    with visit(size=harness.PHONE, scripts=False) as site:
        sign_browser_in(site, bo)
        harness.follow(site.open("/me/data").get_by_role("link", name="See it, and say no"))
        harness.follow(site.page.get_by_role("button", name="No, do not erase me"))
        assert "Nothing is erased" in site.page.inner_text("main")
        assert "See it, and say no" not in site.open("/me/data").inner_text("main")


def test_copy_is_saved_and_opens_without_a_connection(
    visit: Open, sign_in: Callable[..., FlaskClient], sharing: Sharing, tmp_path: Path
) -> None:
    client = sign_in(person_id=sharing.ada)
    with visit(size=harness.PHONE, scripts=False) as site:
        sign_browser_in(site, client)
        page = site.open("/me/data")
        with page.expect_download() as caught:
            page.get_by_role("button", name="Download my data").click()
        saved = tmp_path / caught.value.suggested_filename
        caught.value.save_as(saved)
    assert saved.suffix == ".zip"
    with zipfile.ZipFile(io.BytesIO(saved.read_bytes())) as file:
        file.extractall(tmp_path)
        assert json.loads(file.read("your-data.json"))["complete"] is True
    with visit(size=harness.OLD_PHONE) as site:
        page = site.page
        page.goto((tmp_path / "your-data.html").as_uri())
        assert NAMES["ada"] in page.inner_text("main")
        harness.assert_no_sideways_scroll(page)
        harness.assert_accessible(page)


def test_erased_by_keyboard_alone_and_signed_out(
    visit: Open, sign_in: Callable[..., FlaskClient], sharing: Sharing
) -> None:
    client = sign_in(person_id=sharing.ada)
    with visit(size=harness.PHONE, scripts=False) as site:
        sign_browser_in(site, client)
        page = site.open("/me/data/erase")
        with harness.next_page(page):
            page.get_by_role("button", name="Erase me now").press("Enter")
        page.get_by_role("link", name="Tick the box if you want to be erased").press("Enter")
        page.get_by_role("checkbox").press("Space")
        with harness.next_page(page):
            page.get_by_role("button", name="Erase me now").press("Enter")
        page.wait_for_url("**/erased*")
        assert page.locator('a[href^="/sign-in"]').count() > 0


def test_consent_is_taken_back_with_one_button(
    visit: Open, sign_in: Callable[..., FlaskClient], sharing: Sharing
) -> None:
    client = sign_in(person_id=sharing.ada)
    with visit(size=harness.PHONE, scripts=False) as site:
        sign_browser_in(site, client)
        page = site.open("/me/data/agreed")
        harness.follow(page.get_by_role("button", name=re.compile(f"Take it back.*{NAMES['cy']}")))
        assert "They cannot ask for places for you any more." in page.inner_text("main")
        assert (
            page.get_by_role("button", name=re.compile(f"Take it back.*{NAMES['cy']}")).count() == 0
        )
