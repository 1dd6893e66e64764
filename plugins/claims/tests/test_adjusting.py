"""Putting right what was decided: top-ups once, journeys taken back by the year's bands, by two people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import Adjustment, AdjustmentKind, Claim, Line, RateRow, State
from plugins.claims.queries.adjusting import waiting
from plugins.claims.queries.books import verify
from plugins.claims.queries.clock import dues
from plugins.claims.queries.one_claim import show
from plugins.claims.queries.prices import net_tenths
from plugins.claims.services import adjusting, outcomes, writing
from plugins.claims.services.books import posted
from plugins.claims.services.claim_payable import CLAIMS
from plugins.claims.services.rates import NewRate, add_rate
from plugins.claims.services.store import lines_of
from plugins.claims.services.topping_up import propose_top_ups
from plugins.claims.tests.making import YES, Claims, Spent, car, less, no, taxi
from plugins.claims.tests.making_paying import Paying
from plugins.claims.tests.test_people import erase
from portal.messages.api import known_keys
from portal.plugin_api import Actor

SignIn = Callable[..., FlaskClient]


@contextmanager
def on(year: int, month: int, day: int) -> Iterator[None]:
    with time_machine.travel(datetime(year, month, day, 9, tzinfo=UTC), tick=False):
        yield


def why(call: Callable[[], object]) -> Why:
    with pytest.raises(RefusedError) as said:
        call()
    return said.value.why


def first_line(session: Session, claim: Claim) -> Line:
    return lines_of(session, claim.id)[0]


def all_that_waits(session: Session) -> dict[int, int]:
    return {one.id: one.pence for one in waiting(session)}


@pytest.fixture
def at_45(session: Session) -> None:
    """The college knows 45p a mile alone, as it did before 21 May 2026."""
    session.execute(
        sa.update(RateRow).where(RateRow.key == "car-first").values(known_from=date(2027, 1, 1))
    )
    session.execute(
        sa.update(RateRow)
        .where(RateRow.key == "car-first", RateRow.pence == 45)
        .values(known_from=date(2011, 4, 6), valid_to=None)
    )
    session.execute(sa.delete(RateRow).where(RateRow.key == "car-first", RateRow.pence == 55))


@pytest.mark.usefixtures("at_45")
def test_what_is_added_to_a_paid_claim_has_a_clock_of_its_own(session: Session) -> None:
    """Sent on 20 April; topped up on 9 November 2026, a Monday: paid within ten working days of that."""
    paying = Paying(session)
    payer = paying.person("Payer")
    with on(2026, 4, 20):
        sam = paying.payee()
        claim = paying.decided(sam, car(120, date(2026, 4, 20)))
        unpaid = paying.decided(sam, car(10, date(2026, 4, 20)))
        outcomes.answer(session, payer, paying.exported(payer, claim).id, {})
    with on(2026, 5, 21):
        add_rate(session, payer, NewRate("car-first", 55, date(2026, 4, 6), "GOV.UK"))
    with on(2026, 11, 9):
        shown = all_that_waits(session)
        assert len(shown) == 2
        assert set(adjusting.approve(session, paying.person("Two"), shown).values()) == {None}
        session.expire_all()
        found = dues(session, [claim, unpaid])
        waiting_to_be_paid = {one.what_id: one.due for one in CLAIMS.waiting(session)}

    assert found[claim.id].paid == date(2026, 11, 23)
    assert found[unpaid.id].paid == date(2026, 5, 5), "what was owed before keeps its day"
    assert waiting_to_be_paid == {claim.id: date(2026, 11, 23), unpaid.id: date(2026, 5, 5)}


@pytest.mark.usefixtures("at_45")
def test_example_2_a_backdated_rate_proposes_one_top_up(session: Session, claims: Claims) -> None:
    sam, treasurer = claims.person(), claims.person("Treasurer")
    with on(2026, 5, 8):
        claim = claims.decided(sam, car(120, date(2026, 4, 20)))
    assert posted(session, claim.id) == {first_line(session, claim).id: 5400}
    with on(2026, 5, 21):
        assert (
            add_rate(session, treasurer, NewRate("car-first", 55, date(2026, 4, 6), "GOV.UK")) == 1
        )
        assert propose_top_ups(session) == 0
        assert propose_top_ups(session, claim_id=claim.id) == 0
        (one,) = waiting(session)
        assert (one.kind, one.pence, one.by_id) == (AdjustmentKind.TOP_UP, 1200, None)
        assert posted(session, claim.id) == {first_line(session, claim).id: 5400}
        found = adjusting.approve(session, treasurer, {one.id: 1200})

    assert found == {one.id: None}
    line = first_line(session, claim)
    assert (line.pence, line.allowed) == (5400, 5400), "the original is unchanged"
    assert posted(session, claim.id) == {line.id: 6600}
    assert verify(session).wrong == ()
    assert propose_top_ups(session) == 0
    assert known_keys(session, [f"claims:{claim.id}:adjusted:{one.id}"])
    assert adjusting.approve(session, treasurer, {one.id: 1200}) == {one.id: Why.STATE}


@pytest.mark.usefixtures("at_45")
def test_what_is_decided_after_the_rate_is_topped_up_too(session: Session, claims: Claims) -> None:
    with on(2026, 5, 8):
        claim = claims.sent(claims.person(), car(120, date(2026, 4, 20)))
    with on(2026, 5, 21):
        new = NewRate("car-first", 55, date(2026, 4, 6), "GOV.UK")
        assert add_rate(session, claims.person("Treasurer"), new) == 0
        assert claims.decide(claims.person("Decider"), claim, less(2700))

    assert [one.pence for one in waiting(session)] == [600], "half was approved, half is topped up"


@pytest.mark.usefixtures("at_45")
def test_two_people_approve_a_larger_top_up(session: Session, claims: Claims) -> None:
    """£160.00 for two journeys of one claim, and £150.00, exactly the limit, in another."""
    first, second = claims.person("First"), claims.person("Second")

    def decided(*spent: Spent) -> Claim:
        claim = claims.sent(claims.person(), *spent)
        for name in ("D", "E"):
            claims.decide(claims.person(name), claim, YES)
        return claim

    with on(2026, 5, 8):
        larger = decided(*(car(800, date(2026, 4, 20)) for _ in range(2)))
        exact = decided(car(1500, date(2026, 4, 20)))
    with on(2026, 5, 21):
        add_rate(session, first, NewRate("car-first", 55, date(2026, 4, 6), "GOV.UK"))
        shown = all_that_waits(session)
        one, two, at_limit = shown
        assert shown == {one: 8000, two: 8000, at_limit: 15_000}
        for found in (Why.APPROVED, Why.PROPOSED):
            approved = adjusting.approve(session, first, {one: 8000, two: 8000})
            assert approved == {one: found, two: found}
        assert sum(posted(session, larger.id).values()) == 72_000
        assert adjusting.approve(session, first, {at_limit: 15_000}) == {at_limit: None}
        assert adjusting.approve(session, second, {one: 8000, two: 8000}) == {one: None, two: None}

    assert sum(posted(session, larger.id).values()) == 88_000
    assert sum(posted(session, exact.id).values()) == 82_500
    assert verify(session).wrong == ()


@pytest.mark.usefixtures("at_45")
def test_what_an_appeal_adds_is_topped_up_too(session: Session, claims: Claims) -> None:
    sam, treasurer = claims.person(), claims.person("Treasurer")
    with on(2026, 5, 8):
        claim = claims.decided(sam, car(120, date(2026, 4, 20)), said=less(2700))
    with on(2026, 5, 21):
        add_rate(session, treasurer, NewRate("car-first", 55, date(2026, 4, 6), "GOV.UK"))
        adjusting.approve(session, treasurer, all_that_waits(session))
        writing.appeal(session, sam, claim.id, "All of it was for the college")
        assert claims.decide(claims.person("Second"), claim, YES)
        assert list(all_that_waits(session).values()) == [600]
        adjusting.approve(session, treasurer, all_that_waits(session))
        assert propose_top_ups(session) == 0

    assert posted(session, claim.id) == {first_line(session, claim).id: 6600}
    assert verify(session).wrong == ()


@pytest.mark.usefixtures("at_45")
def test_no_top_up_for_what_was_declined_or_dropped(session: Session, claims: Claims) -> None:
    treasurer = claims.person("Treasurer")
    with on(2026, 5, 8):
        claims.decided(claims.person(), car(120, date(2026, 4, 20)), said=no())
        claims.decided(claims.person(), car(10, date(2026, 4, 20)))
    with on(2026, 5, 21):
        new = NewRate("car-first", 55, date(2026, 4, 6), "GOV.UK")
        assert add_rate(session, treasurer, new) == 1
        (one,) = waiting(session)
        for _ in range(2):
            adjusting.drop(session, treasurer, one.id)
        assert propose_top_ups(session) == 0
        assert adjusting.approve(session, treasurer, {one.id: 100}) == {one.id: Why.STATE}


def year_of(claims: Claims, sam: Actor, *many: int) -> list[Claim]:
    return [claims.decided(sam, car(miles, date(2026, 6, 1))) for miles in many]


def test_example_4_taking_a_journey_back(session: Session, claims: Claims) -> None:
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    claim = claims.decided(sam, car(50, date(2026, 6, 1)))
    rest = [1_990] * 5 + [20]
    for each in rest:
        big = claims.sent(sam, car(each, date(2026, 6, 2)))
        for name in ("First", "Second"):
            if big.state is State.SUBMITTED:
                claims.decide(claims.person(name), big, YES)
    assert net_tenths(session, sam.person_id or 0, [2026], 0) == {2026: 100_200}
    assert posted(session, claim.id) == {first_line(session, claim).id: 2750}
    paid = verify(session).owed
    assert paid == 550_500
    line = first_line(session, claim)
    adjusting.propose(session, decider, claim.id, line.id, None, "The journey was not made")
    (one,) = waiting(session)
    assert one.pence == -2150
    assert adjusting.approve(session, treasurer, {one.id: -2150}) == {one.id: None}

    assert verify(session).owed == 548_350
    assert verify(session).wrong == ()
    assert net_tenths(session, sam.person_id or 0, [2026], 0) == {2026: 99_700}
    assert (line.pence, line.allowed) == (2750, 2750), "never an edit"
    later = claims.sent(sam, car(50, date(2026, 7, 1)))
    assert first_line(session, later).pence == 30 * 55 + 20 * 25
    assert (
        why(lambda: adjusting.propose(session, decider, claim.id, line.id, None, "Twice"))
        is Why.STATE
    )


def far(claims: Claims, sam: Actor) -> None:
    """9,980 miles that were approved."""
    for miles in [1_995] * 5 + [5]:
        claim = claims.sent(sam, car(miles, date(2026, 6, 1)))
        for name in ("First", "Second"):
            if claim.state is State.SUBMITTED:
                claims.decide(claims.person(name), claim, YES)


@pytest.mark.parametrize("how", ["declined", "withdrawn", "declined first"])
def test_miles_that_count_no_more_make_room_for_those_after_them(
    session: Session, claims: Claims, how: str
) -> None:
    """At 9,980 miles 50 and 50 more are £18.50 and £12.50; without the first ones the others are £18.50."""
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    far(claims, sam)
    gone, stays = (claims.sent(sam, car(50, date(2026, 6, day))) for day in (2, 3))
    assert [first_line(session, one).pence for one in (gone, stays)] == [1850, 1250]
    if how != "declined first":
        claims.decide(decider, stays, YES)
        assert all_that_waits(session) == {}, "as long as the first ones may count"
    if how == "withdrawn":
        writing.withdraw(session, sam, gone.id)
    else:
        claims.decide(decider, gone, no())
    if how == "declined first":
        assert all_that_waits(session) == {}
        claims.decide(decider, stays, YES)
    assert list(all_that_waits(session).values()) == [600]
    assert propose_top_ups(session) == 0
    adjusting.approve(session, treasurer, all_that_waits(session))

    assert verify(session).owed == 10_000 * 55 + 30 * 25
    assert verify(session).wrong == ()
    assert first_line(session, stays).pence == 1250, "the original is unchanged"
    later = claims.decided(sam, car(10, date(2026, 6, 4)))
    assert first_line(session, later).pence == 250
    assert all_that_waits(session) == {}


def test_a_journey_that_was_taken_back_makes_room_once(session: Session, claims: Claims) -> None:
    """What it took back were the year's last miles: those after it keep what they were paid."""
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    far(claims, sam)
    gone, stays = (claims.decided(sam, car(50, date(2026, 6, day))) for day in (2, 3))
    line = first_line(session, gone)
    adjusting.propose(session, decider, gone.id, line.id, None, "It was not made")
    assert list(all_that_waits(session).values()) == [-1250]
    adjusting.approve(session, treasurer, all_that_waits(session))

    assert verify(session).owed == 10_000 * 55 + 30 * 25
    assert propose_top_ups(session) == 0
    assert first_line(session, stays).allowed == 1250


