"""Where the ways of money meet: what was paid ahead, put right after it was paid, or goes by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import Batch, Category, Claim, Decision, Paying, Payment, Proof, State
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.recognition import Basis
from plugins.claims.queries.adjusting import waiting as to_put_right
from plugins.claims.queries.books import verify
from plugins.claims.queries.recognition_books import wrong_choices
from plugins.claims.services import (
    adjusting,
    advances,
    answering,
    batching,
    beginning,
    by_hand,
    exporting,
    outcomes,
    sources,
    support,
    writing,
)
from plugins.claims.services.advances import Wish
from plugins.claims.services.deciding_line import Decided
from plugins.claims.services.sources import Key
from plugins.claims.services.store import lines_of
from plugins.claims.services.today import today
from plugins.claims.tests.making import car, taxi
from plugins.claims.tests.making_offers import ALL, Offers, charity, less
from plugins.claims.tests.making_paying import Paying as Payments
from plugins.claims.tests.making_paying import key
from portal.plugin_api import Actor

YES = Decided(Decision.APPROVED)


@pytest.fixture
def paying(session: Session) -> Payments:
    return Payments(session)


@pytest.fixture
def offers(session: Session) -> Offers:
    return Offers(session)


@pytest.fixture
def payer(paying: Payments) -> Actor:
    return paying.person("Payer")


def pay(session: Session, payer: Actor, *keys: Key) -> Batch:
    """Into a batch, to the bank, and arrived."""
    ref = batching.put_in(session, payer, set(keys)).ref
    made = session.scalars(sa.select(Batch).where(Batch.ref == ref)).one()
    batching.lock(session, payer, made.id)
    exporting.export(session, payer, made.id)
    outcomes.answer(session, payer, made.id, {})
    session.expire_all()
    return made


def owed(session: Session) -> dict[Key, int]:
    return {sources.key_of(one): one.pence for one in sources.waiting(session)}


def in_order(session: Session) -> bool:
    return verify(session).in_order and not wrong_choices(session)


def ahead(session: Session, paying: Payments, sam: Actor, payer: Actor) -> int:
    """£86.20 that were approved and paid ahead."""
    one = advances.ask(session, sam, Wish("York", today() + timedelta(days=3), 8620))
    advances.decide(session, paying.person("Decider"), one.id, YES)
    assert owed(session) == {(What.ADVANCE, one.id): 8620}
    pay(session, payer, (What.ADVANCE, one.id))
    assert owed(session) == {}
    return one.id


def spent(
    session: Session,
    paying: Payments,
    sam: Actor,
    advance_id: int,
    pence: int,
    said: Decided = YES,
) -> Claim:
    """A claim of what it cost, decided."""
    claim = beginning.begin_against(session, sam, advance_id)
    line = writing.add_line(session, sam, claim.id, Category.TRANSPORT)
    writing.say_when(session, sam, claim.id, line, date(2026, 6, 1))
    writing.say_how_much(session, sam, claim.id, line, pence)
    writing.prove(session, sam, claim.id, line, Proof.LOST)
    paying.send(sam, claim)
    assert paying.decide(paying.person("Decider"), claim, said)
    session.expire_all()
    return claim


def test_what_was_paid_ahead_is_not_paid_again(
    session: Session, paying: Payments, payer: Actor
) -> None:
    """Example 7, paid: £86.20 ahead, £79.70 spent → nothing more to pay, £6.50 open."""
    sam = paying.payee()
    advance_id = ahead(session, paying, sam, payer)
    claim = spent(session, paying, sam, advance_id, 7970)

    assert owed(session) == {}
    assert claim.state is State.SETTLED
    assert advances.own(session, sam, advance_id).left_open == 650
    assert in_order(session)


def test_only_what_is_beyond_the_money_ahead_is_paid(
    session: Session, paying: Payments, payer: Actor
) -> None:
    sam = paying.payee()
    advance_id = ahead(session, paying, sam, payer)
    claim = spent(session, paying, sam, advance_id, 9000)

    assert owed(session) == {key(claim): 380}
    pay(session, payer, key(claim))
    assert (claim.state, owed(session), in_order(session)) == (State.SETTLED, {}, True)


def put_right(session: Session, paying: Payments, claim: Claim, pence: int | None) -> None:
    line = lines_of(session, claim.id)[0]
    adjusting.propose(session, paying.person("One"), claim.id, line.id, pence, "It was so")
    (one,) = to_put_right(session)
    found = adjusting.approve(session, paying.person("Two"), {one.id: one.pence or 0})
    assert list(found.values()) == [None]
    session.expire_all()


def test_what_is_put_right_is_counted_against_the_money_ahead_first(
    session: Session, paying: Payments, payer: Actor
) -> None:
    """£86.20 ahead, £79.70 claimed, £70.00 allowed, £16.20 open; £4.00 more, then £14.00 less."""
    sam = paying.payee()
    advance_id = ahead(session, paying, sam, payer)
    claim = spent(
        session, paying, sam, advance_id, 7970, Decided(Decision.REDUCED, 7000, "A part was for us")
    )
    one = advances.own(session, sam, advance_id)
    found = [one.left_open]
    for pence in (400, -1400):
        put_right(session, paying, claim, pence)
        found.append(one.left_open)

    assert found == [1620, 1220, 2620]
    assert (claim.state, owed(session), in_order(session)) == (State.SETTLED, {}, True)


def test_what_is_taken_back_beyond_the_money_ahead_is_open_again(
    session: Session, paying: Payments, payer: Actor
) -> None:
    """£86.20 ahead and £3.80 paid after it are £90.00; £5.00 less, and £5.00 are open."""
    sam = paying.payee()
    advance_id = ahead(session, paying, sam, payer)
    claim = spent(session, paying, sam, advance_id, 9000)
    pay(session, payer, key(claim))
    put_right(session, paying, claim, -500)

    assert advances.own(session, sam, advance_id).left_open == 500
    assert (claim.state, owed(session), in_order(session)) == (State.SETTLED, {}, True)


def test_what_is_put_right_after_it_was_paid_is_paid_once_more(
    session: Session, paying: Payments, payer: Actor
) -> None:
    sam = paying.payee()
    claim = paying.sent(sam, taxi(2000))
    paying.decide(
        paying.person("Decider"), claim, Decided(Decision.REDUCED, 1200, "Half was for us")
    )
    pay(session, payer, key(claim))
    put_right(session, paying, claim, 300)

    assert (claim.state, owed(session)) == (State.DECIDED, {key(claim): 300})
    pay(session, payer, key(claim))
    assert (claim.state, owed(session), in_order(session)) == (State.SETTLED, {}, True)
    sums = session.scalars(sa.select(Payment.pence).order_by(Payment.attempt)).all()
    assert list(sums) == [1200, 300]


def test_what_is_put_right_while_the_money_is_on_its_way_waits_for_its_own_payment(
    session: Session, paying: Payments, payer: Actor
) -> None:
    claim = paying.sent(paying.payee(), taxi(2000))
    paying.decide(paying.person("Decider"), claim, Decided(Decision.REDUCED, 1200, "Half"))
    made = paying.exported(payer, claim)
    put_right(session, paying, claim, 300)
    assert owed(session) == {}
    outcomes.answer(session, payer, made.id, {})
    session.expire_all()

    assert (claim.state, owed(session)) == (State.DECIDED, {key(claim): 300})
    assert in_order(session)


def test_a_journey_taken_back_after_it_was_paid_takes_nothing_off_anything(
    session: Session, paying: Payments, payer: Actor
) -> None:
    sam = paying.payee()
    claim = paying.decided(sam, car(100, date(2026, 4, 20)))
    other = paying.decided(sam, taxi(500))
    pay(session, payer, key(claim))
    put_right(session, paying, claim, None)

    assert owed(session) == {key(other): 500}
    assert claim.state is State.SETTLED
    assert in_order(session)


def test_recognition_goes_with_the_others_and_once(
    session: Session, paying: Payments, offers: Offers, payer: Actor
) -> None:
    sam = paying.payee()
    offer, choice = offers.done(sam, less(2_000))
    what = (What.CHOICE, choice.id)
    assert owed(session) == {what: 2_000}
    pay(session, payer, what)

    assert (choice.paying, owed(session), in_order(session)) == (Paying.SETTLED, {}, True)
    with pytest.raises(RefusedError) as refused:
        answering.answer(session, sam, offer.id, ALL)
    assert refused.value.why is Why.ON_ITS_WAY


def test_recognition_that_is_left_out_or_whose_batch_is_given_up_waits_as_before(
    session: Session, paying: Payments, offers: Offers, payer: Actor
) -> None:
    sam = paying.payee()
    offer, choice = offers.done(sam, ALL)
    what = (What.CHOICE, choice.id)
    for out in ("left out", "given up"):
        ref = batching.put_in(session, payer, {what}).ref
        made = session.scalars(sa.select(Batch).where(Batch.ref == ref)).one()
        assert [one.pence for one in paying.payments(made)] == [6_875]
        if out == "left out":
            (payment,) = paying.payments(made)
            batching.leave_out(session, payer, payment.id, "Not this week")
        batching.abandon(session, payer, made.id)
        session.expire_all()
        assert (choice.paying, owed(session)) == (None, {what: 6_875}), out
    answering.answer(session, sam, offer.id, less(500))
    assert owed(session) == {what: 500}


def test_what_goes_to_a_charity_is_noted_once_by_somebody_without_a_part(
    session: Session, paying: Payments, offers: Offers, payer: Actor
) -> None:
    sam = paying.payee()
    _offer, choice = offers.done(sam, charity("The lifeboats"))
    assert owed(session) == {}
    for nobody, why in ((sam, Why.OWN_MONEY), (offers.closer, Why.APPROVED_IT)):
        with pytest.raises(RefusedError) as refused:
            by_hand.note_paid(session, nobody, choice.id, choice.version)
        assert refused.value.why is why
    with pytest.raises(RefusedError) as refused:
        by_hand.note_paid(session, payer, choice.id, choice.version + 1)
    assert refused.value.why is Why.CHANGED
    for _twice in range(2):
        by_hand.note_paid(session, payer, choice.id, choice.version)

    (payment,) = session.scalars(sa.select(Payment))
    assert (payment.outcome, payment.pence, payment.detail_id) == (Outcome.SETTLED, 6_875, None)
    assert choice.paying is Paying.SETTLED
    assert in_order(session)


def test_payroll_goes_by_hand_and_what_goes_to_an_account_does_not(
    session: Session, paying: Payments, offers: Offers, payer: Actor
) -> None:
    _offer, paid = offers.done(paying.payee(), ALL, activity=offers.activity(basis=Basis.PAYROLL))
    _other, taken = offers.done(paying.payee(), ALL)
    by_hand.note_paid(session, payer, paid.id, paid.version)

    assert owed(session) == {(What.CHOICE, taken.id): 6_875}
    with pytest.raises(RefusedError) as refused:
        by_hand.note_paid(session, payer, taken.id, taken.version)
    assert refused.value.why is Why.STATE


def test_whoever_supports_somebody_pays_them_nothing(
    session: Session, paying: Payments, payer: Actor
) -> None:
    sam = paying.payee()
    support.take_up(session, payer, support.offer(session, sam, paid=False))
    claim = paying.owed(sam)
    with pytest.raises(RefusedError) as refused:
        batching.put_in(session, payer, {key(claim)})
    assert refused.value.why is Why.PART_IN_IT
    assert claim.state is State.DECIDED


def test_an_appeal_that_is_taken_back_leaves_what_was_put_right(
    session: Session, paying: Payments, payer: Actor
) -> None:
    sam = paying.payee()
    claim = paying.sent(sam, taxi(2000))
    paying.decide(paying.person("Decider"), claim, Decided(Decision.REDUCED, 1200, "Half"))
    pay(session, payer, key(claim))
    put_right(session, paying, claim, 300)
    writing.appeal(session, sam, claim.id, "All of it was for you")
    writing.withdraw(session, sam, claim.id)
    session.expire_all()

    assert (claim.state, owed(session)) == (State.DECIDED, {key(claim): 300})
    assert lines_of(session, claim.id)[0].allowed == 1200
    assert in_order(session)
