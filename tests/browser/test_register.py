"""The register on a phone: one tap a mark, and no mark lost or doubled when the network is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from portal import clock
from portal.accounts.models import LoginSession
from portal.enrolment.models import Mark
from portal.enrolment.services import wishes
from tests.browser import harness
from tests.browser.hall import EMAIL, NAMES, Hall, kept, lost_answers, settled, tap, with_copy
from tests.factories.accounts import PASSWORD

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


def test_pages_of_the_register_are_accessible(visit: Open, hall: Hall, session: Session) -> None:
    sizes = (harness.OLD_PHONE, harness.PHONE, harness.DESK)
    wishes.share_needs(session, hall.places[0], "Near the door, please", at=clock.now())
    session.commit()
    with visit() as site:
        hall.enter(site)
        for rest in ("", "/paper", "/print", "/came", "/came?name=ada", "/needs"):
            page = site.open(hall.path + rest)
            for _size in harness.at_sizes(page, sizes):
                harness.assert_accessible(page)
                harness.assert_forms_ok(page)
                harness.assert_no_sideways_scroll(page)
        page = site.open("/registers")
        for _size in harness.at_sizes(page, sizes):
            harness.assert_accessible(page)
            harness.assert_no_sideways_scroll(page)


# A link in a sentence is as high as its line; everything else has room for a thumb.
TOO_SMALL = """() => [...document.querySelectorAll('main a[href], main button, main summary, main label')]
  .filter((e) => e.checkVisibility() && !e.matches('label:not(.rc-tick label), .govuk-visually-hidden'))
  .filter((e) => !(e.matches('a:not(.govuk-button)') && e.parentElement.textContent.trim() !== e.textContent
    && !e.closest('.rc-plain')))
  .filter((e) => e.getBoundingClientRect().height < 43.5)
  .map((e) => e.getBoundingClientRect().height + ' ' + e.outerHTML.slice(0, 120))"""


def test_everything_on_the_register_has_room_for_a_thumb(visit: Open, hall: Hall) -> None:
    with visit(size=harness.PHONE) as site:
        hall.enter(site)
        for rest in ("", "/paper", "/print", "/came", "/came?name=a", "/came?name=ada", "/needs"):
            assert site.open(hall.path + rest).evaluate(TOO_SMALL) == [], rest
        assert site.open("/registers").evaluate(TOO_SMALL) == []
        page = with_copy(site.open(hall.path))
        page.context.set_offline(True)
        page.reload()
        page.get_by_label("Their name").fill("Nia Newby")
        page.get_by_role("button", name="Keep this name").click()
        tap(page, hall.places[0], "present")
        hall.mark_elsewhere(hall.places[0], Mark.ABSENT)
        page.context.set_offline(False)
        settled(page, "choose")
        expect(page.get_by_role("link", name="Write them down")).to_be_visible()
        assert page.evaluate(TOO_SMALL) == []


def test_register_is_reached_by_keyboard_alone(visit: Open, hall: Hall) -> None:
    with visit(size=harness.DESK) as site:
        harness.walk_by_keyboard(with_copy(hall.open(site)))  # what the copy adds is there by then


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
        harness.follow(page.get_by_role("button", name="Save the register"))
        expect(page.get_by_text("The register is saved")).to_be_visible()
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

        harness.follow(page.get_by_role("status").get_by_role("link", name="Sign in"))
        page.fill("#email", EMAIL)
        page.fill("#password", PASSWORD)
        harness.follow(page.get_by_role("button", name="Sign in"))
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
        harness.follow(page.get_by_role("button", name="Sign out"))
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
