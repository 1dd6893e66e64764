"""The way to leading, the board, support and references in a browser: widths, keyboard, no scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from portal import clock
from portal.facilitators.models import (
    Facilitator,
    OpportunityInterest,
    Stage,
    SupportKind,
    TimeCounts,
)
from portal.facilitators.services import opportunities, references, support
from portal.facilitators.services.opportunities import Chat
from portal.facilitators.services.references import Signature
from portal.facilitators.services.support import SlotGiven
from portal.plugin_api import SYSTEM, Actor
from tests.browser import harness
from tests.factories.pathway import make_interest, make_opportunity, put_down

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Page
    from sqlalchemy.orm import Session

    from portal.app import Portal
    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
NARROW = (360, 740)
SIZES = (harness.OLD_PHONE, NARROW, harness.DESK)
LONG = "Wanjiru-Abernathy-of-Saint-Germain" * 3


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


@dataclass(frozen=True)
class Everybody:
    """Who takes part, with the ids of what is theirs."""

    clients: dict[str, FlaskClient]
    board: int
    interest: int
    slot: int
    signed: int
    asked: int

    def id_of(self, role: str) -> int:
        found: int = self.clients[role].person_id  # type: ignore[attr-defined]
        return found

    def enter(self, site: harness.Watched, role: str) -> None:
        cookie = self.clients[role].get_cookie("session")
        assert cookie is not None
        site.page.context.clear_cookies()
        one = {"name": "session", "value": cookie.value, "url": site.base}
        site.page.context.add_cookies([one])


@pytest.fixture
def people(portal_app: Portal, session: Session, sign_in: Callable[..., FlaskClient]) -> Everybody:
    """Somebody on the way with a talk to come, times, needs and references; a coach; a coordinator."""
    clients = {role: sign_in(role) for role in ("student", "coach", "coordinator")}
    student, coach, coordinator = (one.person_id for one in clients.values())  # type: ignore[attr-defined]
    now, own = clock.now(), Actor(person_id=student)
    with portal_app.app_context():
        interest = make_interest(session, student, now.date(), leads=True, title=f"Lead {LONG}")
        chat = Chat(now + timedelta(days=3), coach, LONG)
        opportunities.name_chat(session, SYSTEM, interest, chat, agreed=False)
        put_down(session, student, "references", now.date())
        slots = [
            support.plan(
                session,
                SYSTEM,
                student,
                SlotGiven(SupportKind.SUPERVISION, at, 60, TimeCounts.PAID, coach, LONG),
            )
            for at in (now + timedelta(days=2), now - timedelta(days=2))
        ]
        support.save_adjustments(session, own, coach, f"A seat by the door. {LONG}")
        signed = references.ask(session, own, f"A job {LONG}", today=now.date())
        signature = Signature(f"Kind. {LONG}\n\nOn time.", "Coordinator")
        references.sign(session, Actor(person_id=coordinator), signed, signature)
        asked = references.ask(session, own, "Another job", today=now.date())
        session.get_one(Facilitator, student).stage = Stage.SHADOWING
        board = session.get_one(OpportunityInterest, interest).opportunity_id
        session.commit()
        session.rollback()
    return Everybody(clients, board, interest, slots[0], signed, asked)


def check(page: Page) -> None:
    harness.assert_accessible(page)
    harness.assert_forms_ok(page)
    for _size in harness.at_sizes(page, SIZES):
        harness.assert_no_sideways_scroll(page)


def test_every_page_is_accessible(visit: Open, people: Everybody) -> None:
    student = people.id_of("student")
    way = f"/manage/pathway/people/{student}"
    chat = f"/manage/opportunities/interests/{people.interest}"
    board = f"/manage/opportunities/{people.board}"
    pages = {
        "student": (
            "/opportunities",
            f"/opportunities/{people.board}",
            f"/me/interests/{people.interest}/another-time",
            "/me/pathway",
            "/me/pathway/leave",
            "/me/support",
            "/me/support/ask",
            "/me/support/adjustments",
            "/me/contributions",
            "/me/references",
            "/me/references/new",
            f"/me/references/{people.signed}",
            f"/me/references/{people.asked}",
        ),
        "coach": ("/manage/supporting", f"/manage/supporting/{student}"),
        "coordinator": (
            "/manage/pathway",
            "/manage/pathway/support",
            "/manage/pathway/steps",
            "/manage/pathway/steps/new",
            "/manage/pathway/steps/dbs",
            f"/manage/leading/people/{student}",
            f"{way}/steps/dbs",
            f"{way}/ready",
            f"{way}/support/new",
            f"{way}/support/{people.slot}",
            "/manage/opportunities",
            "/manage/opportunities/new",
            board,
            f"{board}?q=Person",
            f"{board}/edit",
            f"{board}/people/{people.id_of('coach')}",
            chat,
            f"{chat}/chat",
            f"{chat}/after",
            "/manage/references",
            f"/manage/references/{people.asked}",
        ),
    }
    with visit(size=NARROW) as site:
        for role, addresses in pages.items():
            people.enter(site, role)
            for address in addresses:
                page = site.open(address)
                expect(page.locator("h1")).to_have_count(1)
                check(page)


def test_visitors_read_the_board(visit: Open, people: Everybody) -> None:
    with visit(size=NARROW) as site:
        for address in ("/opportunities", f"/opportunities/{people.board}"):
            check(site.open(address))
        expect(site.page.get_by_role("link", name="Sign in to say")).to_be_visible()


def test_interested_and_agreed_by_thumb_without_scripts(
    visit: Open, people: Everybody, session: Session
) -> None:
    other = make_opportunity(session, title="Welcome people at the door")
    session.commit()
    with visit(size=NARROW, scripts=False) as site:
        people.enter(site, "student")
        page = site.open("/opportunities")
        harness.follow(page.get_by_role("link", name="Welcome people at the door"))
        harness.follow(page.get_by_role("button", name="I am interested"))
        expect(page.get_by_text("Thank you. By")).to_be_visible()
        assert page.url.endswith(f"/opportunities/{other}")
        site.open(f"/opportunities/{people.board}")
        harness.follow(page.get_by_role("button", name="Yes, this suits me"))
        expect(page.get_by_text("Agreed. See you then.")).to_be_visible()
        harness.follow(page.get_by_role("link", name="Ask for another time"))
        page.get_by_label("When would suit you?").fill("Mornings")
        harness.follow(page.get_by_role("button", name="Ask for another time"))
        expect(page.get_by_text("You told us: Mornings")).to_be_visible()


def test_a_break_and_back_by_keyboard(visit: Open, people: Everybody) -> None:
    with visit(size=harness.DESK) as site:
        people.enter(site, "student")
        page = site.open("/me/pathway")
        harness.walk_by_keyboard(page)
        page.get_by_role("button", name="Have a break").focus()
        with harness.next_page(page):
            page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="You are having a break")).to_be_visible()
        page.get_by_role("button", name="I am back").focus()
        with harness.next_page(page):
            page.keyboard.press("Enter")
        expect(page.get_by_text("Good to have you back")).to_be_visible()


def test_a_coordinator_puts_a_step_down_and_faults_lead_to_their_fields(
    visit: Open, people: Everybody, session: Session
) -> None:
    with visit(size=NARROW) as site:
        people.enter(site, "coordinator")
        page = site.open(f"/manage/leading/people/{people.id_of('student')}")
        harness.follow(page.get_by_role("link", name=re.compile("Put it down ?: A DBS check")))
        harness.follow(page.get_by_role("button", name="Put it down"))
        expect(page.locator(".govuk-error-summary")).to_be_focused()
        check(page)
        page.get_by_role("link", name="Choose what you put down").click()
        page.keyboard.press("Space")
        harness.follow(page.get_by_role("button", name="Put it down"))
        expect(page.get_by_text("is told")).to_be_visible()
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Facilitator)) == 1


def test_a_college_with_nobody_on_the_way(visit: Open, sign_in: Callable[..., FlaskClient]) -> None:
    cookie = sign_in("coordinator").get_cookie("session")
    assert cookie is not None
    with visit(size=NARROW) as site:
        one = {"name": "session", "value": cookie.value, "url": site.base}
        site.page.context.add_cookies([one])
        empty = ("pathway", "pathway/support", "opportunities", "references", "supporting")
        for address in ("/me/pathway", "/opportunities", *(f"/manage/{one}" for one in empty)):
            check(site.open(address))
