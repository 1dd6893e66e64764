"""What is kept of paying: given out, let go, erased, joined; and whether people enough are there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.checks import enough_people
from plugins.claims.models import (
    BankDetail,
    Batch,
    CameBack,
    Export,
    LeftOut,
    Payment,
    Signature,
    State,
)
from plugins.claims.money.separation import Bar
from plugins.claims.queries.books import verify
from plugins.claims.services import bank, batching, cash, outcomes
from plugins.claims.services.separating import why_not_decide
from plugins.claims.tests.making import taxi
from plugins.claims.tests.making_paying import Paying, account, key
from plugins.claims.tests.test_people import by_table, erase, merge
from portal.plugin_api import Veto, now

SignIn = Callable[..., FlaskClient]
LATER = timedelta(days=1)


@pytest.fixture
def paying(session: Session) -> Paying:
    return Paying(session)


def test_erasing_takes_out_what_has_not_left_and_keeps_sums(
    session: Session, paying: Paying
) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    gone = paying.owed(sam, 300)
    outcomes.answer(session, payer, paying.exported(payer, gone).id, {})
    waits = paying.owed(sam, 200)
    made = paying.batch(payer, waits, paying.owed(paying.payee()))
    batching.leave_out(session, payer, paying.payments(made)[1].id, "Later")
    erase(session, sam)

    assert [(one.person_id, one.pence) for one in session.scalars(sa.select(Payment))] == [
        (None, 300)
    ]
    assert paying.state(waits) is State.DECIDED
    assert session.scalars(sa.select(Export.sealed)).all() == [None]
    theirs = sa.select(BankDetail.id).where(BankDetail.person_id == sam.person_id)
    assert session.scalars(theirs).all() == []
    assert verify(session).in_order
    assert erase(session, sam) == 0


def test_a_file_that_is_with_the_bank_is_held(session: Session, paying: Paying) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    made = paying.exported(payer, paying.owed(sam))
    source = by_table("claims_payment")
    done = source.erase(session, sam.person_id or 0, source.on_erasure)
    assert (done.erased, done.held) == (1, 1)
    assert str(done.reason)
    (one,) = paying.payments(made)
    outcomes.answer(session, payer, made.id, {one.id: CameBack.CLOSED})
    files = by_table("claims_export").keeping[1]
    assert files.days == 60
    assert session.scalars(files.due(session, now() - LATER)).all() == []
    due = session.scalars(files.due(session, now() + LATER)).all()
    files.forget(session, due)
    session.expire_all()

    assert session.scalars(sa.select(Export.sealed)).all() == [None]
    assert session.scalars(files.due(session, now() + LATER)).all() == []
    assert verify(session).in_order


def test_erasing_who_paid_keeps_that_somebody_did(session: Session, paying: Paying) -> None:
    payer, second = paying.person("Payer"), paying.person("Second")
    paying.exported(payer, paying.owed(paying.payee()))
    cash.begin(session, payer, key(paying.owed(paying.payee(details=False))))
    sam = paying.payee()
    bank.answer_call(session, second, paying.gives(sam).uid, yes=True)
    erase(session, payer)
    erase(session, second)

    for column in (Batch.made_by_id, Export.made_by_id, Signature.person_id):
        assert session.scalars(sa.select(column)).all() == [None]
    noted = sa.select(BankDetail.confirmed_by_id).where(BankDetail.confirmed_by_id.is_not(None))
    assert session.scalars(noted).all() == []


def test_a_copy_holds_what_was_paid_and_no_account(session: Session, paying: Paying) -> None:
    sam, payer = paying.payee(details=False), paying.person("Payer")
    paying.gives(sam, account(66374958))
    made = paying.batch(payer, paying.owed(sam, 77_77), paying.owed(paying.payee(), 11))
    batching.leave_out(session, payer, paying.payments(made)[0].id, "It goes next week")
    again = paying.exported(payer, paying.owed(sam, 55_55))
    assert again.id != made.id
    rows = {
        table: str(by_table(table).export(session, sam.person_id or 0))
        for table in ("claims_payment", "claims_left_out", "claims_bank_detail")
    }

    assert "5555" in rows["claims_payment"]
    assert "'pence': 11" not in rows["claims_payment"]
    assert "It goes next week" in rows["claims_left_out"]
    assert "4958" in rows["claims_bank_detail"]
    assert "66374958" not in str(rows)
    for table in ("claims_batch", "claims_export"):
        assert len(by_table(table).export(session, payer.person_id or 0)) >= 1


def test_names_are_let_go_after_seven_years(session: Session, paying: Paying) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    made = paying.batch(payer, paying.owed(sam), paying.owed(paying.payee()))
    batching.leave_out(session, payer, paying.payments(made)[0].id, "Later")
    cash.begin(session, payer, key(paying.owed(paying.payee(details=False))))
    bank.remove(session, sam)
    for table in (
        "claims_payment",
        "claims_left_out",
        "claims_bank_detail",
        "claims_batch",
        "claims_signature",
    ):
        keeping = by_table(table).keeping[0]
        assert keeping.days == 2557
        assert session.scalars(keeping.due(session, now() - LATER)).all() == []
        due = session.scalars(keeping.due(session, now() + LATER)).all()
        assert due
        keeping.forget(session, due)
        assert session.scalars(keeping.due(session, now() + LATER)).all() == []
    session.expire_all()

    assert session.scalars(sa.select(LeftOut.reason)).all() == [""]


def test_two_records_with_details_become_one(session: Session, paying: Paying) -> None:
    kept, gone = paying.payee(), paying.payee()
    paying.gives(gone)
    paying.owed(gone)
    merge(session, kept, gone)

    rows = session.scalars(
        sa.select(BankDetail).where(BankDetail.person_id == kept.person_id).order_by(BankDetail.id)
    ).all()
    assert [one.version for one in rows] == [1, 2, 3]
    assert [one.ended_at is None for one in rows] == [True, False, False]
    merge(session, kept, gone)


def test_records_of_which_one_paid_the_other_do_not_become_one(
    session: Session, paying: Paying
) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    paying.exported(payer, paying.owed(sam))
    for kept, gone in ((sam, payer), (payer, sam)):
        with pytest.raises(Veto):
            merge(session, kept, gone)


def test_records_that_signed_for_the_same_cash_do_not_become_one(
    session: Session, paying: Paying
) -> None:
    first, second = paying.person("First"), paying.person("Second")
    cash.begin(session, first, key(paying.owed(paying.payee(details=False))))
    (payment_id,) = session.scalars(sa.select(Payment.id))
    cash.sign(session, second, payment_id)
    with pytest.raises(Veto):
        merge(session, first, second)


def test_too_few_people_are_said(session: Session, paying: Paying, sign_in: SignIn) -> None:
    assert enough_people(session).ok, "nobody has claimed anything"
    paying.draft(paying.person())
    session.commit()
    for role, ok in (
        ("treasurer", False),
        ("coordinator", False),
        ("coordinator", False),
        ("treasurer", True),
    ):
        sign_in(role)
        found = enough_people(session)
        session.commit()
        assert found.ok is ok, found.message


def test_whoever_shares_the_account_does_not_decide(session: Session, paying: Paying) -> None:
    sam, decider = paying.payee(details=False), paying.person("Decider")
    claim = paying.sent(sam, taxi(500))
    for who in (sam, decider):
        paying.gives(who, account(31))
    paying.gives(decider, account(32))

    assert why_not_decide(session, decider.person_id or 0, claim) is Bar.ACCOUNT
    assert why_not_decide(session, paying.person("Other").person_id or 0, claim) is None
