"""Budgets, how they went, and facts about tax and benefits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import Stage, Topic
from plugins.claims.money.batches import Outcome
from plugins.claims.money.recognition import Basis, Taken
from plugins.claims.queries.budgets import budget_of, budgets, tally
from plugins.claims.queries.facts import facts
from plugins.claims.services.answering import Answer
from plugins.claims.services.budgets import NewBudget, add_budget, change_sum
from plugins.claims.services.facts import NewFact, add_fact
from plugins.claims.services.giving import hand_over
from plugins.claims.services.recognition_payable import moved
from plugins.claims.tests.making_offers import ALL, NOTHING, Offers, less


def test_offered_agreed_paid_and_left(session: Session, offers: Offers) -> None:
    budget = offers.budget(50_000)
    people = [offers.person(name) for name in ("Sam", "Ash", "Bo", "Kit", "Lee")]
    activity = offers.activity(budget=budget)
    made = [offers.offer(one, activity) for one in people]
    assert tally(session, budget.id).left == 50_000 - 5 * 6_875
    all_of_it, some, none, away = made[1:]
    paid = offers.answer(people[1], all_of_it, ALL)
    offers.answer(people[2], some, less(2_000))
    offers.answer(people[3], none, NOTHING)
    offers.answer(people[4], away, ALL)
    offers.close(away, Stage.AWAY)
    offers.close(all_of_it)
    moved(session, paid.id, None)
    assert tally(session, budget.id).paid == 0
    moved(session, paid.id, Outcome.SENT)

    found = tally(session, budget.id)
    assert (found.offered, found.committed, found.paid) == (6_875, 2_000, 6_875)
    assert found.left == 50_000 - 6_875 - 2_000 - 6_875
    moved(session, paid.id, Outcome.FAILED)
    found = tally(session, budget.id)
    assert (found.committed, found.paid) == (8_875, 0)


def test_vouchers_are_agreed_and_paid_when_they_are_given(session: Session, offers: Offers) -> None:
    budget, sam = offers.budget(), offers.person()
    made = offers.offer(sam, offers.activity(budget=budget), voucher=1_000)
    assert tally(session, budget.id).offered == 7_875
    choice = offers.answer(sam, made, Answer(Taken.NOTHING, wanted=frozenset({"voucher"})))
    assert tally(session, budget.id).committed == 1_000
    payer = offers.person("Payer")
    with pytest.raises(RefusedError):
        hand_over(session, payer, choice.id)
    offers.close(made)
    for _twice in range(2):
        hand_over(session, payer, choice.id)

    found = tally(session, budget.id)
    assert (found.committed, found.paid) == (0, 1_000)
    with pytest.raises(GoneError):
        hand_over(session, payer, 999_999)
    offers.answer(sam, made, NOTHING)
    assert choice.voucher, "what was given stays given"


def test_a_sum_is_never_less_than_what_is_promised(session: Session, offers: Offers) -> None:
    budget = offers.budget(50_000)
    offers.offer(offers.person(), offers.activity(budget=budget))
    with pytest.raises(RefusedError) as error:
        change_sum(session, offers.maker, budget.id, 6_874)
    assert error.value.why is Why.SMALLER
    change_sum(session, offers.maker, budget.id, 6_875)

    assert tally(session, budget.id).left == 0
    with pytest.raises(GoneError):
        change_sum(session, offers.maker, 999_999, 1)
    day = date(2026, 4, 1)
    with pytest.raises(RefusedError) as error:
        add_budget(session, offers.maker, NewBudget("X", day, day - timedelta(days=1), 1))
    assert error.value.why is Why.BUDGET_DAY


def test_how_it_went_week_by_week(session: Session, offers: Offers) -> None:
    sam = offers.person()
    new = NewBudget("Spring", date(2027, 3, 3), date(2027, 3, 28), 50_000)
    budget = add_budget(session, offers.maker, new)
    made = offers.offer(sam, offers.activity(date(2027, 3, 8), budget=budget))
    with time_machine.travel(datetime(2027, 3, 10, 9, tzinfo=UTC), tick=False):
        choice = offers.answer(sam, made, less(2_000))
        offers.close(made)
    with time_machine.travel(datetime(2027, 3, 16, 9, tzinfo=UTC), tick=False):
        moved(session, choice.id, None)
        moved(session, choice.id, Outcome.SENT)
        moved(session, choice.id, Outcome.SETTLED)
    found = budget_of(session, budget.ref)
    assert found is not None

    steps = [(step.day, step.agreed, step.paid) for step in found[1]]
    assert steps == [
        (date(2027, 3, 1), 0, 0),
        (date(2027, 3, 8), 2_000, 0),
        (date(2027, 3, 15), 2_000, 2_000),
        (date(2027, 3, 22), 2_000, 2_000),
    ]


def test_a_long_budget_is_drawn_by_months(session: Session, offers: Offers) -> None:
    new = NewBudget("The year", date(2026, 4, 6), date(2027, 4, 5), 1)
    budget = add_budget(session, offers.maker, new)
    found = budget_of(session, budget.ref)
    assert found is not None

    firsts = [step.day for step in found[1]]
    assert (firsts[0], firsts[-1], len(firsts)) == (date(2026, 4, 1), date(2027, 4, 1), 13)
    assert budget_of(session, "unknown") is None


def test_the_list_asks_as_much_for_many_as_for_one(session: Session, offers: Offers) -> None:
    counts = []
    for _ in range(2):
        for _again in range(3):
            offers.offer(offers.person(), offers.activity(budget=offers.budget()))
        session.expire_all()
        asked: list[str] = []
        bind = session.get_bind()

        def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            asked.append(statement)  # noqa: B023 - called in this turn alone

        sa.event.listen(bind, "before_cursor_execute", note)
        budgets(session)
        sa.event.remove(bind, "before_cursor_execute", note)
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 3


def test_facts_have_dates_and_sources_and_are_never_changed(
    session: Session, offers: Offers
) -> None:
    here = facts(session)
    assert {(one.basis, one.topic) for one in here} == {(b, t) for b in Basis for t in Topic}
    assert all(one.source and one.status for one in here)
    day = date(2027, 4, 6)
    new = NewFact(Basis.VOLUNTEER, Topic.TAX, "Something else", day, "GOV.UK, April 2027")
    add_fact(session, offers.maker, new)
    with pytest.raises(RefusedError) as error:
        add_fact(session, offers.maker, new)
    assert error.value.why is Why.EARLIER_FACT

    before, after = (facts(session, Basis.VOLUNTEER, on)[0] for on in (date(2027, 4, 5), day))
    assert before.valid_to == date(2027, 4, 5)
    assert (after.words, after.source) == ("Something else", "GOV.UK, April 2027")
    assert len(facts(session)) == len(here) + 1
