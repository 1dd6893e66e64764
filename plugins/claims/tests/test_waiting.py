"""The days on which a payment waits for its person: the rule against a count day by day, and the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from plugins.claims.models import (
    Activity,
    CameBack,
    Category,
    Claim,
    Offer,
    Proof,
    RecognitionChoice,
)
from plugins.claims.money.deadlines import Due, Pause, waited
from plugins.claims.money.readiness import Wait
from plugins.claims.money.waiting import Held, Tried, pauses, wait_at
from plugins.claims.queries.adjusting import waiting as to_put_right
from plugins.claims.queries.choice_clock import promises
from plugins.claims.queries.claims import mine
from plugins.claims.queries.clock import Clock, clocks
from plugins.claims.queries.offers import show as offer_shown
from plugins.claims.queries.offers import to_give
from plugins.claims.queries.one_claim import show
from plugins.claims.queries.support import supporters_of
from plugins.claims.services import (
    adjusting,
    bank,
    beginning,
    cash,
    deciding,
    outcomes,
    support,
    writing,
)
from plugins.claims.services.recognition_payable import SOURCE
from plugins.claims.services.store import lines_of
from plugins.claims.tests.making import YES, less, taxi
from plugins.claims.tests.making_offers import ALL, Offers, charity
from plugins.claims.tests.making_paying import Paying, key
from plugins.claims.tests.test_money import cases
from portal.plugin_api import Actor, is_working_day

FIRST = datetime(2026, 3, 26, tzinfo=UTC)  # before Easter
HOURS = st.integers(0, 24 * 20)
LAST = date(2026, 4, 16)


def at(hours: int) -> datetime:
    return FIRST + timedelta(hours=hours)


@st.composite
def histories(draw: Any) -> list[Held]:
    """Details one after the other; between two of them there may be none."""
    moments = sorted(draw(st.lists(HOURS, max_size=6, unique=True)))
    found: list[Held] = []
    for version, (begun, ended) in enumerate(zip(moments[::2], moments[1::2], strict=False), 1):
        later = st.none() | st.integers(begun, 24 * 20)
        said = [draw(later), draw(later)]
        found.append(
            Held(version, at(begun), at(ended), *(at(one) if one else None for one in said))
        )
    if found and draw(st.booleans()):
        last = found.pop()
        found.append(Held(last.version, last.given_at, None, last.confirmed_at, last.said_right_at))
    return found


@st.composite
def tries(draw: Any) -> list[Tried]:
    """Tries one after the other: each but the last one came back."""
    moments = sorted(draw(st.lists(HOURS, max_size=7, unique=True)))
    found = []
    for begun, gone, back in zip(moments[::3], moments[1::3], moments[2::3], strict=False):
        found.append(Tried(at(begun), at(gone), at(back), asks=draw(st.booleans())))
    if len(moments) % 3 == 1:
        found.append(Tried(at(moments[-1])))
    return found


def naive(held: list[Held], tried: list[Tried], moment: datetime) -> bool:
    """Whether it waited at a moment, said anew."""
    if any(
        one.gone_at and one.gone_at <= moment and not (one.back_at and one.back_at <= moment)
        for one in tried
    ):
        return False
    there = [
        one
        for one in held
        if one.given_at <= moment and not (one.ended_at and one.ended_at <= moment)
    ]
    if not there:
        return True
    (one,) = there
    if one.version > 1 and not (one.confirmed_at and one.confirmed_at <= moment):
        return True
    backs = [each.back_at for each in tried if each.asks and each.back_at is not None]
    looked = [each for each in (one.given_at, one.said_right_at) if each and each <= moment]
    return any(
        back <= moment
        and max(looked) <= back
        and not any(back < each.begun_at <= moment for each in tried)
        for back in backs
    )


def midnights(since: datetime) -> Iterator[datetime]:
    """The first moment of each day after one."""
    day = since.date() + timedelta(days=1)
    while day <= LAST:
        yield datetime(day.year, day.month, day.day, tzinfo=UTC)
        day += timedelta(days=1)


@cases
@given(histories(), tries(), HOURS, st.lists(st.tuples(HOURS, st.none() | HOURS), max_size=3))
def test_a_day_counts_on_which_it_waited_as_the_day_began(
    held: list[Held], tried: list[Tried], since: int, asked: list[tuple[int, int | None]]
) -> None:
    """With questions, too: a day on which two things were waited for counts once."""
    questions = [
        Pause(at(begun).date(), at(max(begun, ended)).date() if ended is not None else None)
        for begun, ended in asked
    ]
    begun = at(since)
    found = pauses(held, tried, begun, lambda moment: moment.date())

    days = {
        moment.date()
        for moment in midnights(begun)
        if naive(held, tried, moment - timedelta(microseconds=1))
        and moment - timedelta(microseconds=1) >= begun
    }
    for one in questions:
        day = one.asked
        while day < min(one.answered or LAST, LAST):
            day += timedelta(days=1)
            days.add(day)
    assert waited([*questions, *found], LAST) == sum(is_working_day(day) for day in days)
    assert (wait_at(held, tried, at(24 * 30)) is not None) is naive(held, tried, at(24 * 30))


# On record


@pytest.fixture
def paying(session: Session) -> Paying:
    return Paying(session)


def june(day: int) -> Any:
    """Nine o'clock on a day of June 2026, which begins on a Monday."""
    return time_machine.travel(datetime(2026, 6, day, 8, tzinfo=UTC), tick=False)


