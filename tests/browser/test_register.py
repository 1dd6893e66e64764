"""The register on a phone: one tap a mark, and no mark lost or doubled when the network is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from portal import clock
from portal.accounts.models import LoginSession
from portal.accounts.testing import signed_in_client
from portal.courses.api import led_session
from portal.courses.models import RunState
from portal.enrolment.models import AttendanceMark, Enrolment, Mark
from portal.enrolment.register_models import MarkChange, MarkedHow
from portal.enrolment.services import register, wishes
from portal.enrolment.services.register import Tap
from portal.plugin_api import SYSTEM
from tests.browser import harness
from tests.factories.accounts import PASSWORD, make_login
from tests.factories.courses import ZONE, make_assignment, make_session
from tests.factories.enrolment import book, make_group, make_student

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route
    from sqlalchemy.orm import Session

    from portal.app import Portal
    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
EMAIL = "leader@example.org"
NAMES = (
    "Ada Byron", "Wanjirũ wa Kamau-Abernathy-Featherstonehaugh", "Bo", "Çağla Öztürk", "Dai Jones",
)  # fmt: skip


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


class Hall:
    """A session of today that somebody leads, and the people in it."""

    def __init__(self, session: Session, app: Portal) -> None:
        self.session, self.app = session, app
        today = clock.local_date(clock.now(), ZONE)
        run = make_group(
            session, 12, sessions=1, first=today + timedelta(days=7), state=RunState.RUNNING
        )
        before = clock.now() - timedelta(days=3)
        self.places: list[int] = []
        for name in NAMES:
            made: Any = book(session, run.id, make_student(session, name=name), at=before)
            self.places.extend(made.enrolment_ids)
        one = make_session(session, run_id=run.id, number=2, local_date=today)
        self.session_id, self.run_id = one.id, run.id
        session.execute(sa.update(Enrolment).values(from_number=1))
        login = make_login(session, email=EMAIL, name="Lee Leader", roles=["facilitator"])
        self.leader = login.person_id
        make_assignment(session, one.id, self.leader)
        session.commit()
        self.path = f"/registers/{self.session_id}"

    def enter(self, site: harness.Watched) -> None:
        cookie = signed_in_client(self.app, (), self.leader).get_cookie("session")
        assert cookie is not None
        site.page.context.add_cookies(
            [{"name": "session", "value": cookie.value, "url": site.base}]
        )

    def open(self, site: harness.Watched) -> Page:
        self.enter(site)
        return site.open(self.path)

    def marks(self) -> dict[int, str]:
        self.session.rollback()
        rows = list(self.session.scalars(sa.select(AttendanceMark)))
        found = {one.enrolment_id: one.mark.value for one in rows}
        self.session.rollback()
        return found

    def changes(self) -> list[MarkChange]:
        self.session.rollback()
        found = list(self.session.scalars(sa.select(MarkChange).order_by(MarkChange.id)))
        self.session.expunge_all()
        self.session.rollback()
        return found

    def mark_elsewhere(self, place: int, mark: Mark) -> None:
        """Somebody else marks, on another phone."""
        one = led_session(self.session, self.session_id)
        assert one is not None
        tap = Tap(key=f"elsewhere{place}{mark.value}", enrolment_id=place, mark=mark, version=0)
        register.take(self.session, SYSTEM, one, [tap], how=MarkedHow.TAPPED, at=clock.now())
        self.session.commit()


@pytest.fixture
def hall(session: Session, portal_app: Portal) -> Hall:
    return Hall(session, portal_app)


def tap(page: Page, place: int, mark: str) -> None:
    page.locator(f"#mark-{place}-{mark}").check()


def settled(page: Page, state: str = "saved") -> None:
    expect(page.locator(f"form[data-state={state}]")).to_be_visible()


def kept(page: Page) -> int:
    """How many entries the browser keeps."""
    found: int = page.evaluate(
        "Object.keys(localStorage).filter((name) => name.startsWith('register:')).length"
    )
    return found


@contextmanager
def lost_answers(page: Page) -> Iterator[list[str]]:
    """The server takes what is sent, but no answer comes back."""
    lost: list[str] = []

    def swallow(route: Route) -> None:
        route.fetch()
        lost.append(route.request.post_data or "")
        route.abort()

    page.route("**/marks", swallow)
    yield lost
    page.unroute("**/marks")


@pytest.mark.parametrize("size", [harness.OLD_PHONE, harness.PHONE, harness.DESK])
def test_pages_of_the_register_are_accessible(
    visit: Open, hall: Hall, session: Session, size: tuple[int, int]
) -> None:
    wishes.share_needs(session, hall.places[0], "Near the door, please", at=clock.now())
    session.commit()
    with visit(size=size) as site:
        hall.enter(site)
        for rest in ("", "/paper", "/print", "/came", "/came?name=ada", "/needs"):
            page = site.open(hall.path + rest)
            harness.assert_accessible(page)
            harness.assert_forms_ok(page)
            harness.assert_no_sideways_scroll(page)
        page = site.open("/registers")
        harness.assert_accessible(page)
        harness.assert_no_sideways_scroll(page)


def test_register_is_reached_by_keyboard_alone(visit: Open, hall: Hall) -> None:
    with visit(size=harness.DESK) as site:
        harness.walk_by_keyboard(hall.open(site))


def test_one_tap_is_one_mark_and_undo_takes_it_back(visit: Open, hall: Hall) -> None:
    one, two = hall.places[:2]
    with visit() as site:
        page = hall.open(site)
        expect(page.get_by_role("button", name="Save the register")).to_be_hidden()
        tap(page, one, "present")
        tap(page, two, "absent")
        settled(page)
        expect(page.locator("[data-progress]")).to_have_text("2 of 5 marked")
        assert hall.marks() == {one: "present", two: "absent"}

        page.get_by_role("button", name="Undo").click()
        settled(page)
        assert hall.marks() == {one: "present"}
        assert kept(page) == 0


def test_register_is_taken_without_scripts(visit: Open, hall: Hall) -> None:
    with visit(scripts=False) as site:
        page = hall.open(site)
        for place in hall.places:
            tap(page, place, "present")
        page.get_by_role("button", name="Save the register").click()
        assert page.get_by_text("The register is saved").is_visible()
    assert set(hall.marks().values()) == {"present"}
    assert len(hall.marks()) == len(NAMES)


def test_marks_made_offline_are_sent_once_when_there_is_a_connection(
    visit: Open, hall: Hall
) -> None:
    with visit() as site:
        page = hall.open(site)
        page.context.set_offline(True)
        for place in hall.places:
            tap(page, place, "present")
        tap(page, hall.places[0], "part")
        settled(page, "kept")
        expect(page.locator("[data-state][role=status]")).to_contain_text("Kept on this phone: 5")
        harness.assert_accessible(page)
        assert hall.marks() == {}

        page.context.set_offline(False)
        settled(page)
        assert kept(page) == 0
    assert hall.marks() == {
        place: "part" if place == hall.places[0] else "present" for place in hall.places
    }
    assert len(hall.changes()) == len(NAMES)
    assert {one.by_id for one in hall.changes()} == {hall.leader}


def test_marks_whose_answer_was_lost_are_applied_once(visit: Open, hall: Hall) -> None:
    one = hall.places[0]
    with visit() as site:
        page = hall.open(site)
        with lost_answers(page) as lost:
            tap(page, one, "present")
            settled(page, "kept")
            assert len(lost) == 1
            assert hall.marks() == {one: "present"}  # the server has it; the phone cannot know
            tap(page, one, "part")
            settled(page, "kept")
        page.evaluate("window.dispatchEvent(new Event('online'))")
        settled(page)
    assert hall.marks() == {one: "part"}
    assert [change.mark for change in hall.changes()] == [Mark.PRESENT, Mark.PART]


def test_marks_outlive_a_closed_page(visit: Open, hall: Hall) -> None:
    one, two = hall.places[:2]
    with visit() as site:
        page = hall.open(site)
        page.context.set_offline(True)
        tap(page, one, "present")
        tap(page, two, "apologies")
        settled(page, "kept")
        context = page.context
        page.close()
        context.set_offline(False)
        again = context.new_page()
        again.goto(site.base + "/registers/" + str(hall.session_id))
        settled(again)
        expect(again.locator(f"#mark-{two}-apologies")).to_be_checked()
        assert kept(again) == 0
    assert hall.marks() == {one: "present", two: "apologies"}


def test_marks_outlive_a_session_that_ended_meanwhile(
    visit: Open, hall: Hall, session: Session
) -> None:
    one = hall.places[0]
    with visit() as site:
        page = hall.open(site)
        page.context.set_offline(True)
        tap(page, one, "present")
        settled(page, "kept")
        session.execute(sa.delete(LoginSession))
        session.commit()
        page.context.set_offline(False)
        settled(page, "sign_in")
        assert hall.marks() == {}

        page.get_by_role("status").get_by_role("link", name="Sign in").click()
        page.fill("#email", EMAIL)
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**" + hall.path)
        settled(page)
        assert kept(page) == 0
    assert hall.marks() == {one: "present"}


def test_mark_of_somebody_else_is_shown_to_choose_and_never_overwritten(
    visit: Open, hall: Hall
) -> None:
    one, two = hall.places[:2]
    with visit() as site:
        page = hall.open(site)
        page.context.set_offline(True)
        tap(page, one, "present")
        tap(page, two, "present")
        settled(page, "kept")
        hall.mark_elsewhere(one, Mark.ABSENT)
        hall.mark_elsewhere(two, Mark.APOLOGIES)
        page.context.set_offline(False)
        settled(page, "choose")
        assert hall.marks() == {one: "absent", two: "apologies"}
        harness.assert_accessible(page)
        page.reload()  # nothing is forgotten meanwhile
        settled(page, "choose")

        page.get_by_role("button", name="Change it to “Here”").first.click()
        page.get_by_role("button", name="Leave it as “Apologies”").click()
        settled(page)
        assert kept(page) == 0
    assert hall.marks() == {one: "present", two: "apologies"}


def test_sign_out_asks_before_marks_are_lost_and_leaves_nothing(visit: Open, hall: Hall) -> None:
    with visit(size=harness.DESK) as site:
        page = hall.open(site)
        page.route("**/marks", lambda route: route.abort())
        tap(page, hall.places[0], "present")
        settled(page, "kept")
        asked: list[str] = []

        def stay(dialog: Any) -> None:
            asked.append(dialog.message)
            dialog.dismiss()

        page.once("dialog", stay)
        page.get_by_role("button", name="Sign out").click()
        assert "have not been sent yet" in asked[0]
        assert kept(page) == 1

        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")
        assert kept(page) == 0


def test_what_is_kept_on_the_phone_names_nobody(visit: Open, hall: Hall) -> None:
    with visit() as site:
        page = hall.open(site)
        page.context.set_offline(True)
        tap(page, hall.places[0], "absent")
        settled(page, "kept")
        stored = page.evaluate("JSON.stringify({...localStorage})")
        assert "register:" in stored
        assert not [name for name in NAMES if name in stored]
