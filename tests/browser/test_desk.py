"""The desk, its tasks, and how their people are reached, in a browser: widths, keyboard, no scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from portal.accounts.models import ContactRoute, RouteKind
from portal.desk.hands import CONTACT
from portal.desk.kinds import ERRAND
from portal.desk.models import DeskTask
from portal.desk.services import open_task
from portal.messages.api import tell
from portal.messages.services.outbox import claim
from portal.messages.setup import messages_of_app
from tests import telling
from tests.browser import harness
from tests.factories.messages import make_reachable, route_of

if TYPE_CHECKING:
    from typing import Any

    from flask.testing import FlaskClient
    from playwright.sync_api import Page
    from sqlalchemy.orm import Session

    from portal.app import Portal
    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
SIZES = (harness.PHONE, harness.DESK)
LONG_NAME = "Wanjirũ wa Kamau-Abernathy of Saint-Germain"
LANDLINE = "01632 960123"


@dataclass(frozen=True)
class Work:
    """What is on the desk: one task of each sort, and how one of the people is reached."""

    call: int
    letter: int
    nowhere: int
    errand: int
    person: int
    landline: int

    @property
    def paths(self) -> list[str]:
        """Every page of the desk, and of how one person is reached."""
        contact = f"/people/{self.person}/contact"
        return [
            "/desk/", "/desk/new", "/desk/letters", "/desk/calls", "/desk/several",
            f"/desk/tasks/{self.letter}/letter",
            *(f"/desk/tasks/{task}" for task in (self.call, self.letter, self.nowhere, self.errand)),
            "/people/contact", "/people/contact?q=wan", "/people/contact?q=zzz",
            contact, f"{contact}/new", f"{contact}?task={self.call}",
            f"{contact}/{self.landline}", f"{contact}/{self.landline}/remove", f"{contact}/language",
        ]  # fmt: skip


@pytest.fixture(scope="session")
def portal_plugins() -> list[tuple[str, Any]]:
    """The made-up plugin that tells people things."""
    return [telling.PLUGIN]


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


@pytest.fixture
def work(app: Portal, session: Session) -> Work:
    """A desk with one of each."""
    telling.world.reset()
    caller = make_reachable(
        session, LONG_NAME, landline=LANDLINE, letter="1 Quay Lane, Seaford", safe=False
    )
    make_reachable(session, "Ben", landline=LANDLINE)  # the same household
    writer = make_reachable(session, "Cat", letter="2 Quay Lane, Seaford")
    nobody = make_reachable(session, "Dee")
    for number, person in enumerate((caller, writer, nobody), 1):
        tell(session, person, telling.OFFER, {"offer": number}, key=f"offer:{number}")
    with app.app_context():
        for _each in range(3):
            claim(session, messages_of_app().ways())
    errand = open_task(
        session, kind=ERRAND, key="e", due=date(2026, 1, 2), about={"what": "Order tea"}
    )
    session.commit()
    tasks = dict(
        session.execute(
            sa.select(DeskTask.person_id, DeskTask.id).where(DeskTask.kind == CONTACT)
        ).all()
    )
    made = Work(
        call=tasks[caller],
        letter=tasks[writer],
        nowhere=tasks[nobody],
        errand=errand,
        person=caller,
        landline=route_of(session, caller, RouteKind.LANDLINE).id,
    )
    session.rollback()  # on SQLite an open transaction would keep the pages out
    return made


@pytest.fixture
def coordinator(sign_in: Callable[..., FlaskClient]) -> str:
    """The session cookie of somebody who works at the desk."""
    cookie = sign_in("coordinator").get_cookie("session")
    assert cookie is not None
    return str(cookie.value)


def _enter(site: harness.Watched, cookie: str) -> None:
    site.page.context.add_cookies([{"name": "session", "value": cookie, "url": site.base}])


def _check(page: Page) -> None:
    harness.assert_accessible(page)
    harness.assert_forms_ok(page)
    harness.assert_no_sideways_scroll(page)


def test_every_page_of_the_desk_is_accessible_and_fits_a_narrow_screen(
    visit: Open, coordinator: str, work: Work
) -> None:
    with visit() as site:
        _enter(site, coordinator)
        for path in work.paths:
            page = site.open(path)
            for size in harness.at_sizes(page, (harness.OLD_PHONE, *SIZES)):
                harness.assert_no_sideways_scroll(page)
                if size != harness.OLD_PHONE:  # as narrow as 400% zoom on a desk
                    _check(page)


def test_everything_is_reached_by_keyboard_alone(visit: Open, coordinator: str, work: Work) -> None:
    contact = f"/people/{work.person}/contact"
    with visit(size=harness.DESK) as site:
        _enter(site, coordinator)
        for path in ("/desk/", f"/desk/tasks/{work.call}", contact, f"{contact}/{work.landline}"):
            harness.walk_by_keyboard(site.open(path))


def test_call_is_written_down_by_keyboard_alone(
    visit: Open, coordinator: str, work: Work, session: Session
) -> None:
    with visit(size=harness.DESK) as site:
        _enter(site, coordinator)
        page = site.open(f"/desk/tasks/{work.call}")
        page.locator("input[name=outcome]").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("She will come")
        page.keyboard.press("Tab")
        with harness.next_page(page):
            page.keyboard.press("Enter")
        page.wait_for_url("**/desk/")
        expect(page.get_by_text("Done. Thank you.")).to_be_visible()
    assert session.get_one(DeskTask, work.call).state == "done"


@pytest.mark.parametrize("scripts", [True, False])
def test_nothing_chosen_is_said_at_the_question_and_the_note_stays(
    visit: Open, coordinator: str, work: Work, scripts: bool
) -> None:
    with visit(scripts=scripts) as site:
        _enter(site, coordinator)
        page = site.open(f"/desk/tasks/{work.call}")
        page.fill("#note", "Rang twice, the line was engaged")
        harness.follow(page.locator("main form[method=post] button").last)
        link = page.locator(".govuk-error-summary a")
        target = link.get_attribute("href")
        assert target is not None
        assert page.locator(target).get_attribute("name") == "outcome"
        assert page.input_value("#note") == "Rang twice, the line was engaged"
        if scripts:
            _check(page)


def test_page_of_a_call_warns_before_the_number_is_dialled(
    visit: Open, coordinator: str, work: Work
) -> None:
    with visit() as site:
        _enter(site, coordinator)
        page = site.open(f"/desk/tasks/{work.call}")
        number = page.locator("main a[href^='tel:']")
        assert number.get_attribute("href") == "tel:+441632960123"
        box = number.bounding_box()
        assert box is not None
        assert box["height"] >= 24  # WCAG 2.2, 2.5.8: the least size of a target, in pixels
        expect(page.get_by_text("Do not leave a message here")).to_be_visible()
        expect(page.get_by_text("Somebody else here has the same number")).to_be_visible()
        assert page.locator("input[value=left_message]").count() == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_missing_number_is_written_down_from_the_task_and_found_on_it(
    visit: Open, coordinator: str, work: Work, session: Session, scripts: bool
) -> None:
    today = datetime.now(UTC)
    with visit(scripts=scripts) as site:
        _enter(site, coordinator)
        page = site.open(f"/desk/tasks/{work.nowhere}")
        harness.follow(page.get_by_role("link", name="Write down how to reach this person"))
        expect(page.get_by_text("waits on the desk until somebody finds one")).to_be_visible()
        harness.follow(page.get_by_role("link", name="Add a way to reach them"))
        page.check("input[name=kind][value=landline]")
        page.fill("#value", "at her sister's")
        page.check("input[name=how][value=in_person]")
        harness.follow(page.get_by_role("button", name="Save"))
        assert page.locator(".govuk-error-summary a").get_attribute("href") == "#value"
        assert page.input_value("#value") == "at her sister's"
        if scripts:
            _check(page)
        page.fill("#value", "01632 960777")
        harness.follow(page.get_by_role("button", name="Save"))
        expect(page.get_by_text("Agreed in person")).to_be_visible()
        if scripts:
            _check(page)
        harness.follow(page.get_by_role("link", name="Back to the task"))
        expect(page.locator("a[href='tel:+441632960777']")).to_be_visible()
    (kept,) = session.scalars(
        sa.select(ContactRoute).where(ContactRoute.value == "+441632960777")
    ).all()
    assert kept.consent_at is not None
    assert abs(kept.consent_at - today) < timedelta(minutes=5)


def test_two_who_mend_the_same_number_both_see_their_words(
    visit: Open, coordinator: str, work: Work
) -> None:
    address = f"/people/{work.person}/contact/{work.landline}"
    with visit(size=harness.DESK) as one, visit(size=harness.DESK) as other:
        for site in (one, other):
            _enter(site, coordinator)
            site.open(address)
        for site, number in ((one, "01632 960201"), (other, "01632 960202")):
            site.page.fill("#value", number)
            site.page.check("input[name=how][value=phone]")
            harness.follow(site.page.get_by_role("button", name="Save"))
        page = other.page
        expect(page.get_by_role("heading", name="Somebody changed this")).to_be_visible()
        expect(page.get_by_text("01632 960201")).to_be_visible()
        assert page.input_value("#value") == "01632 960202"
        _check(page)
