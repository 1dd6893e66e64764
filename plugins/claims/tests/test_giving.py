"""What is given by hand, money or not: by nobody who has a part in it, said in its place, and told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import CameBack, Payment, RecognitionChoice
from plugins.claims.money.batches import What
from plugins.claims.money.recognition import Basis, Taken
from plugins.claims.notices.offers import kinds
from plugins.claims.services import (
    answering,
    batching,
    by_hand,
    cash,
    giving,
    outcomes,
    support,
)
from plugins.claims.services.answering import Answer
from plugins.claims.tests.making_offers import ALL, Offers, charity
from plugins.claims.tests.making_paying import Paying, account
from plugins.claims.tests.test_money_together import pay
from portal.accounts.api import create_person
from portal.messages.api import known_keys
from portal.plugin_api import SYSTEM, Actor, Recipient

SignIn = Callable[..., FlaskClient]
VOUCHER = Answer(Taken.NOTHING, wanted=frozenset({"voucher"}))


@pytest.fixture
def paying(session: Session) -> Paying:
    return Paying(session)


def actor_of(client: FlaskClient) -> Actor:
    return Actor(client.person_id)  # type: ignore[attr-defined]


# Each gives whoever pays a part in it.


def _own(paying: Paying, offers: Offers, payer: Actor, said: Answer) -> RecognitionChoice:
    return offers.done(payer, said, voucher=1_000)[1]


def _made(paying: Paying, offers: Offers, payer: Actor, said: Answer) -> RecognitionChoice:
    offers.__dict__["maker"] = payer
    return offers.done(paying.payee(), said, voucher=1_000)[1]


def _closed(paying: Paying, offers: Offers, payer: Actor, said: Answer) -> RecognitionChoice:
    offers.__dict__["closer"] = payer
    return offers.done(paying.payee(), said, voucher=1_000)[1]


def _supports(paying: Paying, offers: Offers, payer: Actor, said: Answer) -> RecognitionChoice:
    sam = paying.payee()
    support.take_up(paying.session, payer, support.offer(paying.session, sam, paid=False))
    return offers.done(sam, said, voucher=1_000)[1]


def _shares(paying: Paying, offers: Offers, payer: Actor, said: Answer) -> RecognitionChoice:
    sam = paying.payee(details=False)
    for who in (sam, payer):
        paying.gives(who, account(4_242))
    return offers.done(sam, said, voucher=1_000)[1]


def _called(paying: Paying, offers: Offers, payer: Actor, said: Answer) -> RecognitionChoice:
    sam = paying.payee()
    detail = paying.gives(sam, account(4_243))
    detail.confirmed_by_id = payer.person_id
    paying.session.flush()
    return offers.done(sam, said, voucher=1_000)[1]


PARTS = {
    _own: Why.OWN_MONEY,
    _made: Why.APPROVED_IT,
    _closed: Why.APPROVED_IT,
    _supports: Why.PART_IN_IT,
    _shares: Why.PART_IN_IT,
    _called: Why.CALLED,
}


def _hand_over(session: Session, payer: Actor, choice: RecognitionChoice) -> None:
    giving.hand_over(session, payer, choice.id)


def _note_paid(session: Session, payer: Actor, choice: RecognitionChoice) -> None:
    by_hand.note_paid(session, payer, choice.id, choice.version)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("way", "said"), [(_hand_over, VOUCHER), (_note_paid, charity())])
def test_whoever_has_a_part_in_it_gives_nothing(
    session: Session,
    paying: Paying,
    offers: Offers,
    part: Callable[..., RecognitionChoice],
    way: Callable[..., None],
    said: Answer,
) -> None:
    payer, other = paying.person("Payer"), paying.person("Other")
    choice = part(paying, offers, payer, said)
    assert giving.barred(session, payer, [choice.id]) == {choice.id: PARTS[part]}
    with pytest.raises(RefusedError) as refused:
        way(session, payer, choice)
    assert refused.value.why is PARTS[part]
    session.expire_all()
    assert (choice.handed_at, choice.paying, session.scalars(sa.select(Payment)).all()) == (
        None,
        None,
        [],
    )
    assert giving.barred(session, other, [choice.id]) == {}
    way(session, other, choice)
    assert (choice.handed_at or choice.paid_at) is not None


def test_nobody_who_is_not_signed_in_gives_anything(
    session: Session, paying: Paying, offers: Offers
) -> None:
    _offer, choice = offers.done(paying.payee(), VOUCHER, voucher=1_000)
    with pytest.raises(RefusedError) as refused:
        giving.hand_over(session, SYSTEM, choice.id)
    assert refused.value.why is Why.PART_IN_IT


def told(session: Session, offer_id: int, *names: str) -> list[bool]:
    keys = [f"claims:offer:{offer_id}:{name}" for name in names]
    known = known_keys(session, keys)
    return [key in known for key in keys]


@pytest.mark.parametrize("basis", [Basis.INVOLVEMENT, Basis.PAYROLL])
def test_what_is_paid_by_hand_is_told_once(
    session: Session, paying: Paying, offers: Offers, basis: Basis
) -> None:
    said = charity() if basis is Basis.INVOLVEMENT else ALL
    offer, choice = offers.done(paying.payee(), said, activity=offers.activity(basis=basis))
    assert told(session, offer.id, "paid:1") == [False]
    for _twice in range(2):
        by_hand.note_paid(session, paying.person("Payer"), choice.id, choice.version)

    assert told(session, offer.id, "paid:1", "paid:2") == [True, False]


def test_every_other_way_is_told_too(session: Session, paying: Paying, offers: Offers) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    offer, choice = offers.done(sam, ALL)
    what = (What.CHOICE, choice.id)
    made = pay(session, payer, what)
    assert told(session, offer.id, "paid:1", "came_back:1") == [True, False]
    (one,) = paying.payments(made)
    outcomes.answer(session, payer, made.id, {one.id: CameBack.CLOSED})
    assert told(session, offer.id, "paid:1", "came_back:1") == [True, True]

    ash = paying.payee(details=False)
    by_cash, taken = offers.done(ash, ALL)
    cash.begin(session, payer, (What.CHOICE, taken.id))
    waits = session.scalars(sa.select(Payment).where(Payment.what_id == taken.id)).all()[-1]
    cash.sign(session, paying.person("Second"), waits.id)
    assert told(session, by_cash.id, "paid:1") == [True]


def test_the_message_says_no_sum_and_is_sent_while_it_is_true(
    app: object, session: Session, paying: Paying, offers: Offers
) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    offer, choice = offers.done(sam, charity("The lifeboats"))
    to, about = Recipient(sam.person_id or 0, "Sam", "en"), {"offer": offer.id}
    paid, back = kinds()[-2:]
    assert (paid.purpose, back.purpose) == ("claims:offer_paid", "claims:offer_came_back")
    with app.test_request_context():  # type: ignore[attr-defined]
        assert paid.compose(session, to, about) is None
        by_hand.note_paid(session, payer, choice.id, choice.version)
        said = paid.compose(session, to, about)
        assert said is not None
        assert offer.ref in said.text
        assert "68.75" not in said.text
        assert "lifeboats" not in said.text
        assert back.compose(session, to, about) is None
        assert paid.compose(session, Recipient(0, "Ash", "en"), about) is None


def test_what_is_refused_is_said_in_its_place(
    session: Session, paying: Paying, offers: Offers, sign_in: SignIn
) -> None:
    client = sign_in("treasurer")
    offers.__dict__["closer"] = actor_of(client)
    _offer, barred = offers.done(paying.payee(), charity())
    session.commit()
    page = client.get("/claims/recognition").text
    assert "You approved it, so somebody else pays it." in page
    assert f"/claims/recognition/{barred.id}/paid/" not in page, "no button that would be refused"
    offers.__dict__["closer"] = Actor(create_person(session, SYSTEM, name="Closer"))
    sam = paying.payee()
    offer, choice = offers.done(sam, charity("The lifeboats"))
    session.commit()
    assert f"/claims/recognition/{choice.id}/paid/1" in client.get("/claims/recognition").text
    answering.answer(session, sam, offer.id, charity("The donkeys"))
    session.commit()
    answer = client.post(f"/claims/recognition/{choice.id}/paid/1", data={})

    assert answer.status_code == 422
    assert answer.text.count("Look at it once more") == 2, "in the summary, and beside it"
    assert f'href="#give-{choice.id}"' in answer.text
    assert f'id="give-{choice.id}"' in answer.text
    assert "The donkeys" in answer.text
    gone = client.post("/claims/recognition/999999/paid/1", data={})
    assert gone.status_code == 404
    assert client.post(f"/claims/recognition/{choice.id}/paid/2", data={}).status_code == 303
    session.expire_all()
    assert session.get_one(RecognitionChoice, choice.id).paid_at is not None


def test_as_many_questions_for_many_as_for_one(
    session: Session, paying: Paying, offers: Offers
) -> None:
    payer, counts, made = paying.person("Payer"), [], []
    for many in (1, 5):
        made += [offers.done(paying.payee(), charity())[1].id for _ in range(many)]
        session.expire_all()
        counts.append(paying.asked(partial(giving.barred, session, payer, made)))

    assert counts == [4, 4]


def test_a_batch_asks_the_same_of_recognition(
    session: Session, paying: Paying, offers: Offers
) -> None:
    payer = paying.person("Payer")
    choice = _supports(paying, offers, payer, ALL)
    assert offers.closer.person_id != payer.person_id
    with pytest.raises(RefusedError) as refused:
        batching.put_in(session, payer, {(What.CHOICE, choice.id)})
    assert refused.value.why is Why.PART_IN_IT
    assert choice.paying is None
