"""The copy of a register on a phone that others use too: whose it is, and when it is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from portal import clock
from portal.accounts.models import LoginSession
from portal.enrolment.services import wishes
from tests.browser import harness
from tests.browser.hall import (
    EMAIL,
    NAMES,
    Hall,
    assert_not_there,
    copies,
    expect_no_copies,
    kept,
    settled,
    tap,
    wait_until,
    with_copy,
)
from tests.factories.accounts import PASSWORD, make_login

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from sqlalchemy.orm import Session

    from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
NEED = "Near the door, please"
# As if the copy had been made on another day.
LONG_AGO = """async () => {
  const cache = await caches.open((await caches.keys())[0])
  const page = await cache.match(location.pathname)
  const headers = new Headers(page.headers)
  headers.set('Register-Copy', headers.get('Register-Copy').split(' ')[0] + ' 2020-01-01T00:00:00Z')
  await cache.put(location.pathname, new Response(await page.text(), { headers }))
}"""


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


def sign_in(page: Page, email: str) -> None:
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    harness.follow(page.get_by_role("button", name="Sign in"))


def make_other(session: Session) -> int:
    """A coordinator, who may take every register; their id."""
    login = make_login(session, email="other@example.org", name="Ola Other", roles=["coordinator"])
    person_id = login.person_id
    session.commit()
    return person_id


def without_portal_script(page: Page) -> None:
    """What every page clears up is not done: the worker alone is on guard."""
    page.route("**/assets/portal.*.js", lambda route: route.abort())


@pytest.mark.parametrize("connected", [True, False])
def test_copy_is_gone_after_signing_out(visit: Open, hall: Hall, connected: bool) -> None:
    with visit(size=harness.DESK) as site:
        page = with_copy(hall.open(site))
        assert hall.path in copies(page)
        page.context.set_offline(not connected)
        out = page.get_by_role("button", name="Sign out")
        if connected:
            harness.follow(out)
            page.wait_for_url("**/sign-in")
            expect_no_copies(page)
        else:
            with page.expect_event("requestfailed"):
                out.click()
        assert_not_there(page, site.base + hall.path)


def test_copy_is_gone_when_a_page_shows_that_nobody_is_signed_in(
    visit: Open, hall: Hall, session: Session
) -> None:
    with visit() as site:
        with_copy(hall.open(site))
        session.execute(sa.delete(LoginSession))
        session.commit()
        page = site.open("/courses")
        expect_no_copies(page)
        assert_not_there(page, site.base + hall.path)


def test_worker_deletes_the_copy_when_it_is_sent_to_sign_in(
    visit: Open, hall: Hall, session: Session
) -> None:
    with visit() as site:
        page = with_copy(hall.open(site))
        session.execute(sa.delete(LoginSession))
        session.commit()
        without_portal_script(page)
        page.reload()
        page.wait_for_url("**/sign-in?**")
        expect_no_copies(page)


def test_copy_is_gone_and_marks_stay_when_the_session_ended_meanwhile(
    visit: Open, hall: Hall, session: Session
) -> None:
    one = hall.places[0]
    with visit() as site:
        page = with_copy(hall.open(site))
        page.context.set_offline(True)
        tap(page, one, "present")
        page.get_by_label("Their name").fill("Nia Newby")
        page.get_by_role("button", name="Keep this name").click()
        expect(page.locator("[data-came-kept]")).to_contain_text("Nia Newby")
        session.execute(sa.delete(LoginSession))
        session.commit()
        page.context.set_offline(False)
        settled(page, "sign_in")
        expect_no_copies(page)

        harness.follow(page.get_by_role("status").get_by_role("link", name="Sign in"))
        assert kept(page) == 1
        stored = page.evaluate("JSON.stringify({...localStorage})")
        assert not [name for name in (*NAMES, "Newby") if name in stored]
        sign_in(page, EMAIL)
        page.wait_for_url("**" + hall.path)
        settled(page)
        expect(page.locator("[data-came-kept]")).to_contain_text("Nia Newby")
    assert hall.marks() == {one: "present"}
    assert len(hall.changes()) == 1


def test_somebody_else_who_signs_in_sees_nothing_of_it(
    visit: Open, hall: Hall, session: Session
) -> None:
    other = make_other(session)
    one = hall.places[0]
    with visit(size=harness.DESK) as site:
        page = with_copy(hall.open(site))
        page.context.set_offline(True)
        tap(page, one, "present")
        page.get_by_label("Their name").fill("Nia Newby")
        page.get_by_role("button", name="Keep this name").click()
        expect(page.locator("[data-came-kept]")).to_contain_text("Nia Newby")
        page.route("**/marks", lambda route: route.abort())
        page.context.set_offline(False)
        hall.enter(site, other)
        site.open("/me")
        expect_no_copies(page)
        assert_not_there(page, site.base + hall.path)
        page.context.set_offline(False)

        # Who may take every register gets their own copy; the first one's marks and names are not theirs.
        with_copy(site.open(hall.path))
        expect(page.locator(f"#mark-{one}-none")).to_be_checked()
        expect(page.locator("[data-came-kept]")).to_be_hidden()
        # It asks nothing: nothing unsent is theirs.
        harness.follow(page.get_by_role("button", name="Sign out"))
        page.wait_for_url("**/sign-in")
        page.unroute("**/marks")

        sign_in(page, EMAIL)
        page.wait_for_url(site.base + "/")
        site.open(hall.path)
        settled(page)
        expect(page.locator("[data-came-kept]")).to_contain_text("Nia Newby")
    assert hall.marks() == {one: "present"}
    assert {change.by_id for change in hall.changes()} == {hall.leader}


def test_worker_never_keeps_two_peoples_copies(visit: Open, hall: Hall, session: Session) -> None:
    other = make_other(session)
    with visit() as site:
        page = with_copy(hall.open(site))
        without_portal_script(page)
        page.evaluate(
            "async () => { const cache = await caches.open((await caches.keys())[0]);"
            " await cache.put('/registers/999', await cache.match(location.pathname)) }"
        )
        hall.enter(site, other)
        page.reload()
        wait_until(page, "async () => !(await caches.match('/registers/999'))")
        wait_until(page, "async () => !!(await caches.match(location.pathname))")
        page.context.set_offline(True)
        page.reload()
        expect(page.locator("form[data-register]")).to_have_attribute("data-person", str(other))


def test_copy_of_another_day_is_gone(visit: Open, hall: Hall) -> None:
    with visit() as site:
        page = with_copy(hall.open(site))
        page.evaluate(LONG_AGO)
        assert_not_there(page, site.base + hall.path)
        page.context.set_offline(False)
        page = with_copy(site.open(hall.path))
        page.evaluate(LONG_AGO)
        site.open("/me")
        expect_no_copies(page)


def test_copy_of_another_day_stays_until_its_marks_are_sent(visit: Open, hall: Hall) -> None:
    one = hall.places[0]
    with visit() as site:
        page = with_copy(hall.open(site))
        page.context.set_offline(True)
        tap(page, one, "present")
        settled(page, "kept")
        wait_until(page, "async () => !!(await caches.match(location.pathname + '?unsent'))")
        page.evaluate(LONG_AGO)
        page.reload()
        expect(page.locator("[data-copy]")).to_be_visible()
        expect(page.locator(f"#mark-{one}-present")).to_be_checked()
        page.context.set_offline(False)
        settled(page)
        expect_no_copies(page)
    assert hall.marks() == {one: "present"}


def test_copy_of_a_register_that_is_not_mine_any_more_is_gone(
    visit: Open, hall: Hall, session: Session
) -> None:
    from portal.courses.models import Assignment

    with visit() as site:
        page = with_copy(hall.open(site))
        session.execute(sa.delete(Assignment))
        session.commit()
        page.reload()
        wait_until(page, "async () => !(await caches.match(location.pathname))")
        assert_not_there(page, site.base + hall.path)


def test_what_people_shared_is_never_kept(visit: Open, hall: Hall, session: Session) -> None:
    wishes.share_needs(session, hall.places[0], NEED, at=clock.now())
    session.commit()
    with visit() as site:
        with_copy(hall.open(site))
        page = site.open(hall.path + "/needs")
        expect(page.get_by_text(NEED)).to_be_visible()
        page.reload()
        bodies = page.evaluate(
            "(async () => { let all = ''; for (const name of await caches.keys()) {"
            " const cache = await caches.open(name);"
            " for (const key of await cache.keys()) all += key.url + await (await cache.match(key)).text() }"
            " return all })()"
        )
        assert "Ada Byron" in bodies
        assert NEED not in bodies
        page.context.set_offline(True)
        page.reload()
        page.wait_for_url("**" + hall.path + "#elsewhere")
        expect(page.get_by_text(NEED)).to_have_count(0)
