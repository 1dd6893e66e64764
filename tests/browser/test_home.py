"""The landing page, My page, search and the pages about the college, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser import harness
from tests.factories.courses import make_coming_run, make_course

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
PUBLIC = (
    "/",
    "/search",
    "/search?q=nothing-like-it",
    "/about",
    "/accessibility",
    "/privacy",
    "/glossary",
)
OWN = ("/me", "/me/contributions", "/staff", "/manage/health", "/manage/settings")
SIZES = (harness.OLD_PHONE, harness.PHONE, harness.DESK)


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


@pytest.fixture
def soon(session: Session) -> None:
    """A course that starts next week, with a very long title."""
    course = make_course(session, title="Sleep, rest and the night: " + "a long name " * 10)
    make_coming_run(session, course_id=course.id)
    session.commit()


def sign_browser_in(site: harness.Watched, client: FlaskClient) -> None:
    key = client.get_cookie("session")
    assert key is not None
    site.page.context.add_cookies([{"name": "session", "value": key.value, "url": site.base}])


@pytest.mark.usefixtures("soon")
def test_public_pages_are_sound_at_every_size(visit: Open) -> None:
    with visit() as site:
        for path in PUBLIC:
            page = site.open(path)
            for _size in harness.at_sizes(page, SIZES):
                harness.assert_no_sideways_scroll(page)
                harness.assert_accessible(page)
                harness.assert_forms_ok(page)


def test_own_and_staff_pages_are_sound_at_every_size(
    visit: Open, sign_in: Callable[..., FlaskClient]
) -> None:
    client = sign_in("administrator")
    with visit() as site:
        sign_browser_in(site, client)
        for path in OWN:
            page = site.open(path)
            assert page.locator("h1").count() == 1
            for _size in harness.at_sizes(page, SIZES):
                harness.assert_no_sideways_scroll(page)
                harness.assert_accessible(page)
                harness.assert_forms_ok(page)


@pytest.mark.parametrize("path", ["/", "/search"])
@pytest.mark.usefixtures("soon")
def test_page_can_be_walked_by_keyboard(visit: Open, path: str) -> None:
    with visit(size=harness.DESK) as site:
        harness.walk_by_keyboard(site.open(path))


@pytest.mark.usefixtures("soon")
def test_landing_leads_to_a_course_without_scripts(visit: Open) -> None:
    with visit(scripts=False) as site:
        page = site.open("/")
        page.get_by_label("What would you like to learn about?").fill("sleep")
        harness.follow(page.get_by_role("button", name="Find a course"))
        assert page.url.startswith(f"{site.base}/courses?q=sleep")
        assert page.get_by_role("link", name="Sleep, rest and the night").count() >= 1


def test_search_keeps_the_words_and_says_when_nothing_is_found(visit: Open) -> None:
    with visit(scripts=False) as site:
        page = site.open("/search")
        page.get_by_label("What are you looking for?").fill("zzqx")
        harness.follow(page.get_by_role("main").get_by_role("button", name="Search"))
        assert page.get_by_label("What are you looking for?").input_value() == "zzqx"
        assert page.get_by_role("heading", name="We found nothing").count() == 1


def test_wrong_setting_leads_to_its_field(visit: Open, sign_in: Callable[..., FlaskClient]) -> None:
    with visit() as site:
        sign_browser_in(site, sign_in("administrator"))
        page = site.open("/manage/settings")
        form = page.get_by_role("form", name="We answer within")
        form.get_by_label("We answer within").fill("soon")
        harness.follow(form.get_by_role("button"))

        summary = page.locator(".govuk-error-summary")
        assert summary.evaluate("element => element === document.activeElement")
        summary.get_by_role("link").click()
        field = page.get_by_label("We answer within").and_(page.locator("input"))
        assert field.evaluate("element => element === document.activeElement")
        assert field.input_value() == "soon"
        harness.assert_accessible(page)
        harness.assert_forms_ok(page)
