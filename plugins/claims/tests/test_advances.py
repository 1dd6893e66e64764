"""Money ahead: paid = claimed + returned + written off + open, whatever happens; never netted; by others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import (
    AdvanceApproval,
    AdvanceMove,
    AdvanceRow,
    AdvanceState,
    Category,
    Claim,
    Move,
    PaymentStage,
    Proof,
)
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.deadlines import before_working_days
from plugins.claims.queries.advances import covered
from plugins.claims.queries.books import verify
from plugins.claims.services import advances, beginning, writing
from plugins.claims.services.advance_payable import SOURCE
from plugins.claims.services.advances import Wish
from plugins.claims.services.today import today
from plugins.claims.tests.making import YES, Claims, less, no, taxi
from plugins.claims.tests.making_story import DEEP
from plugins.claims.tests.test_races import at_once
from portal.messages.api import known_keys
from portal.plugin_api import Actor, run_unit

SignIn = Callable[..., FlaskClient]
TRAIN, CARE = 4_620, 4_000


def why(call: Callable[[], object]) -> Why:
    with pytest.raises(RefusedError) as said:
        call()
    return said.value.why


def asked(claims: Claims, who: Actor, pence: int = TRAIN + CARE) -> AdvanceRow:
    wish = Wish("Meeting in York", today() + timedelta(days=7), pence)
    return advances.ask(claims.session, who, wish)


def approved(claims: Claims, who: Actor, pence: int = TRAIN + CARE) -> AdvanceRow:
    one = asked(claims, who, pence)
    assert advances.decide(claims.session, claims.person("Decider"), one.id, YES)
    return one


def paid(claims: Claims, who: Actor, pence: int = TRAIN + CARE) -> AdvanceRow:
    one = approved(claims, who, pence)
    for outcome in (None, Outcome.SENT, Outcome.SETTLED):
        SOURCE.moved(claims.session, one.id, outcome)
    return one


def spent(claims: Claims, who: Actor, one: AdvanceRow, *pence: int) -> Claim:
    """A claim against it that was sent."""
    claim = beginning.begin_against(claims.session, who, one.id)
    for amount in pence:
        line = writing.add_line(claims.session, who, claim.id, Category.TRANSPORT)
        writing.say_when(claims.session, who, claim.id, line, date(2026, 6, 1))
        writing.say_how_much(claims.session, who, claim.id, line, amount)
        writing.prove(claims.session, who, claim.id, line, Proof.LOST)
    return claims.send(who, claim)


def sums(one: AdvanceRow) -> tuple[int, int, int, int, int]:
    return one.paid, one.claimed, one.returned, one.written_off, one.left_open


def test_example_7(session: Session, claims: Claims) -> None:
    sam = claims.person()
    one = paid(claims, sam)
    assert sums(one) == (8620, 0, 0, 0, 8620)
    claim = spent(claims, sam, one, 4000, 3970)
    assert sums(one) == (8620, 0, 0, 0, 8620), "nothing is counted before it is decided"
    assert claims.decide(claims.person("D"), claim, YES)

    assert sums(one) == (8620, 7970, 0, 0, 650)
    assert covered(session, [claim.id]) == {claim.id: 7970}
    assert claims.entries() == [
        ("owed", "ahead", 8620),
        ("owed", "cost", 4000),
        ("owed", "cost", 3970),
        ("ahead", "owed", 7970),
    ]
    books = verify(session)
    assert (books.wrong, books.ahead, books.owed) == ((), (), 8620), "as much as was paid out"


def test_what_it_cost_beyond_it_is_paid_back(session: Session, claims: Claims) -> None:
    sam = claims.person()
    one = paid(claims, sam, 5000)
    claim = spent(claims, sam, one, 3000, 4500)
    claims.decide(claims.person("D"), claim, YES)

    assert sums(one) == (5000, 5000, 0, 0, 0)
    assert covered(session, [claim.id]) == {claim.id: 5000}
    assert verify(session).owed == 7500, "5,000 went out ahead, 2,500 is owed"
    with pytest.raises(RefusedError):
        beginning.begin_against(session, sam, one.id)


def test_an_appeal_counts_what_is_added_and_withdrawing_opens_it_again(
    session: Session, claims: Claims
) -> None:
    sam = claims.person()
    one = paid(claims, sam, 5000)
    claim = spent(claims, sam, one, 3000)
    claims.decide(claims.person("D"), claim, less(1000))
    assert sums(one) == (5000, 1000, 0, 0, 4000)
    writing.appeal(session, sam, claim.id, "")
    assert sums(one) == (5000, 1000, 0, 0, 4000)
    claims.decide(claims.person("E"), claim, YES)
    assert sums(one) == (5000, 3000, 0, 0, 2000)
    writing.withdraw(session, sam, claim.id)

    assert sums(one) == (5000, 0, 0, 0, 5000)
    assert covered(session, [claim.id]) == {}
    assert (verify(session).ahead, verify(session).wrong) == ((), ())


def test_another_claim_is_not_netted(session: Session, claims: Claims) -> None:
    sam = claims.person()
    one = paid(claims, sam)
    claim = claims.decided(sam, taxi(900))

    assert sums(one) == (8620, 0, 0, 0, 8620)
    assert covered(session, [claim.id]) == {}


def test_returned_and_let_go(session: Session, claims: Claims) -> None:
    sam, treasurer = claims.person(), claims.person("Treasurer")
    one = paid(claims, sam)
    kim, _consent = claims.supporter(sam)
    settle = partial(advances.settle, session)
    assert why(lambda: settle(sam, one.id, Move.WRITTEN_OFF, 1, "a")) is Why.PAYEE
    assert why(lambda: settle(kim, one.id, Move.WRITTEN_OFF, 1, "a")) is Why.SUPPORTER
    for pence in (0, -1, 8621):
        refused = why(partial(settle, treasurer, one.id, Move.RETURNED, pence, "a"))
        assert refused is Why.MORE_THAN_OPEN
    for _twice in range(2):
        settle(treasurer, one.id, Move.RETURNED, 8000, "a")
    for _twice in range(2):
        settle(treasurer, one.id, Move.WRITTEN_OFF, 620, "b")

    assert sums(one) == (8620, 0, 8000, 620, 0)
    assert claims.entries()[1:] == [("ahead", "paid", 8000), ("ahead", "cost", 620)]
    assert verify(session).ahead == ()


def test_who_approves(session: Session, claims: Claims) -> None:
    sam, first, second = (claims.person(name) for name in ("Sam", "First", "Second"))
    kim, _consent = claims.supporter(sam)
    one = asked(claims, sam, 15_001)
    decide = partial(advances.decide, session)
    assert why(lambda: decide(sam, one.id, YES)) is Why.PAYEE
    assert why(lambda: decide(kim, one.id, YES)) is Why.SUPPORTER
    assert why(lambda: decide(first, one.id, no(" "))) is Why.REASON
    assert why(lambda: decide(first, one.id, less(15_001))) is Why.AMOUNT
    assert not decide(first, one.id, YES)
    assert why(lambda: decide(first, one.id, YES)) is Why.APPROVED
    assert not decide(second, one.id, less(15_000 + 0)) or one.state is AdvanceState.APPROVED
    assert one.pence == 15_000
    assert session.scalars(sa.select(AdvanceApproval.pence)).all() == [15_000]
    assert why(lambda: decide(first, one.id, YES)) is Why.STATE
    assert known_keys(session, [f"claims:advance_decided:{one.id}"])


def test_two_approve_the_same_larger_sum(session: Session, claims: Claims) -> None:
    first, second, third = (claims.person(name) for name in ("First", "Second", "Third"))
    one = asked(claims, claims.person(), 30_000)
    assert not advances.decide(session, first, one.id, YES)
    assert not advances.decide(session, second, one.id, less(20_000)), "another sum begins anew"
    assert advances.decide(session, third, one.id, less(20_000))
    assert (one.state, one.pence) == (AdvanceState.APPROVED, 20_000)


def test_declined_and_what_is_over(session: Session, claims: Claims) -> None:
    one = asked(claims, claims.person())
    assert advances.decide(session, claims.person("D"), one.id, no())
    assert (one.state, one.pence, claims.entries()) == (AdvanceState.DECLINED, None, [])
    wish = Wish("Meeting", today() - timedelta(days=1), 100)
    assert why(lambda: advances.ask(session, claims.person(), wish)) is Why.PAST


def test_withdrawn_before_it_is_on_its_way(session: Session, claims: Claims) -> None:
    sam = claims.person()
    one, on_its_way = approved(claims, sam), approved(claims, sam)
    with pytest.raises(GoneError):
        advances.withdraw(session, claims.person("Ash"), one.id)
    advances.withdraw(session, sam, one.id)
    SOURCE.moved(session, on_its_way.id, None)

    assert why(lambda: advances.withdraw(session, sam, on_its_way.id)) is Why.AHEAD_AWAY
    assert [payable.what_id for payable in SOURCE.waiting(session)] == []
    assert claims.entries()[-1] == ("ahead", "owed", 8620)
    assert verify(session).ahead == ()


def test_what_can_be_paid_out(session: Session, claims: Claims) -> None:
    sam = claims.person()
    asked(claims, sam)
    one = approved(claims, sam)
    (payable,) = SOURCE.waiting(session)
    assert (payable.what, payable.what_id, payable.pence) == (What.ADVANCE, one.id, 8620)
    assert payable.due == before_working_days(one.event_on, 2), "with them before the day"
    assert SOURCE.holds(session, payable)
    part = SOURCE.involved(session, one.id)
    assert part.payee == sam.person_id
    assert len(part.approved) == 1, "whoever approved it does not pay it"
    SOURCE.moved(session, one.id, None)
    assert SOURCE.waiting(session) == []
    SOURCE.moved(session, one.id, Outcome.SENT)
    assert sums(one) == (8620, 0, 0, 0, 8620)
    SOURCE.moved(session, one.id, Outcome.FAILED)
    assert sums(one) == (0, 0, 0, 0, 0), "what came back is not with them"
    assert known_keys(session, [f"claims:advance_came_back:{one.id}:paid:2"])
    assert [each.what_id for each in SOURCE.waiting(session)] == [one.id]
    for outcome in (None, Outcome.SENT, Outcome.SETTLED):
        SOURCE.moved(session, one.id, outcome)

    assert (one.payment, sums(one)) == (PaymentStage.SETTLED, (8620, 0, 0, 0, 8620))
    assert session.scalars(sa.select(AdvanceMove.pence)).all() == [8620, -8620, 8620]
    assert known_keys(session, [f"claims:advance_paid:{one.id}:paid:3"])
    with pytest.raises(GoneError):
        SOURCE.moved(session, one.id + 1, None)


def test_what_came_back_is_neither_given_back_nor_claimed_against(
    session: Session, claims: Claims
) -> None:
    sam, treasurer = claims.person(), claims.person("Treasurer")
    one, counted = paid(claims, sam), paid(claims, sam)
    claims.decide(claims.person("D"), spent(claims, sam, counted, 3000), YES)
    for each in (one, counted):
        SOURCE.moved(session, each.id, Outcome.FAILED)

    def settle(each: AdvanceRow) -> Why:
        return why(
            lambda: advances.settle(session, treasurer, each.id, Move.RETURNED, each.asked, "a")
        )

    assert (settle(one), settle(counted)) == (Why.MORE_THAN_OPEN, Why.STATE)
    assert why(lambda: beginning.begin_against(session, sam, one.id)) is Why.STATE
    assert sums(counted) == (8620, 3000, 0, 0, 5620), "it is sent again as the same money"
    assert why(lambda: advances.withdraw(session, sam, counted.id)) is Why.AHEAD_AWAY
    advances.withdraw(session, sam, one.id)
    assert [each.what_id for each in SOURCE.waiting(session)] == [counted.id]
    assert verify(session).ahead == ()


def test_nothing_is_paid_ahead_of_what_is_over(session: Session, claims: Claims) -> None:
    decider = claims.person("Decider")
    with time_machine.travel(datetime(2026, 6, 1, 9, tzinfo=UTC), tick=False):
        last, over = (asked(claims, claims.person()) for _ in range(2))
    with time_machine.travel(datetime(2026, 6, 8, 9, tzinfo=UTC), tick=False):
        assert advances.decide(session, decider, last.id, YES), "on the day itself"
    with time_machine.travel(datetime(2026, 6, 9, 9, tzinfo=UTC), tick=False):
        for said in (YES, less(100)):
            refused = why(partial(advances.decide, session, decider, over.id, said))
            assert refused is Why.EVENT_OVER
        assert advances.decide(session, decider, over.id, no())


def test_if_the_college_cancels_what_was_spent_still_counts(
    session: Session, claims: Claims
) -> None:
    sam, staff = claims.person(), claims.person("Staff")
    one = paid(claims, sam)
    for _ in range(2):
        advances.cancel_event(session, staff, one.id)
    assert known_keys(session, [f"claims:advance_cancelled:{one.id}"])
    claim = spent(claims, sam, one, TRAIN, CARE)
    assert claims.decide(claims.person("D"), claim, YES)
    assert sums(one) == (8620, 8620, 0, 0, 0)
    waits = asked(claims, sam)
    assert why(lambda: advances.cancel_event(session, staff, waits.id)) is Why.STATE


@pytest.mark.parametrize(
    "values",
    [
        {"claimed": 1},
        {"left_open": 8621, "paid": 8621},
        {"left_open": -1, "returned": 8621},
        {"paid": 0},
        {"pence": 8621},
        {"pence": None},
    ],
)
def test_the_database_holds_no_sum_that_is_not_accounted_for(
    session: Session, claims: Claims, values: dict[str, object]
) -> None:
    paid(claims, claims.person())
    session.commit()
    with pytest.raises(DBAPIError):
        session.execute(sa.update(AdvanceRow).values(**values))
    session.rollback()


@pytest.mark.parametrize(
    "change", ["UPDATE claims_advance_move SET pence = 1", "DELETE FROM claims_advance_move"]
)
def test_movements_are_only_added_to(session: Session, claims: Claims, change: str) -> None:
    paid(claims, claims.person())
    session.commit()
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(sa.text(change))
    session.rollback()


steps = st.lists(
    st.tuples(st.sampled_from(["claim", "withdraw", "back", "off"]), st.integers(1, 9_000)),
    max_size=6,
)


@pytest.mark.soak
@DEEP
@given(steps)
def test_whatever_happens_an_advance_and_the_books_agree(
    session: Session, claims: Claims, what: list[tuple[str, int]]
) -> None:
    sam, treasurer = claims.person(), claims.person("Treasurer")
    one, last = paid(claims, sam), None
    for number, (step, pence) in enumerate(what):
        if step == "claim" and one.left_open:
            last = spent(claims, sam, one, pence)
            claims.decide(treasurer, last, YES)
        elif step == "withdraw" and last is not None:
            writing.withdraw(session, sam, last.id)
            last = None
        elif step in {"back", "off"} and pence <= one.left_open:
            how = Move.RETURNED if step == "back" else Move.WRITTEN_OFF
            advances.settle(session, treasurer, one.id, how, pence, str(number))
        moves = dict.fromkeys(Move, 0)
        rows = sa.select(AdvanceMove).where(AdvanceMove.advance_id == one.id)
        for each in session.scalars(rows):
            moves[each.kind] += each.pence
        assert sums(one)[:4] == tuple(moves.values())
        assert one.paid == one.claimed + one.returned + one.written_off + one.left_open
    books = verify(session)
    assert (books.wrong, books.ahead) == ((), ())
    session.rollback()


def test_two_claims_decided_at_once_never_count_more_than_is_open(
    app: Any, session: Session, claims: Claims
) -> None:
    sam = claims.person()
    one = paid(claims, sam, 5000)
    both = [spent(claims, sam, one, 4000) for _ in range(2)]
    deciders = [claims.person(name) for name in ("D", "E")]
    session.commit()

    def decide(who: Actor, claim_id: int) -> None:
        def work(unit: Session) -> None:
            claim = unit.get_one(Claim, claim_id)
            Claims(unit).decide(who, claim, YES)

        with app.app_context():
            run_unit(work)

    at_once(*(partial(decide, who, each.id) for who, each in zip(deciders, both, strict=True)))
    session.expire_all()

    assert sums(session.get_one(AdvanceRow, one.id)) == (5000, 5000, 0, 0, 0)
    assert sum(covered(session, [each.id for each in both]).values()) == 5000
    session.commit()