@pytest.mark.parametrize("then", ["declined", "approved"])
def test_what_is_undecided_does_not_keep_what_a_journey_took(
    session: Session, claims: Claims, then: str
) -> None:
    """At 9,980 miles, 50 of £18.50 are taken back while 50 of £12.50 are not decided: all £18.50 go."""
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    far(claims, sam)
    gone = claims.decided(sam, car(50, date(2026, 6, 2)))
    open_one = claims.sent(sam, car(50, date(2026, 6, 3)))
    line = first_line(session, gone)
    adjusting.propose(session, decider, gone.id, line.id, None, "It was not made")
    assert list(all_that_waits(session).values()) == [-1850]
    adjusting.approve(session, treasurer, all_that_waits(session))
    claims.decide(decider, open_one, no() if then == "declined" else YES)
    assert list(all_that_waits(session).values()) == ([] if then == "declined" else [600])
    adjusting.approve(session, treasurer, all_that_waits(session))

    worth = 9_980 * 55 if then == "declined" else 10_000 * 55 + 30 * 25
    assert verify(session).owed == worth
    assert verify(session).in_order


@pytest.mark.parametrize("how", ["withdrawn", "taken back"])
def test_what_a_taken_journey_kept_goes_with_those_after_it(
    session: Session, claims: Claims, how: str
) -> None:
    """£18.50 and £12.50: the first gives £12.50 back; without the second, the £6.00 that it kept go, too."""
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    far(claims, sam)
    first, second = (claims.decided(sam, car(50, date(2026, 6, day))) for day in (2, 3))

    def take_back(claim: Claim) -> None:
        line = first_line(session, claim).id
        adjusting.propose(session, decider, claim.id, line, None, "It was not made")
        adjusting.approve(session, treasurer, all_that_waits(session))

    take_back(first)
    assert verify(session).owed == 10_000 * 55 + 30 * 25
    if how == "withdrawn":
        writing.withdraw(session, sam, second.id)
    else:
        take_back(second)
    (one,) = waiting(session)
    assert (one.kind, one.pence, one.claim.id, one.by_id) == (
        AdjustmentKind.ANEW,
        -600,
        first.id,
        None,
    )
    assert adjusting.approve(session, sam, {one.id: -600}) == {one.id: Why.PAYEE}
    assert adjusting.approve(session, treasurer, {one.id: -600}) == {one.id: None}

    assert verify(session).owed == 9_980 * 55
    assert verify(session).in_order
    assert propose_top_ups(session, claim_id=first.id) == 0


