"""A hall in which a register is taken: a session of today, who leads it, the people in it, and a phone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from portal import clock
from portal.accounts.testing import signed_in_client
from portal.courses.api import led_session
from portal.courses.models import RunState
from portal.enrolment.models import AttendanceMark, Mark, MarkChange, MarkedHow
from portal.enrolment.services import register
from portal.enrolment.services.register import Tap
from portal.plugin_api import SYSTEM
from tests.browser import harness
from tests.factories.accounts import make_login
from tests.factories.courses import ZONE, make_assignment, make_session
from tests.factories.enrolment import book, make_group, make_student

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route
    from sqlalchemy.orm import Session

    from portal.app import Portal

EMAIL = "leader@example.org"
PATIENCE = 5  # seconds
NAMES = (
    "Ada Byron",
    "Wanjirũ Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
    "Bo",
    "Çağla Öztürk",
    "Dai Jones",
)


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
        login = make_login(session, email=EMAIL, name="Lee Leader", roles=["facilitator"])
        self.leader = login.person_id
        make_assignment(session, one.id, self.leader)
        session.commit()
        self.path = f"/registers/{self.session_id}"

    def enter(self, site: harness.Watched, person_id: int | None = None) -> None:
        """Sign the phone in: as who leads the session, or as somebody else."""
        cookie = signed_in_client(self.app, (), person_id or self.leader).get_cookie("session")
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


def with_copy(page: Page) -> Page:
    """The same page, once the phone has a copy of it."""
    expect(page.locator("[data-copy-help]")).to_be_visible()
    return page


def copies(page: Page) -> list[str]:
    """The addresses of everything that the worker keeps on the phone, files and notes included."""
    found: list[str] = page.evaluate(
        "(async () => { const all = []; for (const name of await caches.keys())"
        " for (const {url} of await (await caches.open(name)).keys()) all.push(new URL(url).pathname);"
        " return all })()"
    )
    return found


def wait_until(page: Page, question: str) -> None:
    """Ask the page until its answer is yes. Playwright's own waiting takes a promise for a yes."""
    until = time.monotonic() + PATIENCE
    while not page.evaluate(question):
        assert time.monotonic() < until, question
        page.wait_for_timeout(100)


def expect_no_copies(page: Page) -> None:
    """Nothing is kept any more; the deletion may take a moment."""
    wait_until(page, "async () => (await caches.keys()).length === 0")


def assert_not_there(page: Page, address: str) -> None:
    """Without a connection the browser has nothing to show at that address."""
    page.context.set_offline(True)
    with pytest.raises(PlaywrightError, match=r"ERR_INTERNET_DISCONNECTED|ERR_FAILED"):
        page.goto(address)