def clock_of(session: Session, claim: Claim) -> Clock:
    session.expire_all()
    return clocks(session, [claim])[claim.id]


def paid_by(session: Session, claim: Claim) -> int:
    found = clock_of(session, claim).due.paid
    return found.day + (30 if found.month == 7 else 0)


def test_missing_details_stop_the_clock_only_after_the_decision(
    session: Session, paying: Paying
) -> None:
    sam = paying.payee(details=False)
    with june(1):
        claim = paying.sent(sam, taxi(500))
    with june(3):
        assert clock_of(session, claim) == Clock(Due(date(2026, 6, 8), date(2026, 6, 15)), None)
        paying.decide(paying.person("Decider"), claim, YES)
        assert clock_of(session, claim).wait is Wait.DETAILS
        assert paid_by(session, claim) == 15
    with june(9):
        assert paid_by(session, claim) == 19, "four working days"
        assert show(session, claim).brief.turn == "theirs"
        paying.gives(sam)
        assert clock_of(session, claim).wait is None
    with june(19):
        assert paid_by(session, claim) == 19
        assert not show(session, claim).brief.late
    with june(22):
        assert show(session, claim).brief.late
        assert paid_by(session, claim) == 19, "these days are ours"
        bank.remove(session, sam)
    with june(24):
        assert paid_by(session, claim) == 23
        assert not show(session, claim).brief.late, "it is their turn"


def test_changed_details_stop_it_until_the_yes(session: Session, paying: Paying) -> None:
    with june(1):
        sam = paying.payee()
        claim = paying.owed(sam)
    with june(2):
        held = paying.gives(sam)
    with june(4):
        assert clock_of(session, claim).wait is Wait.CONFIRM
        link = bank.link_key(session, held.uid)
        bank.answer_link(session, sam, held.uid, link, yes=True)
    with june(12):
        assert clock_of(session, claim).wait is None
        assert paid_by(session, claim) == 17, "two working days"


def test_a_payment_that_came_back_stops_it_until_they_looked(
    session: Session, paying: Paying
) -> None:
    payer = paying.person("Payer")
    with june(1):
        sam = paying.payee()
        claim = paying.owed(sam)
        made = paying.exported(payer, claim)
    with june(3):
        (one,) = paying.payments(made)
        outcomes.answer(session, payer, made.id, {one.id: CameBack.CLOSED})
    with june(5):
        assert clock_of(session, claim).wait is Wait.AGAIN
        bank.say_right(session, sam)
        assert clock_of(session, claim).wait is None
        assert paid_by(session, claim) == 17
        second = paying.exported(payer, claim)
    with june(8):
        (one,) = paying.payments(second)
        outcomes.answer(session, payer, second.id, {one.id: CameBack.FILE})
    with june(10):
        assert clock_of(session, claim).wait is None, "that lies with our own bank"
        assert paid_by(session, claim) == 17


def test_a_day_with_two_waits_counts_once_and_cash_waits_for_nobody(
    session: Session, paying: Paying
) -> None:
    sam, decider = paying.payee(details=False), paying.person("Decider")
    with june(1):
        claim = paying.sent(sam, taxi(500))
        deciding.ask(session, decider, claim.id, "Where to?")
    with june(3):
        writing.answer(session, sam, claim.id, "To the college", 500)
        paying.decide(decider, claim, YES)
        assert paid_by(session, claim) == 17
    with june(5):
        assert paid_by(session, claim) == 19
        cash.begin(session, paying.person("First"), key(claim))
    with june(9):
        assert clock_of(session, claim).wait is None
        assert paid_by(session, claim) == 19