def test_what_was_left_as_it_was_is_not_proposed_again(session: Session, claims: Claims) -> None:
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    far(claims, sam)
    first, second = (claims.decided(sam, car(50, date(2026, 6, day))) for day in (2, 3))
    line = first_line(session, first).id
    adjusting.propose(session, decider, first.id, line, None, "It was not made")
    adjusting.approve(session, treasurer, all_that_waits(session))
    writing.withdraw(session, sam, second.id)
    adjusting.drop(session, treasurer, waiting(session)[0].id)

    claims.decided(sam, car(1, date(2026, 6, 4)))
    assert all_that_waits(session) == {}
    assert verify(session).owed == 9_980 * 55 + 600 + 55


def test_room_that_comes_twice_is_added_to_what_waits(session: Session, claims: Claims) -> None:
    """At 9,980 miles 50, 50 and 50; without the first two the third is £18.50, not £12.50: £6.00, in two."""
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    far(claims, sam)
    one, two = (claims.sent(sam, car(miles, date(2026, 6, 2))) for miles in (10, 50))
    claims.decided(sam, car(50, date(2026, 6, 3)))
    claims.decide(decider, two, no())
    assert list(all_that_waits(session).values()) == [300]
    (before,) = all_that_waits(session)
    claims.decide(decider, one, no())
    assert all_that_waits(session) == {before: 600}
    assert adjusting.approve(session, treasurer, {before: 300}) == {before: Why.TOTAL}
    assert adjusting.approve(session, treasurer, {before: 600}) == {before: None}

    assert verify(session).owed == 10_000 * 55 + 30 * 25
    assert verify(session).in_order


