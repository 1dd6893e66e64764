"""What was approved is paid only while its approvals stand; else somebody approves it once more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import ApprovedAgain, Claim
from plugins.claims.money.batches import What
from plugins.claims.money.recognition import worth
from plugins.claims.money.standing import Void
from plugins.claims.queries import to_pay
from plugins.claims.queries.adjusting import waiting as to_put_right
from plugins.claims.services import (
    adjusting,
    advances,
    again,
    bank,
    batching,
    by_hand,
    cash,
    exporting,
    looking,
    outcomes,
    support,
    writing,
)
from plugins.claims.services.advances import Wish
from plugins.claims.services.sources import Key
from plugins.claims.services.store import lines_of
from plugins.claims.services.today import today
from plugins.claims.tests.making import YES, less, taxi
from plugins.claims.tests.making_offers import ALL, Offers, charity
from plugins.claims.tests.making_offers import less as takes
from plugins.claims.tests.making_paying import Paying, key
from plugins.claims.tests.test_people import erase, merge
from portal.plugin_api import SYSTEM, Actor, Veto

ABOVE = 20_000  # pence: two people approve it
ALL_KINDS = frozenset(What)


@pytest.fixture
def paying(session: Session) -> Paying:
    return Paying(session)


def changes(paying: Paying, payee: Actor) -> None:
    """Other bank details, and a yes from where they are reached."""
    held = paying.gives(payee)
    link = bank.link_key(paying.session, held.uid)
    bank.answer_link(paying.session, Actor(), held.uid, link, yes=True)


def by(paying: Paying, decider: Actor, payee: Actor, pence: int = 500) -> Claim:
    """A claim that this person approved."""
    claim = paying.sent(payee, taxi(pence))
    paying.decide(decider, claim, YES)
    return claim


def listed(session: Session, who: Actor) -> list[tuple[Key, list[Void], Why | None]]:
    return [
        ((one.what, one.what_id), list(one.why), one.barred)
        for one in again.to_approve(session, who, ALL_KINDS)
    ]


def approve(session: Session, who: Actor, which: Key) -> bool:
    found = [
        one for one in again.to_approve(session, who, ALL_KINDS) if (one.what, one.what_id) == which
    ]
    version, shown = (found[0].version, found[0].shown) if found else (1, 1)
    return again.approve(session, who, which, version, shown)


def refused(work: Callable[..., object], *given: Any) -> Why:
    with pytest.raises(RefusedError) as error:
        work(*given)
    return error.value.why


def supports(paying: Paying, who: Actor, payee: Actor, *, paid: bool = False) -> None:
    support.take_up(paying.session, who, support.offer(paying.session, payee, paid=paid))


def shares(paying: Paying, who: Actor, payee: Actor) -> None:
    held = bank.current(paying.session, payee.person_id)
    assert held is not None
    paying.gives(who, bank.opened(paying.session, held))


PARTS: dict[str, Callable[[Paying, Actor, Actor], None]] = {
    "supporter": supports,
    "carer": partial(supports, paid=True),
    "account": shares,
}


def claimed(paying: Paying, _offers: Offers, decider: Actor, payee: Actor) -> Key:
    return key(by(paying, decider, payee))


def ahead(paying: Paying, _offers: Offers, decider: Actor, payee: Actor) -> Key:
    one = advances.ask(paying.session, payee, Wish("York", today() + timedelta(days=7), 500))
    assert advances.decide(paying.session, decider, one.id, YES)
    return What.ADVANCE, one.id


def agreed(paying: Paying, offers: Offers, decider: Actor, payee: Actor) -> Key:
    made = offers.offer(payee)
    choice = offers.answer(payee, made, ALL)
    offers.close(made, by=decider)
    return What.CHOICE, choice.id


KINDS = {"claim": claimed, "ahead": ahead, "recognition": agreed}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_found_later_voids_the_approval(
    session: Session, paying: Paying, offers: Offers, part: str, kind: str
) -> None:
    payee, decider, payer = paying.payee(), paying.person("Decider"), paying.person("Payer")
    which = KINDS[kind](paying, offers, decider, payee)
    assert looking.candidates(session, payer.person_id)[0].ready
    PARTS[part](paying, decider, payee)

    assert refused(batching.put_in, session, payer, {which}) is Why.AGAIN
    assert refused(batching.put_in, session, payer) is Why.AGAIN, "in bulk, too"
    assert listed(session, payer) == [(which, [Void.PART], None)]
    assert listed(session, decider)[0][2] is Why.PART_AGAIN
    assert refused(approve, session, decider, which) is Why.PART_AGAIN
    other = paying.person("Other")
    assert approve(session, other, which)
    assert refused(approve, session, paying.person("Third"), which) is Why.MOVED
    assert refused(batching.put_in, session, other, {which}) is Why.APPROVED_IT
    assert batching.put_in(session, payer, {which}).count == 1


@pytest.mark.parametrize("kind", KINDS)
def test_changed_details_void_the_approval(
    session: Session, paying: Paying, offers: Offers, kind: str
) -> None:
    payee, decider, payer = paying.payee(), paying.person("Decider"), paying.person("Payer")
    which = KINDS[kind](paying, offers, decider, payee)
    paying.gives(payee)
    assert refused(batching.put_in, session, payer, {which}) is Why.UNCONFIRMED
    assert listed(session, decider) == [], "its person says yes first"
    assert refused(approve, session, decider, which) is Why.UNCONFIRMED
    changes(paying, payee)

    assert refused(batching.put_in, session, payer, {which}) is Why.AGAIN
    assert listed(session, decider) == [(which, [Void.DETAILS], None)]
    assert approve(session, decider, which), "whoever approved it for the old ones may do so again"
    assert batching.put_in(session, payer, {which}).count == 1


def test_first_details_are_no_change_and_a_second_change_voids_once_more(
    session: Session, paying: Paying
) -> None:
    payee, payer, other = (
        paying.payee(details=False),
        paying.person("Payer"),
        paying.person("Other"),
    )
    which = key(paying.owed(payee))
    paying.gives(payee)
    assert listed(session, other) == []
    assert looking.candidates(session, payer.person_id)[0].ready
    for _ in range(2):
        changes(paying, payee)
        assert refused(batching.put_in, session, payer, {which}) is Why.AGAIN
        assert approve(session, other, which)
    assert batching.put_in(session, payer, {which}).count == 1

    rows = session.scalars(sa.select(ApprovedAgain).order_by(ApprovedAgain.id)).all()
    assert len({one.detail_id for one in rows}) == 2


def test_above_the_limit_two_people_approve_it_once_more(session: Session, paying: Paying) -> None:
    payee, payer = paying.payee(), paying.person("Payer")
    one, two, three = (paying.person(name) for name in ("One", "Two", "Three"))
    claim = by(paying, one, payee, ABOVE)
    assert paying.decide(two, claim, YES)
    which = key(claim)
    supports(paying, one, payee)
    assert refused(approve, session, two, which) is Why.APPROVED, "their yes stands"
    assert approve(session, three, which), "one takes the place of one"

    changes(paying, payee)
    assert not approve(session, three, which)
    assert refused(approve, session, three, which) is Why.APPROVED
    assert refused(batching.put_in, session, payer, {which}) is Why.AGAIN
    assert approve(session, two, which)
    assert batching.put_in(session, payer, {which}).count == 1


def test_what_is_put_right_is_held_by_whoever_approved_that(
    session: Session, paying: Paying
) -> None:
    payee, payer, approver = paying.payee(), paying.person("Payer"), paying.person("Approver")
    claim = paying.decided(payee, taxi(500), said=less(300))
    line = lines_of(session, claim.id)[0].id
    adjusting.propose(session, paying.person("Proposer"), claim.id, line, 100, "It was more")
    (waits,) = to_put_right(session)
    assert adjusting.approve(session, approver, {waits.id: 100}) == {waits.id: None}
    assert listed(session, payer) == []
    shares(paying, approver, payee)

    assert listed(session, payer) == [(key(claim), [Void.PART], None)]
    assert approve(session, paying.person("Other"), key(claim))
    assert batching.put_in(session, payer, {key(claim)}).count == 1


def test_another_sum_is_approved_once_more_anew(session: Session, paying: Paying) -> None:
    payee, payer, other = paying.payee(), paying.person("Payer"), paying.person("Other")
    claim = paying.decided(payee, taxi(500), said=less(300))
    changes(paying, payee)
    assert approve(session, other, key(claim))
    line = lines_of(session, claim.id)[0].id
    adjusting.propose(session, paying.person("Proposer"), claim.id, line, 100, "It was more")
    (waits,) = to_put_right(session)
    adjusting.approve(session, paying.person("Approver"), {waits.id: 100})

    assert refused(batching.put_in, session, payer, {key(claim)}) is Why.AGAIN
    version, shown = claim.version, 300
    assert refused(again.approve, session, other, key(claim), version, shown) is Why.CHANGED
    assert approve(session, other, key(claim))
    assert batching.put_in(session, payer, {key(claim)}).count == 1


def test_what_was_paid_needs_nobody_when_more_is_added(session: Session, paying: Paying) -> None:
    """Whoever approved what has left is not asked again: what is added since has its own approval."""
    payee, payer, decider = paying.payee(), paying.person("Payer"), paying.person("Decider")
    claim = paying.sent(payee, taxi(500))
    paying.decide(decider, claim, less(300))
    outcomes.answer(session, payer, paying.exported(payer, claim).id, {})
    changes(paying, payee)
    supports(paying, decider, payee)
    line = lines_of(session, claim.id)[0].id
    adjusting.propose(session, paying.person("Proposer"), claim.id, line, 100, "It was more")
    (waits,) = to_put_right(session)
    adjusting.approve(session, paying.person("Approver"), {waits.id: 100})

    assert listed(session, payer) == []
    assert batching.put_in(session, payer, {key(claim)}).count == 1


def test_an_appeal_that_is_taken_back_leaves_the_approval_before_it(
    session: Session, paying: Paying
) -> None:
    payee, payer, decider = paying.payee(), paying.person("Payer"), paying.person("Decider")
    claim = paying.sent(payee, taxi(ABOVE))
    paying.decide(decider, claim, less(300))
    writing.appeal(session, payee, claim.id, "All of it")
    half = paying.person("Half")
    assert not paying.decide(half, claim, YES)
    writing.withdraw(session, payee, claim.id)
    shares(paying, half, payee)
    assert looking.candidates(session, payer.person_id)[0].ready, "what they approved is no more"
    supports(paying, decider, payee)

    assert listed(session, payer) == [(key(claim), [Void.PART], None)]


def test_a_batch_that_is_made_already_is_held(session: Session, paying: Paying) -> None:
    payee, payer, decider = paying.payee(), paying.person("Payer"), paying.person("Decider")
    claim = by(paying, decider, payee)
    made = paying.batch(payer, claim, paying.owed(paying.payee()))
    shares(paying, decider, payee)

    assert refused(exporting.export, session, payer, made.id) is Why.AGAIN
    shown = looking.show(session, made, payer.person_id).payments
    assert [one.stands for one in shown] == [Why.AGAIN, None]
    assert approve(session, paying.person("Other"), key(claim))
    assert exporting.export(session, payer, made.id).payments == 2


def test_whoever_approved_it_once_more_does_not_pay_it(session: Session, paying: Paying) -> None:
    payee, payer, other = paying.payee(), paying.person("Payer"), paying.person("Other")
    claim = paying.owed(payee)
    changes(paying, payee)
    approve(session, other, key(claim))
    made = paying.batch(payer, claim)

    assert refused(exporting.export, session, other, made.id) is Why.APPROVED_IT
    assert exporting.export(session, payer, made.id).payments == 1


def test_whoever_noted_the_call_does_not_approve_it_once_more(
    session: Session, paying: Paying
) -> None:
    payee, caller = paying.payee(), paying.person("Caller")
    claim = paying.owed(payee)
    bank.answer_call(session, caller, paying.gives(payee).uid, yes=True)

    assert listed(session, caller) == [(key(claim), [Void.DETAILS], Why.PART_AGAIN)]
    assert refused(approve, session, caller, key(claim)) is Why.PART_AGAIN


@pytest.mark.parametrize("kind", KINDS)
def test_two_records_are_not_one_where_one_approved_once_more_for_the_other(
    session: Session, paying: Paying, offers: Offers, kind: str
) -> None:
    payee, other = paying.payee(), paying.person("Other")
    which = KINDS[kind](paying, offers, paying.person("Decider"), payee)
    changes(paying, payee)
    approve(session, other, which)
    for kept, gone in ((payee, other), (other, payee)):
        with pytest.raises(Veto, match="approved money"):
            merge(session, kept, gone)


def test_two_records_are_not_one_where_one_put_right_what_the_other_claims(
    session: Session, paying: Paying
) -> None:
    """It would be held, as nobody approves their own money, and stand on no list of what to approve."""
    payee, approver = paying.payee(), paying.person("Approver")
    proposer = paying.person("Proposer")
    claim = paying.decided(payee, taxi(500), said=less(300))
    line = lines_of(session, claim.id)[0].id
    adjusting.propose(session, proposer, claim.id, line, 100, "It was more")
    (waits,) = to_put_right(session)
    adjusting.approve(session, approver, {waits.id: 100})
    for other in (approver, proposer):
        for kept, gone in ((payee, other), (other, payee)):
            with pytest.raises(Veto, match="decided about money"):
                merge(session, kept, gone)


def test_one_who_is_erased_or_two_records_has_still_approved_it(
    session: Session, paying: Paying
) -> None:
    payee, payer = paying.payee(), paying.person("Payer")
    other, same = paying.person("Other"), paying.person("Other, too")
    claim = paying.owed(payee)
    changes(paying, payee)
    approve(session, other, key(claim))
    merge(session, same, other)
    assert refused(batching.put_in, session, same, {key(claim)}) is Why.APPROVED_IT
    erase(session, same)

    assert listed(session, payer) == []
    assert batching.put_in(session, payer, {key(claim)}).count == 1


def test_cash_is_not_handed_out_for_what_does_not_stand(session: Session, paying: Paying) -> None:
    payee, decider = paying.payee(details=False), paying.person("Decider")
    first, second = paying.person("First"), paying.person("Second")
    claim, later = (by(paying, decider, payee) for _ in range(2))
    cash.begin(session, first, key(later))

    def signing() -> list[to_pay.Cash]:
        return to_pay.cash(session, second.person_id or 0)[0]

    (aside,) = signing()
    assert not aside.doubt
    supports(paying, decider, payee)

    assert refused(cash.begin, session, first, key(claim)) is Why.AGAIN
    assert refused(cash.sign, session, second, aside.id) is Why.AGAIN
    assert [one.again for one in looking.certain_cash(session, signing())] == [True]
    for which in (key(claim), key(later)):
        assert approve(session, paying.person("Other"), which)
    assert [one.ready for one in looking.certain_cash(session, signing())] == [True]
    cash.begin(session, first, key(claim))
    cash.sign(session, second, aside.id)


def test_nothing_is_paid_by_hand_that_does_not_stand(
    session: Session, paying: Paying, offers: Offers
) -> None:
    payee, decider, payer = paying.payee(), paying.person("Decider"), paying.person("Payer")
    made = offers.offer(payee)
    choice = offers.answer(payee, made, charity())
    offers.close(made, by=decider)
    changes(paying, payee)
    assert listed(session, payer) == [], "it goes into no account"
    shares(paying, decider, payee)
    which = (What.CHOICE, choice.id)

    assert refused(by_hand.note_paid, session, payer, choice.id, choice.version) is Why.AGAIN
    assert approve(session, paying.person("Other"), which)
    by_hand.note_paid(session, payer, choice.id, choice.version)


def test_what_is_shown_of_recognition_is_what_was_offered(
    session: Session, paying: Paying, offers: Offers
) -> None:
    payee, other = paying.payee(), paying.person("Other")
    made = offers.offer(payee)
    offers.answer(payee, made, takes(500))
    offers.close(made)
    changes(paying, payee)
    (one,) = again.to_approve(session, other, ALL_KINDS)

    assert one.shown == worth(made.minutes, made.pence_an_hour) != 500


def test_nobody_is_nobody(session: Session, paying: Paying) -> None:
    payee = paying.payee()
    claim = paying.owed(payee)
    changes(paying, payee)

    assert refused(approve, session, SYSTEM, key(claim)) is Why.PART_AGAIN
    with pytest.raises(GoneError):
        approve(session, payee, key(claim))
    with pytest.raises(GoneError):
        approve(session, paying.person(), (What.CLAIM, 0))


def test_their_person_is_told_what_helps_them(session: Session, paying: Paying) -> None:
    payee, decider = paying.payee(), paying.person("Decider")
    claim = by(paying, decider, payee)
    me = payee.person_id or 0
    assert again.of_person(session, me) == {}
    supports(paying, decider, payee)
    assert again.of_person(session, me) == {key(claim): {Void.PART}}
    paying.gives(payee)
    assert again.of_person(session, me) == {}, "it is their turn first"


def test_as_many_questions_for_many_as_for_one(session: Session, paying: Paying) -> None:
    payer, counts = paying.person("Payer"), []
    for many in (1, 4):
        for _ in range(many):
            payee = paying.payee()
            paying.owed(payee)
            changes(paying, payee)
        session.flush()
        session.expire_all()
        counts.append(
            (
                paying.asked(lambda: looking.candidates(session, payer.person_id)),
                paying.asked(lambda: again.to_approve(session, payer, ALL_KINDS)),
            )
        )

    assert counts[0] == counts[1]
