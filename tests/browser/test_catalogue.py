"""The public pages of courses in a browser: any width, no scripts, keyboard, right to left."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from portal import clock
from portal.courses.models import CourseState, SessionState
from tests.browser import harness
from tests.factories import courses as make

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
SIZES = (harness.OLD_PHONE, harness.DESK)
PATHS = (
    "/courses",
    "/courses?topic=rest&day=mon&free=1&q=sleep",
    "/courses?q=sleap",
    "/courses?q=zzzzqqqq",
    "/courses/rest",
    "/courses/idea",
    "/courses/rest/rest-1",
    "/courses/rest/rest-1/1",
    "/courses/rest/rest-1/2",
    "/calendar",
    "/venues",
    "/venues/boathouse",
    "/prospectus",
    "/prospectus/term",
)


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


@pytest.fixture(autouse=True)
def college(session: Session) -> None:
    """A course with a very long name, a run of today and next week, and an idea."""
    today = clock.local_date(clock.now(), make.ZONE)
    topic = make.make_topic(session, slug="rest", name="Sleep and rest")
    venue = make.make_venue(session, slug="boathouse", hearing_loop=True, bus="Number 12")
    term = make.make_term(
        session, slug="term", starts_on=today - timedelta(30), ends_on=today + timedelta(60)
    )
    course = make.make_course(
        session,
        slug="rest",
        title="Sleep: " + "a very long name " * 8,
        topic_id=topic.id,
        description="You will learn:\n\n- to rest\n- to sleep",
    )
    run = make.make_run(
        session, course_id=course.id, reference="rest-1", venue_id=venue.id, term_id=term.id
    )
    for number in (1, 2):
        one = make.make_session(
            session, run_id=run.id, number=number, local_date=today + timedelta(7 * number - 6)
        )
        run.first_starts_at = run.first_starts_at or one.starts_at
        run.last_ends_at = one.ends_at
    one.state, one.reason = SessionState.CANCELLED, "The room is flooded."
    make.make_course(session, slug="idea", state=CourseState.IDEA, topic_id=topic.id)
    session.commit()


@pytest.mark.parametrize("path", PATHS)
def test_page_is_accessible_at_every_width(visit: Open, path: str) -> None:
    with visit() as site:
        for _size in harness.at_sizes(site.open(path), SIZES):
            harness.assert_accessible(site.page)
            harness.assert_forms_ok(site.page)
            harness.assert_no_sideways_scroll(site.page)


def test_choices_work_without_scripts(visit: Open) -> None:
    with visit(size=harness.PHONE, scripts=False) as site:
        site.open("/courses")
        site.page.get_by_text("More ways to choose").click()
        site.page.get_by_label("Sleep and rest").check()
        harness.follow(site.page.get_by_role("button", name="Show courses").last)
        assert "topic=rest" in site.page.url
        assert site.page.locator(".rc-card").count() == 1
        harness.follow(site.page.get_by_role("link", name="Remove: Sleep and rest"))
        assert "topic" not in site.page.url


def test_course_is_reached_by_keyboard(visit: Open) -> None:
    with visit(size=harness.DESK) as site:
        site.open("/courses?q=sleap")
        link = site.page.locator(".rc-card h3 a").first
        link.focus()
        with harness.next_page(site.page):
            site.page.keyboard.press("Enter")
        site.page.wait_for_url("**/courses/rest")
        assert "Sleep" in site.page.locator("h1").inner_text()
