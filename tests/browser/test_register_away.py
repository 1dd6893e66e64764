"""The register where there is no connection: loaded again, closed, opened, and sent once when back."""

from __future__ import annotations

import time
from datetime import time as time_of_day
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from portal import clock
from portal.enrolment.models import Enrolment, How, Mark
from tests.browser import harness
from tests.browser.hall import NAMES, Hall, copies, kept, settled, tap, wait_until, with_copy
from tests.factories.courses import ZONE, make_assignment, make_session
from tests.factories.enrolment import book, make_student

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from sqlalchemy.orm import Session

    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
SLOW = 9  # seconds until the hall's connection answers


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


def notice(page: Page) -> Any:
    return page.locator("[data-copy]")


def open_copy(page: Page) -> Page:
    """Load the page again where there is no connection."""
    page.context.set_offline(True)
    page.reload()
    expect(notice(page)).to_contain_text("this is the copy on this phone")
    return page


def noted(page: Page, place: int, mark: Mark) -> None:
    """Until the phone has noted beside its copy that the college has this mark."""
    wait_until(
        page,
        "async () => { const note = await caches.match(location.pathname + '?marks');"
        f" return !!note && (await note.json())['{place}']?.[0] === '{mark.value}' }}",
    )


def test_register_loaded_again_without_connection_shows_the_marks_made_so_far(
    visit: Open, hall: Hall
) -> None:
    one, two, three = hall.places[:3]
    with visit() as site:
        page = with_copy(hall.open(site))
        tap(page, one, "present")
        settled(page)
        page.context.set_offline(True)
        tap(page, two, "apologies")
        settled(page, "kept")

        open_copy(page)
        expect(page.locator(f"#mark-{one}-present")).to_be_checked()
        expect(page.locator(f"#mark-{two}-apologies")).to_be_checked()
        expect(page.locator("[data-progress]")).to_have_text("2 of 5 marked")
        today = clock.local_date(clock.now(), ZONE)
        expect(notice(page)).to_contain_text(f"as it was on {today:%A} {today.day} {today:%B}")
        expect(notice(page)).to_contain_text("sent once as soon as there is a connection")

        tap(page, three, "absent")
        tap(page, one, "part")
        settled(page, "kept")
        page.context.set_offline(False)
        settled(page)
        expect(notice(page)).to_contain_text("There is a connection again")
        assert kept(page) == 0
    assert hall.marks() == {one: "part", two: "apologies", three: "absent"}
    assert len(hall.changes()) == 4


def test_register_is_opened_in_a_new_page_without_connection_and_sent_once(
    visit: Open, hall: Hall
) -> None:
    one, two = hall.places[:2]
    with visit() as site:
        page = with_copy(hall.open(site))
        context = page.context
        context.set_offline(True)
        tap(page, one, "present")
        settled(page, "kept")
        page.close()

        again = context.new_page()
        again.goto(site.base + hall.path)
        expect(notice(again)).to_be_visible()
        expect(again.locator(f"#mark-{one}-present")).to_be_checked()
        tap(again, two, "present")
        settled(again, "kept")
        again.close()

        context.set_offline(False)
        last = context.new_page()
        last.goto(site.base + hall.path)
        settled(last)
        expect(notice(last)).to_be_hidden()
        last.reload()
        settled(last)
        assert kept(last) == 0
    assert hall.marks() == {one: "present", two: "present"}
    assert len(hall.changes()) == 2


def test_network_comes_first_and_the_copy_follows_it(
    visit: Open, hall: Hall, session: Session
) -> None:
    with visit() as site:
        page = with_copy(hall.open(site))
        book(session, hall.run_id, make_student(session, name="Zoë Late"), at=clock.now())
        session.commit()
        hall.mark_elsewhere(hall.places[0], Mark.ABSENT)
        page.reload()
        expect(notice(page)).to_be_hidden()
        with_copy(page)
        wait_until(
            page,
            "async () => (await (await caches.match(location.pathname)).text()).includes('Zoë Late')",
        )

        open_copy(page)
        expect(page.get_by_text("Zoë Late")).to_be_visible()
        expect(page.locator(f"#mark-{hall.places[0]}-absent")).to_be_checked()


