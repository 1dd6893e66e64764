"""The staff pages of the courses room, in a browser: every page, every width, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from portal.courses.models import Perspective, Run, RunState, SessionState
from portal.courses.samples.public import sample_materials
from tests.browser import harness
from tests.factories import courses as make
from tests.factories.accounts import make_person

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Page
    from sqlalchemy.orm import Session

    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
SIZES = (harness.PHONE, harness.DESK)
LONG = (
    "Living alongside voices, visions and other experiences that people do not always speak about"
)


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


@pytest.fixture
def paths(session: Session) -> list[str]:
    """Every staff page, on a course that shows most states."""
    course = make.make_course(session, title=LONG, summary="For everybody, at your own pace.")
    run = make.make_run(session, course_id=course.id, sessions=4, seats_taken=12)
    planned = make.make_run(
        session, course_id=course.id, sessions=1, state=RunState.PLANNED, published_at=None,
        reference="planned-1",
    )  # fmt: skip
    make.make_course(session, title="An idea", state="idea")
    first, second, third, _fourth = session.scalars(
        sa.select(make.CourseSession)
        .where(make.CourseSession.run_id == run.id)
        .order_by(make.CourseSession.number)
    )
    person = make_person(session, "Wanjirũ wa Kamau-Abernathy", pronouns="she/her")
    make.make_assignment(session, first.id, person.id, Perspective.LIVED)
    second.state, second.reason, second.moved_from = SessionState.MOVED, "Painted", first.starts_at
    third.state, third.reason = SessionState.CANCELLED, "Illness"
    handouts = sample_materials(session, course.id, 2)
    session.commit()
    base, its_run, its_session = (
        f"/manage/courses/{course.id}",
        f"/manage/runs/{run.id}",
        f"/manage/sessions/{first.id}",
    )
    found = [
        "/manage/", "/manage/?q=zzz", "/manage/venues", "/manage/terms",
        "/manage/courses/new", "/manage/venues/new", "/manage/terms/new",
        f"/manage/venues/{run.venue_id}", f"/manage/terms/{run.term_id}",
        f"/manage/venues/{run.venue_id}/remove",
        base, *(f"{base}/{page}" for page in ("edit", "state", "copy", "runs/new")),
        *(f"{base}/{page}" for page in ("materials", "materials/new")),
        f"{base}/materials/{handouts[0]}", f"{base}/materials/{handouts[0]}/remove",
        its_run, *(f"{its_run}/{page}" for page in ("edit", "copy", "cancel", "unpublish", "sessions/new")),
        f"/manage/runs/{planned.id}/publish",
        its_session, f"/manage/sessions/{second.id}",
        *(f"{its_session}/{page}" for page in ("move", "cancel", "tell", "waive", "leaders?q=wanj")),
        f"{its_session}/leaders/{person.id}/remove",
        f"/manage/history/course/{course.id}",
    ]  # fmt: skip
    session.rollback()
    return found


@pytest.fixture
def coordinator(sign_in: Callable[..., FlaskClient]) -> str:
    """The session cookie of somebody who plans."""
    cookie = sign_in("coordinator").get_cookie("session")
    assert cookie is not None
    return str(cookie.value)


def _enter(site: harness.Watched, cookie: str) -> None:
    site.page.context.add_cookies([{"name": "session", "value": cookie, "url": site.base}])


def _check(page: Page) -> None:
    harness.assert_accessible(page)
    harness.assert_forms_ok(page)
    harness.assert_no_sideways_scroll(page)


def test_staff_pages_are_accessible_and_fit_a_narrow_screen(
    visit: Open, coordinator: str, paths: list[str]
) -> None:
    with visit() as site:
        _enter(site, coordinator)
        for path in paths:
            page = site.open(path)
            for size in harness.at_sizes(page, (harness.OLD_PHONE, *SIZES)):
                harness.assert_no_sideways_scroll(page)
                if size != harness.OLD_PHONE:  # as narrow as 400% zoom on a desk
                    _check(page)


def test_staff_forms_are_reached_by_keyboard_alone(
    visit: Open, coordinator: str, paths: list[str]
) -> None:
    wanted = ("/runs/new", "/edit", "/move")
    with visit(size=harness.DESK) as site:
        _enter(site, coordinator)
        for path in paths:
            if path.endswith(wanted):
                harness.walk_by_keyboard(site.open(path))


@pytest.mark.parametrize("scripts", [True, False])
def test_run_is_planned_and_published_with_and_without_scripts(
    visit: Open, coordinator: str, session: Session, scripts: bool
) -> None:
    course, term = make.make_course(session), make.make_term(session, name="Spring 2027")
    venue = make.make_venue(session, name="The Boathouse")
    session.commit()
    course_id, venue_id, term_id = course.id, venue.id, term.id
    session.rollback()
    with visit(scripts=scripts) as site:
        _enter(site, coordinator)
        page = site.open(f"/manage/courses/{course_id}/runs/new")
        page.select_option("#term_id", str(term_id))
        page.fill("#first_on-day", "1")
        page.fill("#first_on-month", "March")
        page.fill("#first_on-year", "2027")
        page.fill("#starts", "half past")
        page.check("input[name=mode][value=in_person]")
        page.select_option("#venue_id", str(venue_id))
        page.fill("#learning_cap", "12")
        harness.follow(page.get_by_role("button", name="Check the dates"))

        assert page.locator(".govuk-error-summary a").get_attribute("href") == "#starts"
        assert page.input_value("#starts") == "half past"
        if scripts:
            _check(page)
        page.fill("#starts", "10am")
        harness.follow(page.get_by_role("button", name="Check the dates"))

        expect(page.get_by_text("Monday 29 March 2027 (bank holiday)")).to_be_visible()
        if scripts:
            _check(page)
        harness.follow(page.get_by_role("button", name="Plan this run"))
        harness.follow(page.get_by_role("link", name="Check and publish"))
        harness.follow(page.get_by_role("button", name="Publish this run"))
        expect(page.get_by_text("Now public")).to_be_visible()
        if scripts:
            _check(page)
    assert session.scalars(sa.select(Run.state)).all() == [RunState.OPEN]


def test_two_coordinators_who_write_at_once_both_see_their_words(
    visit: Open, coordinator: str, session: Session
) -> None:
    course = make.make_course(session, title="First title")
    session.commit()
    address = f"/manage/courses/{course.id}/edit"
    session.rollback()
    with visit(size=harness.DESK) as one, visit(size=harness.DESK) as other:
        for site in (one, other):
            _enter(site, coordinator)
            site.open(address)
        for site, title in ((one, "Title of one"), (other, "Title of the other")):
            site.page.fill("#title", title)
            site.page.fill("#why", "Clearer")
            harness.follow(site.page.get_by_role("button", name="Save"))
        page = other.page
        expect(page.get_by_text("Somebody else saved this")).to_be_visible()
        assert page.locator(".rc-typed").all_inner_texts() == ["Title of one", "Title of the other"]
        assert page.input_value("#title") == "Title of the other"
        _check(page)


def test_a_file_that_is_too_large_is_said_before_it_is_sent(
    visit: Open, coordinator: str, paths: list[str]
) -> None:
    (path,) = [one for one in paths if one.endswith("/materials/new")]
    with visit(size=harness.PHONE) as site:
        _enter(site, coordinator)
        page = site.open(path)
        file = page.get_by_label("The file")
        large = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"0" * 10_000_001}
        file.set_input_files(large)  # type: ignore[arg-type]
        alert = page.get_by_role("main").get_by_role("alert")
        expect(alert).to_contain_text("This file is too large")
        expect(file).to_have_value("")
        file.set_input_files({**large, "buffer": b"0"})  # type: ignore[arg-type]
        expect(alert).to_have_count(0)