@pytest.mark.usefixtures("at_45")
def test_a_second_better_rate_tops_up_the_rest(session: Session, claims: Claims) -> None:
    """120 miles at 45p; 55p from 6 April, then 60p from 10 April, both known later: £12.00, then £6.00."""
    sam, treasurer = claims.person(), claims.person("Treasurer")
    with on(2026, 5, 8):
        claim = claims.decided(sam, car(120, date(2026, 4, 20)))
    found: list[int] = []
    for day, pence, since in ((21, 55, 6), (28, 60, 10)):
        with on(2026, 5, day):
            add_rate(
                session, treasurer, NewRate("car-first", pence, date(2026, 4, since), "GOV.UK")
            )
            assert propose_top_ups(session) == 0
            found += all_that_waits(session).values()
            adjusting.approve(session, treasurer, all_that_waits(session))

    assert found == [1_200, 600]
    assert posted(session, claim.id) == {first_line(session, claim).id: 7_200}


def test_a_journey_that_was_declined_is_behind_those_claimed_since(
    session: Session, claims: Claims, sign_in: SignIn
) -> None:
    client = sign_in()
    sam = Actor(client.person_id)  # type: ignore[attr-defined]
    far(claims, sam)
    first = claims.decided(sam, car(50, date(2026, 6, 2)), said=no())
    ref = first.ref
    session.commit()
    assert "count first in the year" not in client.get(f"/claims/{ref}/appeal").text
    claims.decided(sam, car(50, date(2026, 6, 3)))
    session.commit()
    assert "£12.50" in client.get(f"/claims/{ref}/appeal").text
    writing.appeal(session, sam, first.id, "It was for the college")
    assert claims.decide(claims.person("Second"), first, YES)

    assert [line.allowed for line in lines_of(session, first.id)] == [1_250]
    assert verify(session).owed == 10_000 * 55 + 80 * 25
    session.commit()


