"""My money: the numbers that those who pay read, everything findable, one's own alone, a page at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from plugins.claims.models import (
    AdvanceRow,
    CameBack,
    Claim,
    EntryRow,
    Offer,
    Payment,
    RecognitionChoice,
    Stage,
    State,
)
from plugins.claims.money.postings import About
from plugins.claims.queries import my_money
from plugins.claims.queries.books import verify
from plugins.claims.queries.glance import glance
from plugins.claims.queries.owing import OWED
from plugins.claims.queries.own_past import Became, Past, past
from plugins.claims.queries.places import Place, place_of
from plugins.claims.services import bank, deciding, outcomes, sources, support
from plugins.claims.services.today import today
from plugins.claims.tests.making import YES, Claims, no, taxi
from plugins.claims.tests.making_offers import ALL, Offers, charity
from plugins.claims.tests.making_paying import Paying, account
from plugins.claims.tests.making_story import DEEP, Step, Story, stories
from plugins.claims.tests.test_advances import approved, paid, spent
from portal.plugin_api import Actor

SignIn = Callable[..., FlaskClient]


def actor_of(client: FlaskClient) -> Actor:
    return Actor(client.person_id)  # type: ignore[attr-defined]


@pytest.fixture
def paying(session: Session) -> Paying:
    return Paying(session)


def whole(read: Callable[[Place | None], tuple[Sequence[Any], Place | None]]) -> list[Any]:
    """All pages of a list. The place of each next one goes through an address."""
    found: list[Any] = []
    after, turns = None, 0
    while turns == 0 or after is not None:
        entries, more = read(after)
        assert entries or not turns, "a next page is never empty"
        found += entries
        after, turns = place_of(str(more)) if more else None, turns + 1
        assert turns < 100
    return found


def lists(session: Session, who: Actor) -> tuple[list[Any], list[Any], list[Past]]:
    me = who.person_id or 0
    due = my_money.owed(session, glance(session, me))

    def read(name: str, fill: Callable[[Sequence[Place]], list[Any]]) -> list[Any]:
        def part(after: Place | None) -> tuple[Sequence[Any], Place | None]:
            page = my_money.places(session, me, today(), {name: after}, glance(session, me))[name]
            return fill(page.places), page.more

        return whole(part)

    return (
        read("turn", lambda places: my_money.waits_for_them(session, places)),
        read("coming", lambda places: my_money.coming(session, me, due, places)),
        read("past", lambda places: past(session, me, places)),
    )


def refs(entries: Sequence[Any]) -> list[str]:
    return [(one.claim or one.offer or one.ahead).ref for one in entries]


@pytest.mark.soak
@DEEP
@given(stories(), st.integers(1, 4))
def test_whatever_happens_the_page_says_what_those_who_pay_read(
    session: Session, steps: list[Step], size: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(my_money, "A_PAGE", size)
        try:
            story = Story(session)
            story.take(steps)
            check(session, story.sam)
            assert verify(session).in_order
        finally:
            session.rollback()


def check(session: Session, sam: Actor) -> None:
    me = sam.person_id or 0
    due = my_money.owed(session, glance(session, me))
    waiting = sources.waiting(session)
    assert due.to_send == sum(one.pence for one in waiting)
    unsent = sa.select(sa.func.coalesce(sa.func.sum(Payment.pence), 0)).where(
        Payment.person_id == me, Payment.outcome.is_(None)
    )
    by_hand = sa.select(sa.func.coalesce(sa.func.sum(RecognitionChoice.pence), 0)).where(
        RecognitionChoice.charity != "",
        RecognitionChoice.paying.is_(None),
        RecognitionChoice.offer_id == Offer.id,
        Offer.stage == Stage.DONE,
    )
    others = (int(session.scalar(each) or 0) for each in (unsent, by_hand))
    assert due.total == due.to_send + sum(others)

    turn, coming, became = lists(session, sam)
    assert len(set(refs(turn))) == len(turn)
    assert len(set(refs(coming))) == len(coming)
    assert not set(refs(turn)) & set(refs(coming)), "whose turn it is has one answer"
    assert [one.at for one in became] == sorted((one.at for one in became), reverse=True)
    away = [one.pence for one in coming if one.left_on]
    away += [one.pence for one in coming if one.chosen and one.chosen.chosen.paying == "sent"]
    away += [one.ahead.paid for one in coming if one.ahead and one.ahead.payment == "sent"]
    arrived = sum(one.pence for one in became if one.became is Became.PAID)
    left = session.scalar(
        sa.select(-sa.func.sum(OWED))
        .join(Payment, Payment.id == EntryRow.about_id)
        .where(EntryRow.about == About.PAYMENT, Payment.person_id == me)
    )
    ahead_arrived = sum(one.ahead.paid for one in turn if one.ahead and one.ahead.payment == "sent")
    ahead_gone = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Payment.pence), 0)).where(
            Payment.what == "advance", Payment.outcome == "sent"
        )
    )
    shown_away = sum(away) + ahead_arrived
    assert arrived + shown_away == int(left or 0)
    assert ahead_gone <= shown_away
    findable = {*refs(turn), *refs(coming), *(one.ref for one in became)}
    counted = {one.ref for one in became if one.became is Became.COUNTED}
    for claim in session.scalars(sa.select(Claim).where(Claim.person_id == me)):
        assert claim.ref in findable or (claim.state is State.SETTLED and counted), claim.state
    for ahead in session.scalars(sa.select(AdvanceRow).where(AdvanceRow.person_id == me)):
        assert ahead.ref in findable


def test_what_waits_for_them_stands_apart_from_what_is_to_come(
    session: Session, paying: Paying, offers: Offers
) -> None:
    sam, ash = paying.payee(), paying.payee()
    decider, payer = paying.person("Decider"), paying.person("Payer")
    draft, asked = paying.draft(sam, taxi(100)), paying.sent(sam, taxi(200))
    deciding.ask(session, decider, asked.id, "Where to?")
    sent, owed = paying.sent(sam, taxi(300)), paying.owed(sam, 400)
    nothing = paying.decided(sam, taxi(500), said=no())
    away = paying.exported(payer, gone := paying.owed(sam, 600), theirs := paying.owed(ash, 700))
    arrived = paying.owed(sam, 800)
    outcomes.answer(session, payer, paying.exported(payer, arrived).id, {})
    asked_to = offers.offer(sam)
    _done, choice = offers.done(sam, charity("The lifeboats"))
    assert away.id
    session.expire_all()
    turn, coming, became = lists(session, sam)

    assert set(refs(turn)) == {draft.ref, asked.ref, asked_to.ref}
    assert {ref: one.pence for ref, one in zip(refs(coming), coming, strict=True)} == {
        sent.ref: 300,
        owed.ref: 400,
        gone.ref: 600,
        _done.ref: choice.pence,
    }
    assert [(one.became, one.ref, one.pence) for one in became] == [
        (Became.PAID, arrived.ref, 800),
        (Became.CLOSED, nothing.ref, 0),
    ]
    assert theirs.ref not in str((turn, coming, became))
    due = my_money.owed(session, glance(session, sam.person_id or 0))
    assert (due.to_send, due.total) == (400, 400 + 6_875)


def test_money_ahead_counts_and_is_accounted_for(session: Session, claims: Claims) -> None:
    """Example 7: £86.20 ahead, £79.70 spent: £6.50 open, and nothing more to pay."""
    sam = claims.person()
    one = paid(claims, sam)
    waits = approved(claims, sam, 4_620)
    claims.decide(claims.person("Another"), spent(claims, sam, one, 7_970), YES)
    session.expire_all()
    due = my_money.owed(session, glance(session, sam.person_id or 0))
    _turn, coming, became = lists(session, sam)

    assert (due.total, due.left_open) == (4_620, 650)
    assert [(one.ahead.ref, one.pence) for one in coming] == [(one.ref, 650), (waits.ref, 4_620)]
    assert [(each.how, each.pence) for each in became] == [("claimed", 7_970)]
    then = today() + timedelta(days=400)
    waits_then = my_money.places(
        session, sam.person_id or 0, then, {}, glance(session, sam.person_id or 0)
    )["turn"]
    with_time = my_money.waits_for_them(session, waits_then.places)
    assert [each.ahead.ref for each in with_time if each.ahead] == [one.ref]


def test_as_many_questions_for_many_as_for_one(
    session: Session, paying: Paying, offers: Offers
) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    counts = []
    for many in (1, 4):
        for _ in range(many):
            paying.draft(sam, taxi(100))
            paying.sent(sam, taxi(200))
            paying.owed(sam, 300)
            offers.offer(sam)
            offers.done(sam, ALL)
            approved(paying, sam, 4_620)
            paying.decided(sam, taxi(500), said=no())
            made = paying.exported(payer, paying.owed(sam, 400))
            outcomes.answer(session, payer, made.id, {})
        session.flush()
        session.expire_all()
        counts.append(paying.asked(lambda: lists(session, sam)))

    assert counts[0] == counts[1]
    assert counts[0] <= 34


def test_the_page(session: Session, paying: Paying, offers: Offers, sign_in: SignIn) -> None:
    client, other = sign_in(), sign_in("treasurer")
    me = actor_of(client)
    first = paying.owed(me, 500)
    session.commit()
    page = client.get("/claims/").text
    assert "Give my bank details" in page
    assert re.search(r"Decided, and to be paid</dt><dd>£5<", page)
    assert "It is your turn: tell us where to pay it. The clock stands still until then." in page
    paying.gives(me, account(7))
    session.commit()
    assert "It is our turn: we pay it by" in client.get("/claims/").text
    payer = paying.person("Payer")
    made = paying.exported(payer, first)
    session.commit()
    page = client.get("/claims/").text
    assert "It left on" in page
    assert re.search(r"Decided, and to be paid</dt><dd>£0<", page)
    assert "Give my bank details" not in page
    outcomes.answer(session, payer, made.id, {paying.payments(made)[0].id: CameBack.CLOSED})
    session.commit()
    page = client.get("/claims/").text
    assert "£5 came back: The account is closed. Nothing is lost." in page
    assert "Look at my bank details" in page
    bank.say_right(session, me)
    outcomes.answer(session, payer, paying.exported(payer, first).id, {})
    session.commit()
    page = client.get("/claims/").text

    assert "Into your account that ends in 0007" in page
    assert "Look at my bank details" not in page
    assert first.ref in page
    for who in (other, sign_in()):
        assert first.ref not in who.get("/claims/").text


def test_whoever_supports_somebody_sees_no_money_of_theirs(
    session: Session, paying: Paying, sign_in: SignIn
) -> None:
    client = sign_in()
    sam = paying.payee()
    support.take_up(session, actor_of(client), support.offer(session, sam, paid=False))
    claim = paying.owed(sam, 1_234)
    session.commit()
    page = client.get("/claims/").text

    assert claim.ref not in page
    assert "12.34" not in page


def test_hundreds_stand_on_pages(session: Session, paying: Paying, sign_in: SignIn) -> None:
    client = sign_in()
    me = actor_of(client)
    refs_made = {paying.decided(me, taxi(500), said=no()).ref for _ in range(45)}
    session.commit()
    place, seen, pages = "/claims/", [], 0
    while place:
        page = client.get(place).text
        found = re.findall(r'href="/claims/([a-z2-9]{10})"', page)
        seen += [ref for ref in found if ref != "supporters"]
        more = re.search(r'href="([^"]*)" rel="next"', page)
        place, pages = more[1].partition("#")[0] if more else "", pages + 1

    assert (set(seen), len(seen), pages) == (refs_made, 45, 3)


@pytest.mark.parametrize(
    "text",
    ["", "x", "20260101T000000.000000-claim-", "20260101T000000.000000-claim-99999999999", "1-2-3",
     "20260101T000000.000000-clä-1", "20260101T000000.000000-claim-١", "20261301T000000.000000-claim-1"],
)  # fmt: skip
def test_an_address_that_names_no_place_begins_the_list(client: FlaskClient, text: str) -> None:
    assert place_of(text) is None


def test_a_place_that_is_none_is_no_error(sign_in: SignIn) -> None:
    client = sign_in()
    for text in ("x", "20260101T000000.000000-nothing-1", "00010101T000000.000000-claim-1"):
        assert client.get("/claims/", query_string={"past": text, "turn": text}).status_code == 200
