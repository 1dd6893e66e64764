"""Writing and reading in a browser: what is typed survives it, widths, keyboard, no scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.proposals.services import writing
from plugins.proposals.states import Stage
from plugins.proposals.tests.making import College, actor
from plugins.proposals.texts import SECTIONS
from tests.browser import harness

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    Visit = Callable[..., AbstractContextManager[harness.Watched]]

pytestmark = pytest.mark.browser
SignIn = Callable[..., FlaskClient]
SIZES = (harness.OLD_PHONE, harness.DESK)
TYPED = "Half of what I wanted to say"


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the database."""
    return "sqlite"


@pytest.fixture
def visit(app: Any, browser: Browser) -> Iterator[Visit]:
    with harness.served(app) as base:
        yield lambda **options: harness.watched(browser, base, **options)


def enter(site: harness.Watched, client: FlaskClient) -> None:
    """Be in the browser who the client is."""
    cookie = client.get_cookie("session")
    assert cookie is not None
    site.page.context.add_cookies(
        [{"name": "session", "value": str(cookie.value), "url": site.base}]
    )


def check(page: Page) -> None:
    harness.assert_accessible(page)
    harness.assert_forms_ok(page)
    harness.assert_no_sideways_scroll(page)


def test_every_page_is_accessible(
    visit: Visit, college: College, session: Session, sign_in: SignIn
) -> None:
    maker, chair, coordinator = sign_in(), sign_in("co_chair"), sign_in("coordinator")
    who = maker.person_id  # type: ignore[attr-defined]
    other = college.person("Wanjiru-Abernathy-of-Saint-Germain")
    row = college.open(who, other)
    writing.keep(session, actor(other), row.id, other, "idea", "x" * 200, base=1)
    kept = writing.keep(session, actor(who), row.id, who, "idea", "y " * 200, base=1)
    ready, apart = college.reviewed(), college.reviewed(3, 3, 1, 1)
    session.commit()
    own = ["", "/versions", "/versions/1/3", "/sheet", "/write/why", "/say/idea", "/name", "/me"]
    own += ["/invite", "/support", "/how-we-work", "/join-with", "/do/pause", "/do/end"]
    own += [f"/write/idea/both/{kept.version}"]
    pages = {
        maker: [
            *("/proposals/", "/proposals/start", "/proposals/mine"),
            *("/proposals/how-it-works", "/proposals/where-they-are"),
            *(f"/proposals/{row.ref}{end}" for end in own),
            f"/proposals/{ready.ref}/join",
        ],
        chair: [
            "/proposals/to-look-at",
            *(f"/proposals/{ready.ref}/{end}" for end in ("interests", "decide", "what-they-see")),
            f"/proposals/{apart.ref}/decide",
            f"/proposals/{row.ref}/say/idea",
            f"/proposals/{row.ref}/versions",
        ],
        coordinator: [
            "/proposals/with-somebody?name=wan",
            "/proposals/with-somebody/new",
            "/proposals/from-a-box",
            f"/proposals/{apart.ref}/talk",
        ],
    }
    for client, addresses in pages.items():
        with visit() as site:
            enter(site, client)
            for address in addresses:
                page = site.open(address)
                for _size in harness.at_sizes(page, SIZES):
                    check(page)


def test_a_browser_that_dies_loses_at_most_five_seconds(
    visit: Visit, college: College, session: Session, sign_in: SignIn
) -> None:
    from playwright.sync_api import expect

    maker = sign_in()
    row = college.idea(maker.person_id)  # type: ignore[attr-defined]
    session.commit()
    address = f"/proposals/{row.ref}/write/why"
    with visit(size=harness.PHONE) as site:
        enter(site, maker)
        page = site.open(address)
        with page.expect_response(lambda answer: "/typing/" in answer.url, timeout=5_000) as sent:
            page.get_by_label("Your text").press_sequentially(TYPED)
        assert sent.value.status == 204
        expect(page.get_by_text("What you type is kept for you.")).to_be_visible()
        with page.expect_response(lambda answer: "/typing/" in answer.url, timeout=5_000):
            page.get_by_label("Your text").press_sequentially(", and the rest")
    with visit(size=harness.PHONE, scripts=False) as site:
        enter(site, maker)
        page = site.open(address)
        expect(page.get_by_label("Your text")).to_have_value(f"{TYPED}, and the rest")


def test_written_and_opened_without_scripts(
    visit: Visit, college: College, session: Session, sign_in: SignIn
) -> None:
    from playwright.sync_api import expect

    maker = sign_in()
    row = college.open(maker.person_id, college.person(), stage=Stage.DRAFTING)  # type: ignore[attr-defined]
    session.commit()
    with visit(size=harness.PHONE, scripts=False) as site:
        enter(site, maker)
        page = site.open(f"/proposals/{row.ref}")
        harness.follow(page.get_by_role("link", name="Write here (Why it matters to students)"))
        page.get_by_label("Your text").fill("It is **loud** here")
        harness.follow(page.get_by_role("button", name="See how it looks"))
        expect(page.locator("#preview + .rc-prose strong")).to_have_text("loud")
        harness.follow(page.get_by_role("button", name="Keep it"))
        expect(page.get_by_text("Kept.")).to_be_visible()
        harness.follow(page.get_by_role("link", name="Open it for everybody’s comments"))
        harness.follow(page.get_by_role("button", name="Open it"))
        expect(page.get_by_text("It is open.", exact=False).first).to_be_visible()


def test_the_sheet_is_one_page_of_paper(
    visit: Visit, college: College, session: Session, sign_in: SignIn
) -> None:
    maker = sign_in()
    people = [college.person("Wanjiru-Abernathy-of-Saint-Germain") for _ in range(30)]
    row = college.open(maker.person_id, *people)  # type: ignore[attr-defined]
    long = "\n".join(f"- a point that somebody made, number {n}" for n in range(200))
    for key in SECTIONS:
        words = long if key in {"why", "needs"} else "word " * 2_000
        who = maker.person_id  # type: ignore[attr-defined]
        writing.keep(session, actor(who), row.id, who, key, words, base=row.version)
    writing.rename(session, actor(people[0]), row.id, "A long name " * 16)
    session.commit()
    with visit(size=harness.DESK) as site:
        enter(site, maker)
        page = site.open(f"/proposals/{row.ref}/sheet")
        printed = page.pdf(format="A4", margin={"top": "15mm", "bottom": "15mm"})

    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def test_an_idea_by_keyboard_alone(visit: Visit, sign_in: SignIn) -> None:
    student = sign_in("student")
    student.get("/me")
    with visit(size=harness.DESK) as site:
        enter(site, student)
        page = site.open("/proposals/start")
        page.get_by_label("What would you like people to learn?").focus()
        page.keyboard.type("How to rest")
        page.keyboard.press("Tab")
        with harness.next_page(page):
            page.keyboard.press("Enter")
        page.get_by_role("heading", name="Before you take part").wait_for()
        check(page)
        harness.walk_by_keyboard(page)