def test_what_a_journey_comes_to_is_asked_at_the_moment(session: Session, claims: Claims) -> None:
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    claim = claims.decided(sam, car(50, date(2026, 6, 1)))
    line = first_line(session, claim)
    line.before = 99_800
    adjusting.propose(session, decider, claim.id, line.id, None, "It was not made")
    (one,) = waiting(session)

    assert adjusting.approve(session, treasurer, {one.id: one.pence - 1}) == {one.id: Why.TOTAL}
    assert session.get_one(Adjustment, one.id).approved_at is None


@pytest.mark.usefixtures("at_45")
def test_a_journey_is_taken_back_with_its_top_up(session: Session, claims: Claims) -> None:
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    with on(2026, 5, 8):
        claim = claims.decided(sam, car(120, date(2026, 4, 20)))
    with on(2026, 5, 21):
        add_rate(session, treasurer, NewRate("car-first", 55, date(2026, 4, 6), "GOV.UK"))
        adjusting.approve(session, treasurer, all_that_waits(session))
        line = first_line(session, claim)
        adjusting.propose(session, decider, claim.id, line.id, None, "It was not made")
        assert list(all_that_waits(session).values()) == [-6600]
        adjusting.approve(session, treasurer, all_that_waits(session))

    assert posted(session, claim.id) == {line.id: 0}
    assert verify(session).wrong == ()


@pytest.mark.usefixtures("at_45")
def test_a_journey_that_is_taken_back_is_not_topped_up(session: Session, claims: Claims) -> None:
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    with on(2026, 5, 8):
        claim = claims.decided(sam, car(120, date(2026, 4, 20)))
    with on(2026, 5, 21):
        add_rate(session, treasurer, NewRate("car-first", 55, date(2026, 4, 6), "GOV.UK"))
        top_up, line = next(iter(all_that_waits(session))), first_line(session, claim)
        adjusting.propose(session, decider, claim.id, line.id, None, "It was not made")
        back = {key: pence for key, pence in all_that_waits(session).items() if key != top_up}
        assert list(back.values()) == [-5400]
        adjusting.approve(session, treasurer, back)
        assert waiting(session) == []
        assert adjusting.approve(session, treasurer, {top_up: 1200}) == {top_up: Why.STATE}
        assert propose_top_ups(session) == 0


