"""A whole claim in a browser, from the first question to the decision: widths, keyboard, no scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.models import Activity, Stage, State
from plugins.claims.samples import adjusting, ahead, others, own, supporting
from plugins.claims.samples import paying as samples_paying
from plugins.claims.samples.offers import offer_to
from plugins.claims.services import answering
from plugins.claims.tests.making_offers import Offers, charity
from plugins.claims.tests.making_story import Story
from portal.accounts.api import create_person
from portal.plugin_api import SYSTEM, Actor
from tests.browser import harness

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    Visit = Callable[..., AbstractContextManager[harness.Watched]]

pytestmark = pytest.mark.browser
SignIn = Callable[..., FlaskClient]
SIZES = (harness.OLD_PHONE, harness.DESK)
# One of each that stands on My money.
MUCH = (
    ("draft", 500), ("claim", 1_002), ("ask", 1), ("claim", 4_001), ("decide", 1), ("pay", 99), ("arrive", 1),
    ("ahead", 8_621), ("ahead", 4_000), ("pay", 99), ("arrive", 1), ("spend", 7_001), ("decide", 4),
    ("claim", 2_501), ("decide", 11), ("pay", 96), ("come back", 2), ("right", 9), ("claim", 804),
    ("offer", 1_501), ("offer", 2_002), ("offer", 300), ("offer", 5_003), ("hand", 1), ("give back", 301),
    ("withdraw", 1), ("pay", 1), ("arrive", 1),
)  # fmt: skip


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


def check_at_sizes(page: Page) -> None:
    for _size in harness.at_sizes(page, SIZES):
        check(page)


def made(app: Any, session: Session, client: FlaskClient, state: State) -> Any:
    with app.test_request_context():
        values = own(state)(session, client.person_id)  # type: ignore[attr-defined]
        session.commit()
    return values


def test_every_page_is_accessible(
    app: Any, visit: Visit, session: Session, sign_in: SignIn
) -> None:
    payee, decider = sign_in(), sign_in("treasurer")
    draft, asked, sent, decided = (
        made(app, session, payee, state)
        for state in (State.DRAFT, State.QUERIED, State.SUBMITTED, State.DECIDED)
    )
    line = f"{draft['ref']}/lines/{draft['line_id']}"
    own_pages = (
        "quote",
        "quote?category=car&miles=50&day=1&day=6&day=2026&before=9980",
        "quote?category=car&miles=x&day=&day=&day=&before=",
        "",
        "statement/2026",
        "start",
        draft["ref"],
        f"{draft['ref']}/add",
        f"{draft['ref']}/throw-away",
        *(f"{line}/{part}" for part in ("when", "how-much", "receipt", "whole", "remove")),
        asked["ref"],
        sent["ref"],
        decided["ref"],
        f"{decided['ref']}/appeal",
    )
    desk_pages = (
        "desk",
        f"desk/{sent['ref']}",
        f"desk/{decided['ref']}",
        f"desk/{sent['ref']}/ask",
        "rates/new",
    )
    for client, pages in ((payee, own_pages), (decider, desk_pages)):
        with visit() as site:
            enter(site, client)
            for page in pages:
                check_at_sizes(site.open(f"/claims/{page}"))


def test_every_page_of_paying_is_accessible(
    app: Any, visit: Visit, session: Session, sign_in: SignIn
) -> None:
    payee, payer = sign_in(), sign_in("treasurer")
    with app.test_request_context():
        samples_paying.has_details(session, payee.person_id)  # type: ignore[attr-defined]
        waits = samples_paying.changed(session)
        samples_paying.ready(session)
        samples_paying.owed_in_cash(session)
        samples_paying.put_aside(session)
        away, near = samples_paying.exported(session), samples_paying.locked(session)
        session.commit()
    payment = f"pay/{near['ref']}/payments/{near['payment_id']}"
    pages = {
        payee: (
            "bank",
            "bank/change",
            "bank/remove",
            f"bank/confirm/{waits['uid']}/{waits['key']}",
        ),
        payer: (
            "pay",
            "pay/layout",
            f"pay/{near['ref']}",
            f"pay/{away['ref']}",
            f"pay/{away['ref']}/outcome",
            payment,
            f"{payment}/leave-out",
            f"desk/bank/{waits['uid']}",
        ),
    }
    for client, addresses in pages.items():
        with visit() as site:
            enter(site, client)
            for page in addresses:
                check_at_sizes(site.open(f"/claims/{page}"))


def test_pages_for_two_people_are_accessible(
    app: Any, visit: Visit, session: Session, sign_in: SignIn
) -> None:
    """Supporters, money ahead, several claims at once, and what is put right."""
    payee, decider = sign_in(), sign_in("treasurer")
    with app.test_request_context():
        person_id = payee.person_id  # type: ignore[attr-defined]
        consent = supporting(session, person_id)["consent_id"]
        asked, paid = (ahead(paid=how)(session, person_id)["ref"] for how in (False, True))
        put_right = adjusting(session)
        sent = [others(State.SUBMITTED)(session) for _ in range(2)]
        session.commit()
    picks = "&".join(f"pick={one['ref']}.{one['version']}" for one in sent)
    own_pages = (
        "supporters",
        "helping",
        f"helping/{consent}/start",
        f"supporters/{consent}/end",
        "ahead/ask",
        f"ahead/{asked}",
        f"ahead/{paid}",
        f"ahead/{paid}/spent",
        f"ahead/{asked}/withdraw",
    )
    desk_pages = (
        "desk",
        f"desk/several?{picks}",
        "desk/several",
        "adjustments",
        f"desk/{put_right['ref']}/lines/{put_right['line_id']}/adjust",
        f"adjustments/{put_right['adjustment_id']}/drop",
        "desk/ahead",
        f"desk/ahead/{asked}",
        f"desk/ahead/{paid}",
        f"desk/ahead/{paid}/settle",
    )
    for client, pages in ((payee, own_pages), (decider, desk_pages)):
        with visit() as site:
            enter(site, client)
            for page in pages:
                check_at_sizes(site.open(f"/claims/{page}"))


def test_a_claim_by_thumb_without_scripts(visit: Visit, sign_in: SignIn) -> None:
    payee = sign_in()
    with visit(size=harness.OLD_PHONE, scripts=False) as site:
        enter(site, payee)
        page = site.open("/claims/")
        harness.follow(page.get_by_role("link", name="Claim money back").first)
        page.get_by_label("What was it for?").fill("Co-design on 3 June")
        harness.follow(page.get_by_role("button", name="Continue"))
        page.get_by_label("Miles in my own car").check()
        harness.follow(page.get_by_role("button", name="Continue"))
        for part, text in (("Day", "3"), ("Month", "June"), ("Year", "2026")):
            page.get_by_label(part, exact=True).fill(text)
        harness.follow(page.get_by_role("button", name="Continue"))
        page.get_by_label("How many miles did you travel?").fill("twelve")
        harness.follow(page.get_by_role("button", name="Continue"))
        field = page.get_by_label("How many miles did you travel?")
        assert field.input_value() == "twelve"
        field.fill("12.5")
        harness.follow(page.get_by_role("button", name="Continue"))
        assert page.get_by_text("£6.88").count() == 2, "the line, and in all"
        harness.follow(page.get_by_role("button", name="Send my claim"))

        assert page.get_by_text("It is our turn. You need to do nothing.").is_visible()


def test_every_page_of_offers_is_accessible(
    app: Any, visit: Visit, session: Session, sign_in: SignIn
) -> None:
    payee, maker, payer = sign_in(), sign_in("coordinator"), sign_in("treasurer")
    with app.test_request_context():
        key: int = payee.person_id  # type: ignore[attr-defined]
        begun, done = offer_to(session, key), offer_to(session, key, stage=Stage.DONE)
        other = create_person(session, SYSTEM, name="Ash")
        asked = offer_to(session, other)
        activity = session.get_one(Activity, asked.activity_id)
        refs = (begun.ref, done.ref, asked.ref, activity.ref)
        session.commit()
    payee.post("/claims/offers/limit", data={"amount": "50"})
    own_pages = ("offers", "offers/limit", "offers/hours", "facts", f"offers/{refs[0]}")
    made = f"activities/{refs[3]}"
    for client, pages in (
        (payee, (*own_pages, f"offers/{refs[0]}/no", f"offers/{refs[1]}")),
        (
            maker,
            (
                "activities",
                "activities/new",
                f"{made}?q=a",
                f"{made}/people/{key}",
                f"activities/offers/{refs[2]}",
            ),
        ),
        (
            payer,
            ("budgets", "budgets/new", "facts/new", "recognition", "hours?q=a", f"hours/{key}"),
        ),
    ):
        with visit() as site:
            enter(site, client)
            for page in pages:
                check_at_sizes(site.open(f"/claims/{page}"))
            if client is payer:
                harness.follow(site.open("/claims/budgets").locator("table a").first)
                check_at_sizes(site.page)


def test_an_offer_is_answered_by_thumb_without_scripts(
    app: Any, visit: Visit, session: Session, sign_in: SignIn
) -> None:
    """Wrong at first: what was typed stays. The four answers take the same room."""
    payee = sign_in()
    with app.test_request_context():
        ref = offer_to(session, payee.person_id).ref  # type: ignore[attr-defined]
        session.commit()
    with visit(size=harness.OLD_PHONE, scripts=False) as site:
        enter(site, payee)
        page = site.open(f"/claims/offers/{ref}")
        rows = page.locator(".govuk-radios__item")
        boxes = [rows.nth(place).bounding_box() for place in range(4)]
        assert rows.count() == 4
        assert len({(box["width"], box["height"]) for box in boxes if box}) == 1
        page.get_by_label("I take less of it").check()
        page.get_by_label("How much, if you take less of it").fill("100")
        harness.follow(page.get_by_role("button", name="Yes, I take part"))
        assert page.get_by_label("How much, if you take less of it").input_value() == "100"
        page.get_by_label("How much, if you take less of it").fill("20")
        harness.follow(page.get_by_role("button", name="Yes, I take part"))

        assert page.get_by_text("Your answer is kept").is_visible()


@pytest.mark.parametrize("size", SIZES)
def test_what_is_refused_to_whoever_gives_leads_to_its_button(
    app: Any, visit: Visit, session: Session, sign_in: SignIn, size: tuple[int, int]
) -> None:
    payer = sign_in("treasurer")
    with app.test_request_context():
        offers = Offers(session)
        sam = offers.person()
        offer, _choice = offers.done(sam, charity("The lifeboats"))
        session.commit()
        with visit(size=size) as site:
            enter(site, payer)
            page = site.open("/claims/recognition")
            answering.answer(session, sam, offer.id, charity("The donkeys"))
            session.commit()
            harness.follow(page.get_by_role("button", name="It was paid by hand"))
            page.get_by_text("There is a problem").wait_for()
            assert page.get_by_text("Look at it once more").count() == 2
            check(page)
            page.locator(".govuk-error-summary a").click()
            focused = page.evaluate("document.activeElement.textContent")
            assert "It was paid by hand" in focused


def test_my_money_and_the_statement_are_accessible(
    app: Any, visit: Visit, session: Session, sign_in: SignIn
) -> None:
    payee = sign_in()
    with app.test_request_context():
        story = Story(session, details=False)
        story.sam = Actor(payee.person_id)  # type: ignore[attr-defined]
        story.made.gives(story.sam)
        story.take(MUCH)
        session.commit()
    with visit() as site:
        enter(site, payee)
        for place in ("", "statement/2026"):
            check_at_sizes(site.open(f"/claims/{place}"))
            assert site.page.locator("main li, main tr").count() > 10
