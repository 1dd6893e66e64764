"""Breaks, stopped places, first sessions that are needed, and what follows from them, in a browser.

At each width, by keyboard alone, and what a second tap is for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from portal import clock
from portal.accounts.models import ContactRoute, RouteKind
from portal.courses.models import Course, CourseSession, RunState
from portal.desk.kinds import ERRAND
from portal.desk.services import open_task
from portal.enrolment.models import Mark, MarkedHow, MissedFirst, MissedState, Role
from portal.enrolment.services import appeals, blocks, marks, pauses, seats, wishes
from portal.enrolment.services.outcomes import Body, Enrolled, Waiting
from portal.plugin_api import SYSTEM
from tests.browser import harness
from tests.browser.hall import Hall, settled
from tests.factories.courses import ZONE
from tests.factories.enrolment import book, make_group, make_student
from tests.integration.enrolment.taking import coming_group, fill_now

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Page
    from sqlalchemy.orm import Session

    from tests.browser.conftest import Open

    SignIn = Callable[..., FlaskClient]

pytestmark = pytest.mark.browser
SIZES = (harness.OLD_PHONE, harness.PHONE, harness.DESK)
LONG_NAME = "Wanjirũ wa Kamau-Abernathy of Saint-Germain"
LONG = "Living alongside voices, visions and other experiences that people do not always speak of"
REASON = "Shouted at others in two sessions.\n\nAnd again, after we had talked about it together."


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


class Visitor:
    """Somebody who is signed in, and the pages that are for them."""

    def __init__(self, sign_in: SignIn, *roles: str) -> None:
        client = sign_in(*roles)
        cookie = client.get_cookie("session")
        assert cookie is not None
        self.cookie = str(cookie.value)
        self.id: int = client.person_id  # type: ignore[attr-defined]
        self.paths: list[str] = []

    def enter(self, site: harness.Watched) -> None:
        """Be signed in from here on."""
        site.page.context.add_cookies([{"name": "session", "value": self.cookie, "url": site.base}])


def _begin_break(session: Session, person_id: int) -> None:
    last = clock.now().date() + timedelta(weeks=4)
    pauses.begin(session, SYSTEM, person_id, last_day=last, zone=ZONE, at=clock.now())


def _stop(session: Session, person_id: int) -> int:
    day = clock.now().date()
    return blocks.decide(
        session,
        SYSTEM,
        person_id,
        reason=REASON,
        last_day=day + timedelta(weeks=8),
        review_on=day + timedelta(weeks=3),
        zone=ZONE,
        at=clock.now(),
    )


def _place(session: Session, run_id: int, person_id: int, **values: object) -> int:
    made = book(session, run_id, person_id, **{"at": clock.now(), **values})  # type: ignore[arg-type]
    assert isinstance(made, Enrolled)
    return made.enrolment_ids[0]


@pytest.fixture
def coordinator(session: Session, sign_in: SignIn) -> Visitor:
    """Who arranges breaks, stops places, looks after people and writes several tasks down at once."""
    one, now = Visitor(sign_in, "coordinator"), clock.now()
    resting, stopped = make_student(session, name=LONG_NAME), make_student(session, name="Bo Hale")
    busy = make_student(session, name="Cy Frost")
    coming = coming_group(session)
    for person in (resting, busy):
        _place(session, coming.id, person)
    _begin_break(session, resting)
    block = _stop(session, stopped)
    words = "I was ill that day.\nI have said sorry to everybody."
    appeal = appeals.appeal(session, SYSTEM, block, words, today=now.date(), at=clock.now())
    over = make_group(session, 4, first=(now - timedelta(weeks=5)).date(), first_required=True)
    before = now - timedelta(weeks=8)
    guest = Body(guest_name="Auntie Jo", role=Role.SUPPORTER)
    book(session, over.id, resting, guest, at=before)
    place = _place(session, over.id, busy, at=before)
    meeting = session.scalars(
        sa.select(CourseSession.id).where(CourseSession.run_id == over.id)
    ).first()
    assert meeting is not None
    marks.put(session, SYSTEM, meeting, place, Mark.PRESENT, how=MarkedHow.PAPER, at=now)
    seats.end_run(session, over.id, completed=True, at=now)
    over.state = RunState.FINISHED
    for number in range(3):
        about = {"what": f"Order tea, and think of the oat milk for group {number}"}
        open_task(session, kind=ERRAND, key=f"e{number}", due=now.date(), about=about)
    breaks, stops = "/manage/places/people", "/manage/stopped"
    one.paths = [
        f"{breaks}/{resting}/break", f"{breaks}/{busy}/break", f"/people/{resting}/contact",
        stops, f"{stops}?q=hale", f"{stops}/people/{stopped}", f"{stops}/people/{busy}",
        *(f"{stops}/{block}{page}" for page in ("", "/lift", "/review", "/appeal")),
        f"{stops}/appeals/{appeal}", f"/manage/places/runs/{over.id}",
        f"/manage/places/runs/{coming.id}", "/registers",
    ]  # fmt: skip
    session.commit()
    return one


@pytest.fixture
def student(session: Session, sign_in: SignIn) -> Visitor:
    """Whose first session was missed, whose wait is over, and who has not begun a break yet."""
    one, now = Visitor(sign_in, "student"), clock.now()
    begun = make_group(
        session,
        8,
        first=now.date() - timedelta(days=1),
        first_required=True,
        state=RunState.RUNNING,
    )
    place = _place(session, begun.id, one.id, at=now - timedelta(weeks=2))
    first = session.scalars(
        sa.select(CourseSession.id)
        .where(CourseSession.run_id == begun.id)
        .order_by(CourseSession.starts_at)
    ).first()
    assert first is not None
    marks.put(session, SYSTEM, first, place, Mark.APOLOGIES, how=MarkedHow.FORM, at=now)
    session.add(
        MissedFirst(enrolment_id=place, session_id=first, state=MissedState.LOOKING, at=now)
    )
    needed = coming_group(session, 8, first_required=True)
    session.get_one(Course, needed.course_id).title = LONG
    taken = _place(session, needed.id, one.id)
    full = coming_group(session, 1, first_required=True)
    fill_now(session, full.id, 1)
    waits = book(session, full.id, one.id, at=now)
    assert isinstance(waits, Waiting)
    seats.refresh(session, full.id, at=now + timedelta(weeks=6))
    open_run = coming_group(session, 8, first_required=True)
    today = make_group(session, 8, first=now.date(), first_required=True, state=RunState.RUNNING)
    course = session.get_one(Course, begun.course_id).slug
    route = ContactRoute(
        person_id=one.id,
        kind=RouteKind.MOBILE,
        value="+447700900123",
        consent_at=now,
        created_at=now,
    )
    session.add(route)
    session.flush()
    one.paths = [
        "/me", "/me/courses", "/me/courses/record", "/me/break",
        f"/places/{place}", f"/places/{taken}", f"/places/{taken}/done",
        f"/places/{taken}/sessions/{_first_of(session, needed.id)}/sorry",
        f"/places/waiting/{waits.entry_id}", f"/courses/{course}",
        f"/courses/{course}/{begun.reference}", f"/places/runs/{begun.id}",
        f"/places/runs/{today.id}", "/courses",
        f"/places/runs/{open_run.id}", f"/places/runs/{open_run.id}/check",
        "/me/details", "/me/contact/new", f"/me/contact/{route.id}", f"/me/contact/{route.id}/remove",
    ]  # fmt: skip
    session.commit()
    return one


def _first_of(session: Session, run_id: int) -> int:
    found = session.scalars(
        sa.select(CourseSession.id)
        .where(CourseSession.run_id == run_id)
        .order_by(CourseSession.starts_at)
    ).first()
    assert found is not None
    return found


def _check(page: Page) -> None:
    assert page.locator("h1").count() == 1, page.url
    harness.assert_accessible(page)
    harness.assert_forms_ok(page)
    harness.assert_no_sideways_scroll(page)


def _look_at_all(visit: Open, who: Visitor) -> None:
    with visit() as site:
        who.enter(site)
        for path in who.paths:
            page = site.open(path)
            for _size in harness.at_sizes(page, SIZES):
                _check(page)


def test_pages_of_who_arranges_are_accessible(visit: Open, coordinator: Visitor) -> None:
    _look_at_all(visit, coordinator)


def test_own_pages_are_accessible(visit: Open, student: Visitor) -> None:
    _look_at_all(visit, student)


def test_pages_of_who_is_away_are_accessible(
    visit: Open, session: Session, sign_in: SignIn
) -> None:
    resting, stopped = Visitor(sign_in, "student"), Visitor(sign_in, "student")
    _place(session, coming_group(session).id, resting.id)
    _begin_break(session, resting.id)
    _stop(session, stopped.id)
    session.commit()
    resting.paths = ["/me", "/me/courses", "/me/break"]
    stopped.paths = ["/me", "/me/places", "/me/courses"]
    for who in (resting, stopped):
        _look_at_all(visit, who)


@pytest.mark.parametrize("size", SIZES)
def test_break_is_begun_and_ended_with_what_it_means_in_between(
    visit: Open, student: Visitor, size: tuple[int, int]
) -> None:
    last = clock.now().date() + timedelta(weeks=6)
    with visit(size=size) as site:
        student.enter(site)
        page = site.open("/me/break")
        harness.follow(page.get_by_role("button", name="See what this means"))  # nothing typed
        assert page.locator(".govuk-error-summary a").count() >= 1
        _check(page)
        for name, value in (("Day", last.day), ("Month", last.month), ("Year", last.year)):
            page.get_by_label(name, exact=True).fill(str(value))
        harness.follow(page.get_by_role("button", name="See what this means"))
        expect(page.get_by_role("button", name="Begin my break")).to_be_visible()
        _check(page)
        harness.follow(page.get_by_role("button", name="Begin my break"))
        page = site.open("/me")
        harness.follow(page.get_by_role("button", name="I am back"))
        expect(page.get_by_text("Welcome back")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_several_tasks_are_looked_at_before_they_are_written_down(
    visit: Open, coordinator: Visitor, size: tuple[int, int]
) -> None:
    with visit(size=size) as site:
        coordinator.enter(site)
        page = site.open("/desk/several")
        for box in page.get_by_role("checkbox").all()[:3]:
            box.check()
        page.get_by_label("It is done").check()
        harness.follow(page.locator("main form button").last)
        expect(page.get_by_role("heading", name="Is this right?")).to_be_visible()
        _check(page)
        harness.walk_by_keyboard(page)


def test_everything_is_reached_by_keyboard_alone(
    visit: Open, coordinator: Visitor, student: Visitor
) -> None:
    with visit(size=harness.DESK) as site:
        for who in (coordinator, student):
            site.page.context.clear_cookies()
            who.enter(site)
            for path in who.paths:
                harness.walk_by_keyboard(site.open(path))


def test_register_pages_are_reached_by_keyboard_alone(
    visit: Open, hall: Hall, session: Session
) -> None:
    wishes.share_needs(session, hall.places[0], "Near the door, please", at=clock.now())
    session.commit()
    with visit(size=harness.DESK) as site:
        hall.enter(site)
        for path in ("/registers", f"{hall.path}/paper", f"{hall.path}/needs"):
            harness.walk_by_keyboard(site.open(path))


@pytest.mark.parametrize("size", SIZES)
def test_apologies_become_an_absence_only_by_a_second_tap(
    visit: Open, hall: Hall, session: Session, size: tuple[int, int]
) -> None:
    marks.put(
        session, SYSTEM, hall.session_id, hall.places[0], Mark.APOLOGIES, how=MarkedHow.PAUSE,
        at=clock.now(),
    )  # fmt: skip
    session.commit()
    with visit(size=size) as site:
        page = hall.open(site)
        _check(page)
        absent = page.locator(f"#mark-{hall.places[0]}-absent")
        expect(page.locator("[data-ahead]")).to_be_visible()
        expect(page.locator("[data-ahead] [data-save]")).to_be_hidden()
        absent.click()
        expect(page.locator("[data-ahead]")).to_contain_text("once more")
        expect(page.locator(f"#mark-{hall.places[0]}-apologies")).to_be_checked()
        _check(page)
        settled(page)
        assert hall.marks() == {hall.places[0]: "apologies"}
        absent.click()
        settled(page)
    assert hall.marks() == {hall.places[0]: "absent"}


def test_without_scripts_saving_overrules_apologies_and_the_page_says_so(
    visit: Open, hall: Hall, session: Session
) -> None:
    marks.put(
        session, SYSTEM, hall.session_id, hall.places[0], Mark.APOLOGIES, how=MarkedHow.PAUSE,
        at=clock.now(),
    )  # fmt: skip
    session.commit()
    with visit(size=harness.PHONE, scripts=False) as site:
        hall.enter(site)
        page = site.open(hall.path)
        expect(page.locator("[data-ahead] [data-save]")).to_be_visible()
        expect(page.locator("[data-ahead]")).to_contain_text("choose it and save the register")
        page.locator(f"#mark-{hall.places[0]}-absent").check()
        harness.follow(page.get_by_role("button", name="Save the register"))
        expect(page.locator("[data-ahead]")).to_have_count(0)
    assert hall.marks() == {hall.places[0]: "absent"}