def test_another_amount_by_two_people_who_have_no_part(session: Session, claims: Claims) -> None:
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    kim, _consent = claims.supporter(sam)
    claim = claims.decided(sam, taxi(900), said=less(400))
    line = first_line(session, claim)

    def propose(who: Actor, pence: int, reason: str = "Half was for us") -> None:
        adjusting.propose(session, who, claim.id, line.id, pence, reason)

    assert why(lambda: propose(sam, 100)) is Why.PAYEE
    assert why(lambda: propose(kim, 100)) is Why.SUPPORTER
    assert why(lambda: propose(decider, 100, " ")) is Why.REASON
    for pence in (501, -401, 0):
        assert why(partial(propose, decider, pence)) is Why.ADJUSTED_AMOUNT
    propose(decider, 500)
    assert why(lambda: propose(treasurer, 100)) is Why.WAITS
    shown = all_that_waits(session)
    (key,) = shown
    assert adjusting.approve(session, decider, shown) == {key: Why.PROPOSED}
    assert adjusting.approve(session, sam, shown) == {key: Why.PAYEE}
    assert adjusting.approve(session, kim, shown) == {key: Why.SUPPORTER}
    assert adjusting.approve(session, treasurer, {key: 499}) == {key: Why.TOTAL}
    assert posted(session, claim.id) == {line.id: 400}
    assert adjusting.approve(session, treasurer, shown) == {key: None}
    assert posted(session, claim.id) == {line.id: 900}
    assert why(lambda: propose(decider, 1)) is Why.ADJUSTED_AMOUNT
    propose(decider, -900)
    adjusting.approve(session, treasurer, all_that_waits(session))

    assert posted(session, claim.id) == {line.id: 0}
    assert verify(session).wrong == ()
    assert (line.allowed, show(session, claim).put_right) == (400, -400)


def test_an_appeal_counts_what_was_decided_and_keeps_what_was_put_right(
    session: Session, claims: Claims
) -> None:
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    claim = claims.decided(sam, taxi(900), said=less(400))
    line = first_line(session, claim)
    adjusting.propose(session, decider, claim.id, line.id, 100, "A part was for us")
    adjusting.approve(session, treasurer, all_that_waits(session))
    writing.appeal(session, sam, claim.id, "All of it was")
    assert claims.decide(claims.person("Second"), claim, less(450))

    assert posted(session, claim.id) == {line.id: 550}
    assert verify(session).wrong == ()
    writing.withdraw(session, sam, claim.id)
    assert (verify(session).owed, verify(session).wrong) == (0, ())


def test_an_appeal_never_pays_more_than_was_claimed(session: Session, claims: Claims) -> None:
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    claim = claims.decided(sam, taxi(900), said=less(500))
    line = first_line(session, claim)
    adjusting.propose(session, decider, claim.id, line.id, 200, "A part was for us")
    adjusting.approve(session, treasurer, all_that_waits(session))
    writing.appeal(session, sam, claim.id, "All of it was")
    second = claims.person("Second")
    assert why(lambda: claims.decide(second, claim, less(701))) is Why.ADJUSTED_AMOUNT
    assert claims.decide(second, claim, YES)

    assert posted(session, claim.id) == {line.id: 900}
    assert (line.allowed, show(session, claim).put_right) == (700, 200)
    assert verify(session).wrong == ()


def test_an_appeal_pays_no_journey_that_was_taken_back(session: Session, claims: Claims) -> None:
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    claim = claims.sent(sam, car(50), taxi(900))
    claims.decide(decider, claim, less(1000), no())
    line = first_line(session, claim)
    adjusting.propose(session, decider, claim.id, line.id, None, "It was not made")
    assert list(all_that_waits(session).values()) == [-1000]
    adjusting.approve(session, treasurer, all_that_waits(session))
    writing.appeal(session, sam, claim.id, "The taxi was for you")
    assert claims.decide(claims.person("Second"), claim, YES, YES)

    assert posted(session, claim.id)[line.id] == 0
    assert verify(session).owed == 900
    assert verify(session).wrong == ()


@pytest.mark.usefixtures("at_45")
def test_a_rate_that_comes_during_an_appeal_is_not_lost_when_that_is_taken_back(
    session: Session, claims: Claims
) -> None:
    paying = Paying(session)
    sam, treasurer = paying.payee(), claims.person("Treasurer")
    with on(2026, 5, 8):
        claim = claims.decided(sam, car(120, date(2026, 4, 20)), said=less(2700))
        made = paying.exported(claims.person("Payer"), claim)
        outcomes.answer(session, claims.person("Payer"), made.id, {})
        writing.appeal(session, sam, claim.id, "All of it was for the college")
    with on(2026, 5, 21):
        new = NewRate("car-first", 55, date(2026, 4, 6), "GOV.UK")
        assert add_rate(session, treasurer, new) == 0
        writing.withdraw(session, sam, claim.id)

    assert list(all_that_waits(session).values()) == [600]


