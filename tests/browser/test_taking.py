"""Taking a place, waiting, offers, places for others, in a browser: at each width, and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from portal import clock
from portal.courses.models import Course, CourseSession, Mode, Perspective, Venue
from portal.enrolment.models import Company, Enrolment, EnrolmentState, Offer, Role, TakesPart
from portal.enrolment.services import drafts, keeping_apart, seats
from portal.enrolment.services.outcomes import Body, Waiting
from portal.plugin_api import SYSTEM
from tests.browser import harness
from tests.factories.accounts import make_person
from tests.factories.courses import make_assignment, make_course
from tests.factories.enrolment import book, make_student
from tests.integration.enrolment.taking import coming_group, fill_now, newest_person

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Page
    from sqlalchemy.orm import Session

    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
SIZES = (harness.OLD_PHONE, harness.DESK)
LONG = "Living alongside voices, visions and other experiences that people do not always speak of"


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


@pytest.fixture
def person(sign_in: Callable[..., FlaskClient], session: Session) -> tuple[str, int]:
    """The session cookie of a coordinator who is a student too, and their id."""
    cookie = sign_in("coordinator").get_cookie("session")
    assert cookie is not None
    return str(cookie.value), newest_person(session)


@pytest.fixture
def paths(session: Session, person: tuple[str, int]) -> list[str]:
    """Every page of this part, with the things on it that people meet."""
    me, now = person[1], clock.now()
    course = make_course(
        session,
        title=LONG,
        what_to_expect="We sit in a circle. You can say nothing all morning.\n\n- tea first\n- a break",
        what_to_bring="Something to write with, if you like.",
    )
    both = coming_group(session, 8, mode=Mode.BOTH, course_id=course.id)
    venue = session.get_one(Venue, both.venue_id)
    venue.step_free = venue.hearing_loop = venue.quiet_room = True
    venue.name, venue.address, venue.bus = "The Boathouse", "1 Mill Lane", "Lines 4 and 17"
    first = session.scalars(sa.select(CourseSession).where(CourseSession.run_id == both.id)).first()
    assert first is not None
    make_assignment(session, first.id, make_person(session, "Ada Okafor").id, Perspective.LIVED)
    full = coming_group(session, 1, course_id=course.id)
    offered, elsewhere = coming_group(session, 1), coming_group(session, mode=Mode.BOTH)
    fill_now(session, both.id, 3)
    fill_now(session, full.id, 1)
    supported = [
        Body(person_id=make_student(session, name="Wanjirũ wa Kamau-Abernathy")),
        Body(guest_name="Auntie Jo", role=Role.SUPPORTER),
    ]
    book(session, both.id, *supported, at=now)
    book(session, full.id, make_student(session), at=now)
    waits = book(session, full.id, me, at=now)
    assert isinstance(waits, Waiting)
    (other,) = fill_now(session, offered.id, 1)
    book(session, offered.id, me, at=now)
    seats.withdraw(session, SYSTEM, other, at=now)
    offer_id = session.scalars(sa.select(Offer.id)).one()
    book(session, elsewhere.id, me, at=now)
    place_id = session.scalars(sa.select(Enrolment.id).where(Enrolment.person_id == me)).one()
    meeting = session.scalars(
        sa.select(CourseSession.id).where(CourseSession.run_id == elsewhere.id)
    ).first()
    drafts.write(
        session, me, both.id, at=now, mode=TakesPart.IN_PERSON, needs="A seat near the door",
        company=Company.GUEST, role=Role.SUPPORTER, guest_name="Auntie Jo",
    )  # fmt: skip
    one, another = (make_student(session, name=name) for name in ("Ann Apart", "Bo Apart"))
    keeping_apart.keep_apart(session, SYSTEM, one, another, at=now)
    taken = session.scalars(
        sa.select(Enrolment.id).where(
            Enrolment.run_id == both.id, Enrolment.state == EnrolmentState.ENROLLED
        )
    ).first()
    dateless = make_course(session)
    run, manage = f"/places/runs/{both.id}", "/manage/places"
    found = [
        f"/courses/{course.slug}", f"/courses/{course.slug}/{both.reference}",
        f"/courses/{course.slug}/{full.reference}", f"/courses/{dateless.slug}",
        run, *(f"{run}/{step}" for step in ("how", "needs", "company", "check")),
        f"/places/runs/{full.id}",
        *(f"/places/{place_id}/{page}" for page in ("done", "leave", "how", "needs")),
        f"/places/{place_id}/sessions/{meeting}/sorry",
        f"/places/waiting/{waits.entry_id}", f"/places/waiting/{waits.entry_id}/leave",
        f"/places/offers/{offer_id}", f"/places/offers/{offer_id}/decline",
        f"/places/courses/{dateless.id}/interest", "/places/helpers",
        f"{manage}/runs/{both.id}", f"{manage}/runs/{full.id}", f"{manage}/runs/{offered.id}",
        f"{manage}/runs/{both.id}/add?q=apart", f"{manage}/runs/{both.id}/new",
        f"{manage}/runs/{both.id}/add/{one}", f"{manage}/runs/{full.id}/add/{one}",
        f"{manage}/offers/{offer_id}", f"{manage}/{taken}/release",
        f"{manage}/people/{one}/helper?q=bo", f"{manage}/apart?one=ann&other=bo",
    ]  # fmt: skip
    session.commit()
    return found


def _enter(site: harness.Watched, cookie: str) -> None:
    site.page.context.add_cookies([{"name": "session", "value": cookie, "url": site.base}])


def _check(page: Page) -> None:
    harness.assert_accessible(page)
    harness.assert_forms_ok(page)
    harness.assert_no_sideways_scroll(page)


def test_pages_of_places_are_accessible(
    visit: Open, person: tuple[str, int], paths: list[str]
) -> None:
    with visit() as site:
        _enter(site, person[0])
        for path in paths:
            page = site.open(path)
            assert page.locator("h1").count() == 1, path
            for _size in harness.at_sizes(page, SIZES):
                _check(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_place_is_taken_from_the_courses_page(
    visit: Open, person: tuple[str, int], session: Session, scripts: bool
) -> None:
    run = coming_group(session)
    slug = session.get_one(Course, run.course_id).slug
    address = f"/courses/{slug}/{run.reference}"
    session.commit()
    session.rollback()
    with visit(scripts=scripts) as site:
        _enter(site, person[0])
        page = site.open(address)
        harness.follow(page.get_by_role("link", name="Take a place"))
        harness.follow(page.get_by_role("link", name="Go on"))
        page.fill("#needs", "A seat near the door")
        harness.follow(page.get_by_role("button", name="Go on"))
        harness.follow(page.get_by_role("button", name="Go on"))  # nothing chosen
        assert page.locator(".govuk-error-summary a").count() == 1
        if scripts:
            _check(page)
        page.get_by_label("I come by myself").check()
        harness.follow(page.get_by_role("button", name="Go on"))
        expect(page.get_by_text("A seat near the door")).to_be_visible()
        harness.follow(page.get_by_role("button", name="Take this place"))

        expect(page.get_by_role("heading", name="You have a place")).to_be_visible()
        if scripts:
            _check(page)
    states = sa.select(Enrolment.state).where(Enrolment.person_id == person[1])
    assert session.scalars(states).all() == [EnrolmentState.ENROLLED]