def test_dead_connection_is_not_waited_for(
    visit: Open, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = hall.app.view_functions
    view = views["enrolment.register"]

    @wraps(view)
    def slow(**values: Any) -> Any:
        time.sleep(SLOW)
        return view(**values)

    with visit() as site:
        page = with_copy(hall.open(site))
        monkeypatch.setitem(views, "enrolment.register", slow)
        began = time.monotonic()
        page.reload()
        expect(notice(page)).to_be_visible()
        assert time.monotonic() - began < SLOW


def test_mark_of_somebody_else_is_shown_to_choose_on_a_copy_too(visit: Open, hall: Hall) -> None:
    one = hall.places[0]
    with visit() as site:
        page = open_copy(with_copy(hall.open(site)))
        tap(page, one, "present")
        settled(page, "kept")
        hall.mark_elsewhere(one, Mark.ABSENT)
        page.context.set_offline(False)
        settled(page, "choose")
        assert hall.marks() == {one: "absent"}
        page.get_by_role("button", name="Leave it as “Not here”").click()
        settled(page)
        noted(page, one, Mark.ABSENT)

        open_copy(page)
        expect(page.locator(f"#mark-{one}-absent")).to_be_checked()
        tap(page, one, "part")  # based on what was chosen: no second conflict
        page.context.set_offline(False)
        settled(page)
    assert hall.marks() == {one: "part"}


def test_copy_leads_to_the_other_registers_of_the_day(
    visit: Open, hall: Hall, session: Session
) -> None:
    today = clock.local_date(clock.now(), ZONE)
    other = make_session(
        session, run_id=hall.run_id, number=3, local_date=today, local_time=time_of_day(14)
    )
    make_assignment(session, other.id, hall.leader)
    session.commit()
    with visit() as site:
        with_copy(hall.open(site))
        page = with_copy(site.open(f"/registers/{other.id}"))
        page.context.set_offline(True)

        harness.follow(page.get_by_role("link", name="All registers"))
        page.wait_for_url("**#elsewhere")
        expect(notice(page)).to_contain_text("The page that you wanted needs a connection.")
        harness.follow(notice(page).get_by_role("listitem").get_by_role("link"))
        page.wait_for_url("**" + hall.path)
        expect(notice(page)).to_be_visible()


def test_name_of_who_came_is_kept_locked_and_written_down_once(
    visit: Open, hall: Hall, session: Session
) -> None:
    with visit() as site:
        page = open_copy(with_copy(hall.open(site)))
        expect(page.get_by_role("link", name="Somebody else came")).to_be_hidden()
        page.get_by_role("button", name="Keep this name").click()
        expect(page.locator("#came-error")).to_be_visible()
        expect(page.get_by_label("Their name")).to_be_focused()
        page.get_by_label("Their name").fill("Nia Newby")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").get_by_text("Nia Newby is kept")).to_be_visible()
        page.reload()
        names = page.locator("[data-came-kept]")
        expect(names).to_contain_text("Nia Newby")
        assert "Newby" not in page.evaluate("JSON.stringify({...localStorage})")
        harness.assert_accessible(page)

        page.context.set_offline(False)
        harness.follow(names.get_by_role("link", name="Write them down"))
        page.get_by_label("Somebody new: Nia Newby").check()
        harness.follow(page.get_by_role("button", name="They are here today"))
        page.wait_for_url("**" + hall.path)
        expect(page.get_by_text("They have a place, and are marked as here.")).to_be_visible()
        expect(names).to_be_hidden()
        assert kept(page) == 0
    session.rollback()
    assert session.query(Enrolment).filter(Enrolment.how == How.WALK_IN).count() == 1


@pytest.mark.parametrize("size", [harness.OLD_PHONE, harness.DESK])
def test_name_that_was_being_looked_for_is_not_lost(
    visit: Open, hall: Hall, size: tuple[int, int]
) -> None:
    with visit(size=size) as site:
        with_copy(hall.open(site))
        page = site.open(hall.path + "/came")
        page.context.set_offline(True)
        page.get_by_label("What is their name?").fill("Nia & Newby")
        page.get_by_role("button", name="Find them").click()
        page.wait_for_url("**" + hall.path)
        expect(page.get_by_label("Their name")).to_have_value("Nia & Newby")
        expect(page.get_by_label("Their name")).to_be_focused()
        page.get_by_role("button", name="Keep this name").click()
        expect(page.locator("[data-came-kept]")).to_contain_text("Nia & Newby")
        harness.assert_accessible(page)
        harness.assert_forms_ok(page)
        harness.assert_no_sideways_scroll(page)
        harness.walk_by_keyboard(page)


def test_register_of_nobody_takes_names_without_connection(
    visit: Open, hall: Hall, session: Session
) -> None:
    session.query(Enrolment).update({"from_at": clock.now() + timedelta(days=99)})
    session.commit()
    with visit() as site:
        page = open_copy(with_copy(hall.open(site)))
        expect(page.get_by_text("Nobody has a place yet")).to_be_visible()
        page.get_by_label("Their name").fill("Nia Newby")
        page.get_by_role("button", name="Keep this name").click()
        page.reload()
        expect(page.locator("[data-came-kept]")).to_contain_text("Nia Newby")


def test_register_works_as_before_in_a_browser_without_workers(visit: Open, hall: Hall) -> None:
    with visit() as site:
        site.page.add_init_script(
            "delete Navigator.prototype.serviceWorker; delete window.caches; delete self.caches"
        )
        page = hall.open(site)
        page.context.set_offline(True)
        tap(page, hall.places[0], "present")
        settled(page, "kept")
        expect(page.locator("[data-copy-help]")).to_be_hidden()
        page.context.set_offline(False)
        settled(page)
    assert hall.marks() == {hall.places[0]: "present"}


def test_only_the_register_and_its_files_are_kept(visit: Open, hall: Hall) -> None:
    with visit() as site:
        with_copy(hall.open(site))
        for path in ("/me", "/registers", hall.path + "/print", hall.path + "/came?name=ada"):
            page = site.open(path)
        found = [path for path in copies(page) if not path.startswith("/assets/")]
        assert set(found) == {hall.path}
        assert {path.split(".")[0] for path in copies(page)} - set(found) == {
            "/assets/portal", "/assets/register", "/assets/icon",
        }  # fmt: skip
        assert all(name not in "".join(copies(page)) for name in NAMES)
