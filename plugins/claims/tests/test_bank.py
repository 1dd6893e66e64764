"""Bank details: sealed, told of, held while they wait for a yes, seen by whoever pays and on record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import BankDetail, CameBack, NameCheck, Payment
from plugins.claims.notices.bank import kinds
from plugins.claims.queries.looks import seen
from plugins.claims.services import again, bank, batching, modulus, outcomes
from plugins.claims.services.looking import candidates
from plugins.claims.tests.making_paying import Paying, account, key
from plugins.claims.tests.test_modulus import TABLE
from portal.messages.api import known_keys
from portal.plugin_api import About, Actor, Recipient

SignIn = Callable[..., FlaskClient]
FORM = {"name": "S Person", "sort_code": "08-99-99", "account_number": "6637 4958"}


@pytest.fixture
def paying(session: Session) -> Paying:
    return Paying(session)


def refused(why: Why, work: Callable[..., object], *arguments: Any, **named: Any) -> None:
    with pytest.raises(RefusedError) as said:
        work(*arguments, **named)
    assert said.value.why is why


def versions(session: Session) -> list[BankDetail]:
    session.expire_all()
    return list(session.scalars(sa.select(BankDetail).order_by(BankDetail.id)))


def test_what_is_given_is_sealed_and_opens_again(session: Session, paying: Paying) -> None:
    sam = paying.payee(details=False)
    held = paying.gives(sam, account(374958))

    assert (held.version, held.last_four) == (1, "4958")
    assert b"374958" not in (held.sealed or b"")
    assert bank.opened(session, held) == account(374958)
    assert known_keys(session, [f"claims:bank:{held.id}"])


def test_others_take_their_place_and_nothing_is_left_of_the_first(
    session: Session, paying: Paying
) -> None:
    sam = paying.payee()
    paying.gives(sam, account(77))

    first, second = versions(session)
    assert (first.sealed, first.ended_at is not None, len(first.fingerprint)) == (None, True, 64)
    assert (second.version, second.ended_at, second.confirmed_at) == (2, None, None)
    refused(Why.NO_DETAILS, bank.opened, session, first)
    refused(Why.SAME_DETAILS, bank.give, session, sam, account(77))


def test_the_same_account_has_the_same_fingerprint_and_another_one_has_not(
    session: Session, paying: Paying
) -> None:
    for who, number in ((paying.payee(details=False), 5), (paying.payee(details=False), 5)):
        paying.gives(who, account(number, name=f"Name of {who.person_id}"))
    paying.gives(paying.payee(details=False), account(6))

    first, second, third = (one.fingerprint for one in versions(session))
    assert first == second != third
    assert bank.refresh(session) == 0


def test_removed_is_gone_and_told(session: Session, paying: Paying) -> None:
    sam = paying.payee()
    bank.remove(session, sam)

    (one,) = versions(session)
    assert (one.sealed, bank.current(session, sam.person_id)) == (None, None)
    assert known_keys(session, [f"claims:bank:{one.id}:gone"])
    assert not bank.remove(session, sam)
    assert not bank.say_right(session, sam)


def test_details_that_hold_are_sealed_by_the_schema(session: Session, paying: Paying) -> None:
    paying.payee()
    session.commit()
    for change in ({"sealed": None}, {"version": 0}):
        with pytest.raises(DBAPIError):
            session.execute(sa.update(BankDetail).values(**change))
        session.rollback()


def test_numbers_that_do_not_fit_are_refused_once_the_table_is_there(
    session: Session, paying: Paying
) -> None:
    sam = paying.payee(details=False)
    assert not modulus.loaded(session)
    bank.give(session, sam, account(66374959))
    assert modulus.load(session, TABLE) == 4
    refused(Why.MODULUS, bank.give, session, sam, account(66374950))
    bank.give(session, sam, account(66374958))

    assert modulus.load(session, TABLE) == 4
    assert modulus.loaded(session)


def waits(session: Session, payer: Actor) -> list[Why | None]:
    return [one.wait for one in candidates(session, payer.person_id)]


def test_changed_details_hold_a_payment_until_their_person_says_yes(
    session: Session, paying: Paying
) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    claim = paying.owed(sam)
    assert waits(session, payer) == [None]
    held = paying.gives(sam)
    assert waits(session, payer) == [Why.UNCONFIRMED]
    refused(Why.UNCONFIRMED, batching.put_in, session, payer, {key(claim)})
    link = bank.link_key(session, held.uid)
    with pytest.raises(GoneError):
        bank.answer_link(session, Actor(), held.uid, link[:-1] + "x", yes=True)
    bank.answer_link(session, Actor(), held.uid, link, yes=True)

    assert waits(session, payer) == [None]


def test_a_no_takes_the_details_away(session: Session, paying: Paying) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    paying.owed(sam)
    held = paying.gives(sam)
    link = bank.link_key(session, held.uid)
    bank.answer_link(session, Actor(), held.uid, link, yes=False)

    assert waits(session, payer) == [Why.NO_DETAILS]
    refused(Why.NO_DETAILS, bank.answer_link, session, Actor(), held.uid, link, yes=True)


def test_a_call_takes_two_people(session: Session, paying: Paying) -> None:
    sam, caller, payer = paying.payee(), paying.person("Caller"), paying.person("Payer")
    claim = paying.owed(sam)
    held = paying.gives(sam)
    with pytest.raises(GoneError):
        bank.answer_call(session, sam, held.uid, yes=True)
    bank.answer_call(session, caller, held.uid, yes=True)

    refused(Why.AGAIN, batching.put_in, session, payer, {key(claim)})
    again.approve(session, paying.person("Approver"), key(claim), claim.version, 500)
    refused(Why.CALLED, batching.put_in, session, caller, {key(claim)})
    assert batching.put_in(session, payer, {key(claim)}).count == 1


def test_a_payment_that_came_back_waits_for_a_second_look(session: Session, paying: Paying) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    made = paying.exported(payer, paying.owed(sam))
    (one,) = paying.payments(made)
    outcomes.answer(session, payer, made.id, {one.id: CameBack.CLOSED})
    assert waits(session, payer) == [Why.CAME_BACK]
    assert bank.asked_again(session, sam.person_id)
    bank.say_right(session, sam)

    assert waits(session, payer) == [None]
    assert not bank.asked_again(session, sam.person_id)


def test_a_file_that_never_went_there_asks_nobody_to_look(session: Session, paying: Paying) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    made = paying.exported(payer, paying.owed(sam))
    (one,) = paying.payments(made)
    outcomes.answer(session, payer, made.id, {one.id: CameBack.FILE})

    assert waits(session, payer) == [None]


def test_each_look_is_on_record_for_its_person(session: Session, paying: Paying) -> None:
    sam, ash, payer = paying.payee(), paying.payee(), paying.person("Payer")
    made = paying.batch(payer, paying.owed(sam))
    (one,) = paying.payments(made)
    assert bank.show(session, payer, one) == account(1)

    assert [look.by_id for look in seen(session, sam.person_id or 0)] == [payer.person_id]
    assert seen(session, ash.person_id or 0) == []
    bank.note_name_check(session, payer, one.detail_id or 0, NameCheck.CLOSE)
    assert versions(session)[0].name_check is NameCheck.CLOSE


def test_what_people_are_told_holds_no_digit(app: Any, session: Session, paying: Paying) -> None:
    sam = paying.payee(details=False)
    first = paying.gives(sam, account(66374958))
    given, changed, removed = kinds()
    to = Recipient(sam.person_id or 0, "Sam", "en")
    with app.test_request_context():
        before: About = {"detail": first.id, "uid": first.uid}
        said = [given.compose(session, to, before)]
        second = paying.gives(sam, account(88837491))
        about: About = {"detail": second.id, "uid": second.uid}
        said += [changed.compose(session, to, about), removed.compose(session, to, about)]
        assert changed.answer is not None
        assert second.uid in changed.answer(about)
        text = str(said)
        assert None not in said
        assert bank.link_key(session, second.uid) in text
        assert changed.compose(session, Recipient(0, "Ash", "en"), about) is None
        bank.answer_link(session, sam, second.uid, bank.link_key(session, second.uid), yes=True)
        assert changed.compose(session, to, about) is None

    for digits in ("66374958", "4958", "88837491", "7491", "089999"):
        assert digits not in text


# Pages


def test_given_on_a_page_once(session: Session, sign_in: SignIn) -> None:
    client = sign_in()
    form = {**FORM, "form_key": "a" * 32}
    for _ in range(3):
        assert client.post("/claims/bank/change", data=form).status_code == 303

    (one,) = versions(session)
    assert one.last_four == "4958"
    session.commit()
    page = client.get("/claims/bank").text
    assert "ends in 4958" in page
    assert "66374958" not in page
    assert client.post("/claims/bank/remove", data={}).status_code == 303
    assert "We have no bank details of yours" in client.get("/claims/bank").text


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("sort_code", "12-34", "Write 6 digits"),
        ("account_number", "12x45678", "Write 8 digits"),
        ("account_number", "", "Write the account number"),
        ("name", "", "Write the name"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    session: Session, sign_in: SignIn, name: str, typed: str, said: str
) -> None:
    answer = sign_in().post("/claims/bank/change", data={**FORM, name: typed})

    assert answer.status_code == 422
    assert said in answer.text
    assert all(text in answer.text for text in {**FORM, name: typed}.values())
    assert versions(session) == []


def test_a_link_is_answered_by_whoever_has_it(app: Any, session: Session, paying: Paying) -> None:
    sam = paying.payee()
    held = paying.gives(sam)
    address = f"/claims/bank/confirm/{held.uid}/{bank.link_key(session, held.uid)}"
    session.commit()
    client = app.test_client()
    assert "Did you change" in client.get(address).text
    assert client.get(f"{address}x").status_code == 404
    assert client.post(address, data={}).status_code == 422
    assert client.post(address, data={"answer": "yes"}).status_code == 303

    assert "Thank you" in client.get(address).text


def test_a_call_is_noted_on_its_page(session: Session, paying: Paying, sign_in: SignIn) -> None:
    caller = sign_in("coordinator")
    sam = paying.payee()
    held = paying.gives(sam)
    own = paying.gives(Actor(caller.person_id))  # type: ignore[attr-defined]
    uid, own_uid, last_four = held.uid, own.uid, held.last_four
    session.commit()
    assert caller.get(f"/claims/desk/bank/{own_uid}").status_code == 404
    assert last_four in caller.get(f"/claims/desk/bank/{uid}").text
    assert caller.post(f"/claims/desk/bank/{uid}", data={"answer": "yes"}).status_code == 303

    session.expire_all()
    row = session.scalars(sa.select(BankDetail).where(BankDetail.uid == uid)).one()
    assert row.confirmed_by_id == caller.person_id  # type: ignore[attr-defined]
    assert session.scalar(sa.select(sa.func.count(Payment.id))) == 0
