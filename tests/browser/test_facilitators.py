"""Before, in and after a session that somebody leads, by thumb at 360 px; and the coordinators' pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal import clock
from portal.courses.models import CourseSession
from portal.facilitators.models import AskState
from tests.browser import harness
from tests.factories.courses import ZONE, make_assignment, make_term
from tests.factories.enrolment import book, make_student
from tests.factories.facilitators import make_ask, make_meeting, make_peer, state_of

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Page
    from sqlalchemy.orm import Session

    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
THUMB = (360, 740)


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


@pytest.fixture
def peer(session: Session, sign_in: Callable[..., FlaskClient]) -> tuple[str, int]:
    """Somebody who leads: their session's cookie, and who they are."""
    client = sign_in("facilitator")
    person: int = client.person_id  # type: ignore[attr-defined]
    make_peer(session, person_id=person, max_a_week=9, weekly=[[0, "09:00", "17:00"]])
    session.commit()
    return cookie_of(client), person


def cookie_of(client: FlaskClient) -> str:
    found = client.get_cookie("session")
    assert found is not None
    return str(found.value)


def enter(site: harness.Watched, cookie: str) -> None:
    site.page.context.add_cookies([{"name": "session", "value": cookie, "url": site.base}])


def check(page: Page) -> None:
    harness.assert_accessible(page)
    harness.assert_forms_ok(page)
    harness.assert_no_sideways_scroll(page)


def meeting_in(session: Session, days: int) -> CourseSession:
    """A session that lacks its lived half, that many days from today, late in the day."""
    day = clock.local_date(clock.now(), ZONE) + timedelta(days=days)
    return make_meeting(session, day, 21)


@pytest.mark.parametrize("scripts", [True, False])
def test_everything_around_a_session_goes_by_thumb(
    visit: Open, session: Session, peer: tuple[str, int], scripts: bool
) -> None:
    cookie, person = peer
    look = check if scripts else lambda _page: None  # axe is a script
    asked, today = meeting_in(session, 7), meeting_in(session, 0)
    ask = make_ask(session, asked.id, person, clock.now())
    make_assignment(session, today.id, person)
    earlier = clock.now() - timedelta(days=9)
    book(session, today.run_id, make_student(session, name="Nadia Surname"), at=earlier)
    over = meeting_in(session, -1)
    make_assignment(session, over.id, person)
    today_id, over_id = today.id, over.id
    session.commit()
    with visit(size=THUMB, scripts=scripts) as site:
        enter(site, cookie)
        page = site.open("/leading")
        look(page)
        harness.follow(
            page.get_by_role("listitem").filter(has_text="waits for you").get_by_role("link")
        )
        expect(page.get_by_role("button", name="Yes, I lead it")).to_be_visible()
        look(page)
        harness.follow(page.get_by_role("button", name="Yes, I lead it"))
        expect(page.get_by_text("Thank you. You lead this session.")).to_be_visible()
        look(page)
        harness.follow(page.get_by_role("link", name="Change what you bring"))
        expect(page.get_by_label("Lived experience")).to_be_checked()
        look(page)
        page.get_by_label("Knows the subject").check()
        harness.follow(page.get_by_role("button", name="Save"))
        expect(page.get_by_text("Somebody is still needed to lead it with you.")).to_be_visible()
        page.get_by_text("I cannot lead this session").click()
        harness.follow(page.get_by_role("button", name="Hand it back"))
        expect(page.get_by_text("You do not lead this session any more.")).to_be_visible()

        site.open(f"/leading/sessions/{today_id}")
        look(page)
        harness.follow(page.get_by_role("link", name="I am running late"))
        expect(page.get_by_label("15 minutes")).to_be_visible()
        look(page)
        harness.follow(page.get_by_role("button", name="Tell everybody"))
        expect(page.locator(".govuk-error-summary")).to_contain_text("Choose how late you will be")
        look(page)
        page.get_by_label("15 minutes").check()
        harness.follow(page.get_by_role("button", name="Tell everybody"))
        expect(page.get_by_text("1 person is being told")).to_be_visible()
        harness.follow(page.get_by_role("link", name="Raise a hand"))
        expect(page.get_by_label("I would like to talk")).to_be_visible()
        look(page)
        page.get_by_label("I would like to talk").check()
        harness.follow(page.get_by_role("button", name="Raise a hand"))
        expect(page.get_by_text("on their desk for today")).to_be_visible()
        harness.follow(page.get_by_role("link", name="Write the plan"))
        expect(page.get_by_label("What do you plan?")).to_be_visible()
        look(page)
        page.get_by_label("What do you plan?").fill("Tea first, then the walk")
        harness.follow(page.get_by_role("button", name="Save the plan"))
        expect(page.get_by_text("The plan is kept.")).to_be_visible()
        expect(page.get_by_text("Tea first, then the walk")).to_be_visible()
        look(page)
        harness.follow(page.get_by_role("link", name="Register"))
        expect(page.get_by_text("Nadia Surname")).to_be_visible()

        site.open(f"/leading/sessions/{over_id}")
        look(page)
        harness.follow(page.get_by_role("link", name="Write how it went"))
        expect(page.get_by_label("How did it go?")).to_be_visible()
        look(page)
        page.get_by_label("How did it go?").fill("A good round at the end")
        harness.follow(page.get_by_role("button", name="Save the note"))
        expect(page.get_by_text("Your note is kept.")).to_be_visible()
        expect(page.get_by_text("A good round at the end")).to_be_visible()
        look(page)
        page = site.open("/me/contributions")
        look(page)
    assert state_of(session, ask) is AskState.HANDED_BACK  # after a yes