def test_what_is_added_after_the_payment_has_its_own_waits(
    session: Session, paying: Paying
) -> None:
    payer = paying.person("Payer")
    with june(1):
        sam = paying.payee()
        claim = paying.decided(sam, taxi(500), said=less(300))
        outcomes.answer(session, payer, paying.exported(payer, claim).id, {})
        bank.remove(session, sam)
    with june(8):
        line = lines_of(session, claim.id)[0].id
        adjusting.propose(session, paying.person("Proposer"), claim.id, line, 100, "It was more")
        (waits,) = to_put_right(session)
        adjusting.approve(session, paying.person("Approver"), {waits.id: 100})
        assert paid_by(session, claim) == 22
    with june(10):
        assert clock_of(session, claim).wait is Wait.DETAILS
        assert paid_by(session, claim) == 24


def test_pages_say_why_it_stands_still_and_not_that_we_are_late(
    session: Session, paying: Paying, sign_in: Callable[..., FlaskClient]
) -> None:
    client, treasurer = sign_in(), sign_in("treasurer")
    me = Actor(client.person_id)  # type: ignore[attr-defined]
    with june(1):
        claim = paying.owed(me)
        session.commit()
    places = ("/claims/", "/claims/mine", f"/claims/{claim.ref}")
    pages = [client.get(place).text for place in places]
    assert ["The clock stands still until then" in page for page in pages] == [True] * 3
    assert not [page for page in pages if "we are late" in page]
    assert "moves on by each working day on which we wait" in pages[2]
    assert (
        "moves on by each working day on which we wait" in treasurer.get("/claims/pay/waiting").text
    )
    session.commit()
    paying.gives(me)
    session.commit()

    assert not [page for page in map(client.get, places) if "we are late" in page.text]
    assert "The clock stands still" not in client.get("/claims/mine").text


def test_whoever_writes_it_for_them_does_not_see_that_details_are_missing(
    session: Session, paying: Paying, sign_in: Callable[..., FlaskClient]
) -> None:
    kim, sam = sign_in(), paying.payee(details=False)
    writer = Actor(kim.person_id)  # type: ignore[attr-defined]
    support.take_up(session, writer, support.offer(session, sam, paid=False))
    (consent,) = supporters_of(session, sam.person_id or 0)
    claim = beginning.begin_for(session, writer, consent.id, "Co-design")
    line = writing.add_line(session, writer, claim.id, Category.TAXI)
    writing.say_when(session, writer, claim.id, line, date(2026, 6, 1))
    writing.say_how_much(session, writer, claim.id, line, 500)
    writing.prove(session, writer, claim.id, line, Proof.LOST)
    writing.send(session, writer, claim.id, 500)
    paying.decide(paying.person("Decider"), claim, YES)
    session.commit()
    page = kim.get(f"/claims/{claim.ref}").text

    assert "It is our turn" in page
    assert "tell us where to pay it" not in page
    assert "The clock stands still" not in page


def test_recognition_waits_in_the_same_way(
    session: Session, paying: Paying, offers: Offers, sign_in: Callable[..., FlaskClient]
) -> None:
    """Ten working days after it took place, and as many more as nobody said where to pay it."""
    client = sign_in()
    me = Actor(client.person_id)  # type: ignore[attr-defined]
    with june(1):
        made, choice = offers.done(me, ALL)
        offers.done(paying.payee(details=False), charity())
    with june(4):
        assert promised(session, choice) == (date(2026, 6, 18), Wait.DETAILS)
        assert offer_shown(session, made).paid_by == date(2026, 6, 18)
        assert [one.due for one in SOURCE.waiting(session)] == [date(2026, 6, 18)]
        assert {one.due.day for one in to_give(session)[0]} == {15, 18}, (
            "a charity waits for nobody"
        )
        paying.gives(me)
    with june(19):
        assert promised(session, choice) == (date(2026, 6, 18), None)
    bank.remove(session, me)
    session.commit()
    page = client.get("/claims/").text
    assert "tell us where to pay it. The clock stands still until then." in page
    assert "we are late" not in page


def promised(session: Session, choice: RecognitionChoice) -> tuple[date, Wait | None]:
    session.expire_all()
    offer = session.get_one(Offer, choice.offer_id)
    found = promises(session, [(offer, session.get_one(Activity, offer.activity_id), choice)])
    return found[choice.id].due, found[choice.id].wait


def test_lists_ask_as_much_whatever_they_wait_for(session: Session, paying: Paying) -> None:
    sam = paying.payee(details=False)
    counts = []
    for many in (1, 4):
        for _ in range(many):
            paying.owed(sam)
        session.flush()
        session.expire_all()
        counts.append(paying.asked(lambda: mine(session, sam.person_id or 0)))

    assert counts == [3, 3]