@pytest.mark.parametrize(
    "values",
    [
        {"pence": 0},
        {"pence": None, "approved_at": datetime(2026, 6, 1, tzinfo=UTC)},
        {"kind": AdjustmentKind.TOP_UP},
    ],
)
def test_the_database_holds_no_impossible_change(
    session: Session, claims: Claims, values: dict[str, object]
) -> None:
    claim = claims.decided(claims.person(), taxi(900), said=less(400))
    adjusting.propose(
        session, claims.person("D"), claim.id, first_line(session, claim).id, 100, "A part was"
    )
    session.commit()
    with pytest.raises(DBAPIError):
        session.execute(sa.update(Adjustment).values(**values))
    session.rollback()


def test_erasing_takes_names_and_words_off(session: Session, claims: Claims) -> None:
    sam, decider, treasurer = (claims.person(name) for name in ("Sam", "D", "T"))
    claim = claims.decided(sam, taxi(900), said=less(400))
    line = first_line(session, claim)
    adjusting.propose(session, decider, claim.id, line.id, 100, "A canary was for us")
    adjusting.approve(session, treasurer, all_that_waits(session))
    for who in (sam, decider, treasurer):
        assert erase(session, who) > 0

    one = session.scalars(sa.select(Adjustment)).one()
    assert (one.by_id, one.approved_by_id, one.reason, one.pence) == (None, None, "", 100)


def test_putting_right_over_the_pages(session: Session, claims: Claims, sign_in: SignIn) -> None:
    client, decider, treasurer = sign_in(), sign_in("coordinator"), sign_in("treasurer")
    claim = claims.decided(Actor(client.person_id), taxi(900), said=less(400))  # type: ignore[attr-defined]
    line = first_line(session, claim).id
    session.commit()
    place = f"/claims/desk/{claim.ref}/lines/{line}/adjust"
    assert place in decider.get(f"/claims/desk/{claim.ref}").text
    wrong = decider.post(place, data={"way": "less", "pence": "5", "reason": "Not for us"})
    assert wrong.status_code == 422
    assert "less than nothing" in wrong.text
    assert "Not for us" in wrong.text
    decider.post(place, data={"way": "more", "pence": "2", "reason": "A part was for us"})
    page = treasurer.get("/claims/adjustments").text
    assert "£2 more" in page
    assert "What is put right" in treasurer.get("/desk/").text or "put right" in page
    (one,) = waiting(session)
    session.commit()
    sent = {"pick": f"{one.id}.200", "form_key": "a" * 32}
    for _ in range(2):
        assert treasurer.post("/claims/adjustments", data=sent).status_code == 303
    own = client.get(f"/claims/{claim.ref}").text

    assert "£2 more" in own
    assert "A part was for us" in own
    assert "Paid back: £6" in own
    assert "Nothing waits" in treasurer.get("/claims/adjustments").text
    assert claims.entries() == [("owed", "cost", 400), ("owed", "cost", 200)]
    session.commit()


def test_leaving_it_as_it_was(session: Session, claims: Claims, sign_in: SignIn) -> None:
    treasurer = sign_in("treasurer")
    claim = claims.decided(claims.person(), taxi(900), said=less(400))
    adjusting.propose(
        session, claims.person("D"), claim.id, first_line(session, claim).id, 100, "A part was"
    )
    (one,) = waiting(session)
    session.commit()
    place = f"/claims/adjustments/{one.id}/drop"
    assert treasurer.get(place).status_code == 200
    assert treasurer.post(place, data={}).status_code == 303
    assert treasurer.get(place).status_code == 404
    assert claims.entries() == [("owed", "cost", 400)]
    session.commit()


def test_what_was_added_paid_and_taken_back_leaves_the_books_in_order(session: Session) -> None:
    paying = Paying(session)
    sam, payer = paying.payee(), paying.person("Payer")
    claim = paying.decided(sam, taxi(500), said=less(300))
    line = first_line(session, claim).id
    for pence in (100, -100):
        adjusting.propose(session, paying.person("One"), claim.id, line, pence, "It was so")
        shown = all_that_waits(session)
        assert set(adjusting.approve(session, paying.person("Two"), shown).values()) == {None}
        if pence > 0:
            outcomes.answer(session, payer, paying.exported(payer, claim).id, {})

    assert verify(session).overpaid == ()
    assert verify(session).in_order