def test_when_somebody_can_is_said_by_keyboard_and_thumb(
    visit: Open, peer: tuple[str, int]
) -> None:
    with visit(size=THUMB) as site:
        enter(site, peer[0])
        for path in ("most", "topics", "times", "away"):
            page = site.open(f"/leading/{path}")
            check(page)
            harness.walk_by_keyboard(page)


@pytest.mark.parametrize("size", [THUMB, harness.DESK])
def test_coordinators_pages_are_sound(
    visit: Open, session: Session, sign_in: Callable[..., FlaskClient], size: tuple[int, int]
) -> None:
    boss = cookie_of(sign_in("coordinator"))
    meeting = meeting_in(session, 7)
    fits = make_peer(session, "Ama")
    make_peer(session, "Ben", max_a_week=0)
    ask = make_ask(session, meeting.id, fits, clock.now())
    one = f"/manage/leading/sessions/{meeting.id}"
    today = clock.local_date(clock.now(), ZONE)
    around = {"starts_on": today - timedelta(weeks=2), "ends_on": today + timedelta(weeks=10)}
    make_term(session, name="This term", **around)
    stretched = make_peer(session, "Sol with a name that is rather longer than most", max_a_week=1)
    make_assignment(session, meeting_in(session, 9).id, stretched)
    session.commit()
    with visit(size=size) as site:
        enter(site, boss)
        for path in (
            "/manage/leading",
            one,
            f"{one}/give/{fits}",
            f"/manage/leading/asks/{ask}",
            "/manage/leading/people",
            f"/manage/leading/people/{fits}",
            f"/manage/leading/people/{fits}/record",
            f"/manage/leading/people/{fits}/can",
        ):
            check(site.open(path))
        page = site.open("/manage/leading")
        picture = page.get_by_role("img", name="This term: ")
        expect(picture).to_be_visible()
        box = picture.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
        numbers = page.get_by_role("table", name="Sessions by week")
        expect(numbers).to_be_hidden()
        page.emulate_media(media="print")
        expect(numbers).to_be_visible()
        page.emulate_media(media="screen")
        page.get_by_text("The same in numbers").click()
        check(page)
        harness.follow(numbers.get_by_role("link").first)
        expect(page).to_have_url(re.compile(r"/manage/leading/sessions/\d+$"))
        page = site.open(one)
        harness.follow(page.get_by_role("button", name="Ask those I chose"))
        expect(page.locator(".govuk-error-summary")).to_contain_text("Choose whom you want to ask")
        check(page)
