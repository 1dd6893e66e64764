"""Offers, what is taken of them, and what is owed for it, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import Offer, RecognitionChoice, Stage
from plugins.claims.money.batches import Outcome
from plugins.claims.money.recognition import Basis, Taken
from plugins.claims.queries.budgets import tally
from plugins.claims.queries.recognition_books import wrong_choices
from plugins.claims.services import answering, bank
from plugins.claims.services.answering import Answer, choice_of
from plugins.claims.services.owing import owed
from plugins.claims.services.recognition_payable import moved
from plugins.claims.services.today import today
from plugins.claims.tests.making import Claims
from plugins.claims.tests.making_offers import ALL, NOTHING, Offers, charity, less
from plugins.claims.tests.making_paying import account
from portal.plugin_api import Actor

DAY = timedelta(days=1)


def refused(offers: Offers, who: Actor, offer: Offer, said: Answer) -> Why:
    with pytest.raises(RefusedError) as error:
        answering.answer(offers.session, who, offer.id, said)
    return error.value.why


def test_taking_less_gives_the_rest_back_and_leaves_no_debt(
    session: Session, offers: Offers, claims: Claims
) -> None:
    """Example 5: 2.5 hours at £27.50 are £68.75; £20.00 is taken, £48.75 goes back to the budget."""
    sam, budget = offers.person(), offers.budget(50_000)
    made = offers.offer(sam, offers.activity(budget=budget))
    assert tally(session, budget.id).offered == 6_875
    assert tally(session, budget.id).left == 43_125

    choice = offers.answer(sam, made, less(2_000))
    offers.close(made)

    assert (choice.pence, owed(session, choice.id)) == (2_000, 2_000)
    assert claims.entries() == [("owed", "cost", 2_000)]
    found = tally(session, budget.id)
    assert (found.offered, found.committed, found.paid, found.left) == (0, 2_000, 0, 48_000)
    assert found.left - 43_125 == 4_875


@pytest.mark.parametrize(
    ("said", "pence"), [(ALL, 6_875), (less(1), 1), (NOTHING, 0), (charity(), 6_875)]
)
def test_each_answer_is_owed_when_it_took_place(
    session: Session, offers: Offers, said: Answer, pence: int
) -> None:
    sam = offers.person()
    made = offers.offer(sam)
    choice = offers.answer(sam, made, said)
    assert owed(session, choice.id) == 0, "nothing is owed before it took place"
    offers.close(made)

    assert (choice.pence, owed(session, choice.id)) == (pence, pence)
    assert wrong_choices(session) == []


def test_an_answer_that_is_changed_adds_entries_and_changes_none(
    session: Session, offers: Offers, claims: Claims
) -> None:
    sam = offers.person()
    made, choice = offers.done(sam, ALL)

    for said, pence in ((NOTHING, 0), (less(2_000), 2_000), (charity(), 6_875), (ALL, 6_875)):
        offers.answer(sam, made, said)
        assert owed(session, choice.id) == pence
    assert claims.entries() == [
        ("owed", "cost", 6_875),
        ("cost", "owed", 6_875),
        ("owed", "cost", 2_000),
        ("owed", "cost", 4_875),
    ]
    assert (choice.version, choice.charity) == (5, "")
    assert wrong_choices(session) == []


def test_an_answer_stands_once_it_is_being_paid(session: Session, offers: Offers) -> None:
    sam = offers.person()
    made, choice = offers.done(sam, ALL)

    for outcome in (None, Outcome.SENT, Outcome.SETTLED):
        moved(session, choice.id, outcome)
        assert refused(offers, sam, made, NOTHING) is Why.ON_ITS_WAY
    moved(session, choice.id, Outcome.FAILED)
    offers.answer(sam, made, less(500))
    assert owed(session, choice.id) == 500


def test_less_is_less_and_a_charity_has_a_name(offers: Offers) -> None:
    sam = offers.person()
    made = offers.offer(sam)

    for pence in (0, 6_875, 6_876):
        assert refused(offers, sam, made, less(pence)) is Why.TAKE_LESS
    assert refused(offers, sam, made, charity(" ")) is Why.WHICH_CHARITY


def test_what_was_agreed_stands_when_the_college_cancels(session: Session, offers: Offers) -> None:
    sam, ash = offers.person(), offers.person("Ash")
    later = offers.activity(today() + 9 * DAY)
    agreed, silent = offers.offer(sam, later), offers.offer(ash, later)
    choice = offers.answer(sam, agreed, less(2_000))

    offers.close(agreed, Stage.CANCELLED)
    offers.close(silent, Stage.CANCELLED)

    assert owed(session, choice.id) == 2_000
    offers.answer(sam, agreed, ALL)
    assert owed(session, choice.id) == 6_875
    assert refused(offers, ash, silent, ALL) is Why.MOVED_ON


def test_nothing_is_lost_by_answering_late(session: Session, offers: Offers) -> None:
    sam = offers.person()
    made = offers.offer(sam)
    offers.close(made)

    choice = offers.answer(sam, made, less(300))
    assert owed(session, choice.id) == 300


def test_whoever_was_away_is_owed_nothing_and_it_can_be_put_right(
    session: Session, offers: Offers
) -> None:
    sam = offers.person()
    made = offers.offer(sam)
    choice = offers.answer(sam, made, ALL)
    offers.close(made, Stage.AWAY)
    assert owed(session, choice.id) == 0
    assert refused(offers, sam, made, NOTHING) is Why.MOVED_ON

    offers.close(made, Stage.DONE)
    assert owed(session, choice.id) == 6_875
    with pytest.raises(RefusedError):
        offers.close(made, Stage.AWAY)


def test_no_is_no_and_can_be_changed(session: Session, offers: Offers) -> None:
    sam, budget = offers.person(), offers.budget()
    made = offers.offer(sam, offers.activity(budget=budget))
    offers.answer(sam, made, ALL)
    for _twice in range(2):
        answering.say_no(session, sam, made.id)
    assert (made.stage, choice_of(session, made.id)) == (Stage.NO, None)
    assert tally(session, budget.id).left == 50_000
    with pytest.raises(RefusedError):
        offers.close(made)

    offers.answer(sam, made, NOTHING)
    assert made.stage is Stage.OPEN
    offers.close(made)
    with pytest.raises(RefusedError):
        answering.say_no(session, sam, made.id)


def test_offers_of_others_are_not_there(session: Session, offers: Offers) -> None:
    made = offers.offer(offers.person())

    for stranger in (offers.person("Ash"), offers.maker, Actor()):
        with pytest.raises(GoneError):
            answering.answer(session, stranger, made.id, ALL)
        with pytest.raises(GoneError):
            answering.say_no(session, stranger, made.id)


@pytest.mark.parametrize("more", [{"pence": 1}, {"pence": 0, "voucher": 1}])
def test_volunteers_are_offered_no_money(
    session: Session, offers: Offers, more: dict[str, int]
) -> None:
    sam, activity = offers.person(), offers.activity(basis=Basis.VOLUNTEER)
    with pytest.raises(RefusedError) as error:
        offers.offer(sam, activity, **more)
    assert error.value.why is Why.NO_MONEY

    made = offers.offer(sam, activity, credit=60, certificate=True)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(sa.update(Offer).where(Offer.id == made.id).values(pence_an_hour=1))
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(sa.update(Offer).where(Offer.id == made.id).values(voucher=1))


def test_nobody_is_offered_more_than_the_budget_has_left(offers: Offers) -> None:
    budget = offers.budget(13_750)
    activity = offers.activity(budget=budget)
    sam = offers.person()
    first = offers.offer(sam, activity)
    offers.offer(offers.person("Ash"), activity)
    with pytest.raises(RefusedError) as error:
        offers.offer(offers.person("Bo"), activity, minutes=1)
    assert error.value.why is Why.BUDGET

    offers.answer(sam, first, NOTHING)
    offers.offer(offers.person("Bo"), activity)


def test_offers_are_for_others_who_are_here_and_once(offers: Offers) -> None:
    activity, sam = offers.activity(), offers.person()
    offers.offer(sam, activity)

    for who, why in (
        (offers.maker, Why.SELF),
        (Actor(999_999), Why.NOBODY),
        (sam, Why.OFFERED),
    ):
        with pytest.raises(RefusedError) as error:
            offers.offer(who, activity)
        assert error.value.why is why


def test_nobody_says_what_became_of_their_own(session: Session, offers: Offers) -> None:
    sam = offers.person()
    made = offers.offer(sam)
    larger = offers.offer(sam, offers.activity(), minutes=328)
    assert larger.minutes * larger.pence_an_hour > 150_00 * 60

    for offer, who, why in ((made, sam, Why.SELF), (larger, offers.maker, Why.SECOND)):
        with pytest.raises(RefusedError) as error:
            offers.close(offer, Stage.DONE, who)
        assert error.value.why is why
    offers.close(made, Stage.DONE, offers.maker)
    offers.close(larger, Stage.DONE, offers.closer)
    assert session.scalars(sa.select(RecognitionChoice)).all() == []


@pytest.mark.parametrize("paid", [False, True])
def test_whoever_supports_somebody_does_not_say_what_became_of_their_offer(
    offers: Offers, claims: Claims, *, paid: bool
) -> None:
    sam = offers.person()
    made = offers.offer(sam)
    kim, _consent = claims.supporter(sam, paid=paid)
    with pytest.raises(RefusedError) as error:
        offers.close(made, Stage.DONE, kim)

    assert error.value.why is Why.PART
    assert made.stage is Stage.OPEN


def test_whoever_shares_the_account_is_told_of_no_larger_sum(offers: Offers) -> None:
    sam, ash = offers.person(), offers.person("Ash")
    for one in (sam, ash):
        bank.give(offers.session, one, account())
    with pytest.raises(RefusedError) as error:
        offers.close(offers.offer(sam), Stage.DONE, ash)
    assert error.value.why is Why.PART


def test_the_limit_looks_at_what_is_offered_not_at_what_is_taken(offers: Offers) -> None:
    """Whoever says what became of it would else learn that little was taken."""
    sam = offers.person()
    larger = offers.offer(sam, minutes=328)
    offers.answer(sam, larger, NOTHING)

    with pytest.raises(RefusedError) as error:
        offers.close(larger, Stage.DONE, offers.maker)
    assert error.value.why is Why.SECOND


def test_what_has_not_come_yet_has_not_taken_place(offers: Offers) -> None:
    made = offers.offer(offers.person(), offers.activity(today() + DAY))

    for stage in (Stage.DONE, Stage.AWAY):
        with pytest.raises(RefusedError) as error:
            offers.close(made, stage)
        assert error.value.why is Why.NOT_YET
    with pytest.raises(RefusedError):
        offers.close(made, Stage.OPEN)


def test_without_money_nothing_is_asked_about_it(session: Session, offers: Offers) -> None:
    sam = offers.person()
    made = offers.offer(sam, offers.activity(basis=Basis.VOLUNTEER), certificate=True)
    choice = offers.answer(
        sam, made, Answer(Taken.ALL, wanted=frozenset({"certificate", "voucher"}))
    )

    assert (choice.pence, choice.certificate, choice.voucher) == (0, True, False)
    offers.close(made)
    assert owed(session, choice.id) == 0
