"""Batches, their file, what comes back, cash, and the books, on both databases."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plugins.claims.bankfiles.values import Account, Columns, Field, FileKind, Payer
from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import (
    Batch,
    BatchState,
    CameBack,
    EntryRow,
    LeftOut,
    Payment,
    Signature,
    State,
)
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.postings import About
from plugins.claims.queries import paying as reads
from plugins.claims.queries import to_pay
from plugins.claims.queries.books import verify
from plugins.claims.queries.owing import owing
from plugins.claims.services import bank, batching, cash, exporting, looking, outcomes, writing
from plugins.claims.services.books import post
from plugins.claims.services.layout import save
from plugins.claims.services.store import lines_of
from plugins.claims.tests.making import less, taxi
from plugins.claims.tests.making_paying import Paying, account, key
from portal.messages.api import known_keys
from portal.plugin_api import Actor

CLOSED = CameBack.CLOSED


@pytest.fixture
def paying(session: Session) -> Paying:
    return Paying(session)


@pytest.fixture
def payer(paying: Paying) -> Actor:
    return paying.person("Payer")


def why(error: pytest.ExceptionInfo[RefusedError]) -> Why:
    return error.value.why


def balance(session: Session) -> int:
    """Pence owed in all, by the books, which are in order."""
    found = verify(session)
    assert found.in_order, found
    return found.owed


def test_example_9_to_the_penny(session: Session, paying: Paying, payer: Actor) -> None:
    """12 payments, £913.40; £68.75 comes back → £844.65 settled, and its person looks at their details."""
    sums = [68_75, *[76_78] * 10, 76_85]
    assert (len(sums), sum(sums)) == (12, 913_40)
    payees = [paying.payee() for _ in sums]
    claims = [paying.owed(who, pence) for who, pence in zip(payees, sums, strict=True)]
    made = paying.batch(payer, *claims)
    first, second = (exporting.export(session, payer, made.id) for _ in range(2))

    assert (first.id, first.payments, first.total) == (second.id, 12, 913_40)
    assert balance(session) == 0
    back, *_rest = paying.payments(made)
    outcomes.answer(session, payer, made.id, {back.id: CLOSED})
    shown = looking.show(session, made, payer.person_id)
    assert (shown.of(Outcome.SETTLED), shown.of(Outcome.FAILED)) == (844_65, 68_75)
    assert made.state is BatchState.PART_FAILED
    assert paying.state(claims[0]) is State.FAILED
    assert {paying.state(one) for one in claims[1:]} == {State.SETTLED}
    assert balance(session) == 68_75
    assert known_keys(session, [f"claims:{claims[0].id}:came_back:1"])
    with pytest.raises(RefusedError) as error:
        batching.put_in(session, payer, {key(claims[0])})
    assert why(error) is Why.CAME_BACK
    bank.say_right(session, payees[0])
    again = paying.exported(payer, claims[0])
    (second_try,) = paying.payments(again)
    assert (second_try.attempt, second_try.pence) == (2, 68_75)
    outcomes.answer(session, payer, again.id, {})
    assert again.state is BatchState.CONFIRMED
    assert paying.state(claims[0]) is State.SETTLED
    assert balance(session) == 0


def test_the_file_is_the_same_bytes_each_time(
    session: Session, paying: Paying, payer: Actor
) -> None:
    made = paying.exported(payer, paying.owed(paying.payee(), 68_75))
    texts = {exporting.download(session, payer, made.id) for _ in range(3)}
    (text,) = texts
    found = exporting.export_of(session, made.id)
    assert found is not None
    assert found.sha256 == hashlib.sha256(text.encode()).hexdigest()
    _head, (name, code, number, amount, reference, _day) = csv.reader(io.StringIO(text))
    assert (name, code, number, amount) == ("S Person", "089999", "00000001", "68.75")
    assert reference == paying.payments(made)[0].ref.upper()


def test_a_bacs_file_needs_the_colleges_own_account(
    session: Session, paying: Paying, payer: Actor
) -> None:
    made = paying.batch(payer, paying.owed(paying.payee()))
    usual = Columns(((Field.NAME, "Name"),))
    save(session, payer, FileKind.STANDARD_18, usual, None)
    with pytest.raises(RefusedError) as error:
        exporting.export(session, payer, made.id)
    assert why(error) is Why.LAYOUT
    own = Payer(Account("202959", "63748472", "A COLLEGE"), "123456")
    save(session, payer, FileKind.STANDARD_18, usual, own)
    assert exporting.export(session, payer, made.id).kind is FileKind.STANDARD_18
    assert exporting.download(session, payer, made.id).startswith("VOL1")


def test_one_batch_is_open_at_a_time(session: Session, paying: Paying, payer: Actor) -> None:
    refs = {
        batching.put_in(session, payer, {key(paying.owed(paying.payee()))}).ref for _ in range(3)
    }
    assert len(refs) == 1
    session.commit()
    row = session.scalars(sa.select(Batch)).one()
    with pytest.raises(DBAPIError):
        session.execute(
            sa.insert(Batch).values(ref="other", state=BatchState.OPEN, made_at=row.made_at)
        )
    session.rollback()


def test_what_is_in_a_batch_is_not_put_in_again(
    session: Session, paying: Paying, payer: Actor
) -> None:
    claim = paying.owed(paying.payee())
    batching.put_in(session, payer, {key(claim)})
    with pytest.raises(RefusedError):
        batching.put_in(session, payer, {key(claim)})
    (one,) = session.scalars(sa.select(Payment)).all()
    session.commit()
    with pytest.raises(DBAPIError):
        session.execute(
            sa.insert(Payment).values(
                ref="other",
                way=one.way,
                batch_id=one.batch_id,
                what=one.what,
                what_id=one.what_id,
                pence=1,
                attempt=1,
                version=1,
                made_at=one.made_at,
            )
        )
    session.rollback()


def test_all_that_is_ready_goes_in_and_the_rest_is_said(
    session: Session, paying: Paying, payer: Actor
) -> None:
    good, bare, own = paying.payee(), paying.payee(details=False), payer
    paying.gives(own)
    claims = [paying.owed(who) for who in (good, bare, own)]
    done = batching.put_in(session, payer)

    assert done.count == 1
    assert {one.what_id: reason for one, reason in done.left} == {
        claims[1].id: Why.NO_DETAILS,
        claims[2].id: Why.OWN_MONEY,
    }


def test_left_out_waits_as_before_with_a_reason(
    session: Session, paying: Paying, payer: Actor
) -> None:
    sam = paying.payee()
    claim, other = paying.owed(sam), paying.owed(paying.payee())
    made = paying.batch(payer, claim, other)
    batching.leave_out(session, payer, paying.payments(made)[0].id, "It goes next week")

    assert paying.state(claim) is State.DECIDED
    assert session.scalars(sa.select(LeftOut.reason)).all() == ["It goes next week"]
    assert reads.last_payment(session, What.CLAIM, claim.id, sam.person_id).left_out
    exporting.export(session, payer, made.id)
    with pytest.raises(RefusedError) as error:
        batching.leave_out(session, payer, paying.payments(made)[0].id, "Too late")
    assert why(error) is Why.MOVED


def test_given_up_before_its_file_is_made(session: Session, paying: Paying, payer: Actor) -> None:
    claim = paying.owed(paying.payee())
    made = paying.batch(payer, claim)
    batching.abandon(session, payer, made.id)

    assert (made.state, paying.state(claim)) == (BatchState.ABANDONED, State.DECIDED)
    assert balance(session) == 500
    later = paying.exported(payer, claim)
    assert paying.payments(later)[0].attempt == 1
    with pytest.raises(RefusedError):
        batching.abandon(session, payer, later.id)


def test_nothing_that_is_not_locked_is_exported(
    session: Session, paying: Paying, payer: Actor
) -> None:
    claim = paying.owed(paying.payee())
    batching.put_in(session, payer, {key(claim)})
    made = session.scalars(sa.select(Batch)).one()
    with pytest.raises(RefusedError) as error:
        exporting.export(session, payer, made.id)
    assert why(error) is Why.MOVED
    with pytest.raises(GoneError):
        exporting.export(session, payer, made.id + 1)


def test_sum_payee_or_details_that_changed_hold_the_file(
    session: Session, paying: Paying, payer: Actor
) -> None:
    sam = paying.payee()
    claim = paying.owed(sam)
    made = paying.batch(payer, claim)
    (one,) = paying.payments(made)
    for name, changed, reason in (
        ("version", claim.version + 1, Why.CHANGED),
        ("person_id", paying.payee().person_id, Why.CHANGED),
    ):
        before = getattr(claim, name)
        setattr(claim, name, changed)
        session.flush()
        with pytest.raises(RefusedError) as error:
            exporting.export(session, payer, made.id)
        assert (why(error), error.value.line_id) == (reason, one.id)
        setattr(claim, name, before)
        session.flush()
    held = paying.gives(sam)
    with pytest.raises(RefusedError) as error:
        exporting.export(session, payer, made.id)
    assert (why(error), error.value.line_id) == (Why.UNCONFIRMED, one.id)
    bank.answer_link(session, sam, held.uid, bank.link_key(session, held.uid), yes=True)
    with pytest.raises(RefusedError) as error:
        exporting.export(session, payer, made.id)
    assert why(error) is Why.CHANGED, "it was put in with the account of before"


def test_one_that_comes_back_later_is_written_down_then(
    session: Session, paying: Paying, payer: Actor
) -> None:
    claims = [paying.owed(paying.payee()) for _ in range(2)]
    made = paying.exported(payer, *claims)
    outcomes.answer(session, payer, made.id, {})
    first, second = paying.payments(made)
    for _ in range(2):
        outcomes.answer(session, payer, made.id, {second.id: CameBack.NUMBERS})

    assert (first.outcome, second.outcome) == (Outcome.SETTLED, Outcome.FAILED)
    assert made.state is BatchState.PART_FAILED
    assert balance(session) == 500
    with pytest.raises(GoneError):
        outcomes.answer(session, payer, made.id, {0: CLOSED})


def test_nobody_says_of_their_own_money_that_it_came_back(
    session: Session, paying: Paying, payer: Actor
) -> None:
    sam = paying.payee()
    made = paying.exported(payer, paying.owed(sam))
    with pytest.raises(RefusedError) as error:
        outcomes.answer(session, sam, made.id, {paying.payments(made)[0].id: CLOSED})
    assert why(error) is Why.OWN_MONEY


# After it is paid


def test_what_an_appeal_adds_is_paid_as_the_rest(
    session: Session, paying: Paying, payer: Actor
) -> None:
    sam = paying.payee()
    claim = paying.decided(sam, taxi(500), said=less(300))
    outcomes.answer(session, payer, paying.exported(payer, claim).id, {})
    writing.appeal(session, sam, claim.id, "All of it")
    assert looking.candidates(session, payer.person_id) == []
    assert paying.decide(paying.person("Another"), claim, less(450))

    assert (claim.state, owing(session, [claim.id])) == (State.DECIDED, {claim.id: 150})
    made = paying.exported(payer, claim)
    assert [(one.attempt, one.pence) for one in paying.payments(made)] == [(2, 150)]
    assert balance(session) == 0


def test_an_appeal_that_changes_nothing_leaves_it_paid(
    session: Session, paying: Paying, payer: Actor
) -> None:
    sam = paying.payee()
    claim = paying.decided(sam, taxi(500), said=less(300))
    outcomes.answer(session, payer, paying.exported(payer, claim).id, {})
    writing.appeal(session, sam, claim.id, "All of it")
    assert paying.decide(paying.person("Another"), claim, less(300))

    assert claim.state is State.SETTLED
    assert balance(session) == 0


def test_taking_an_appeal_back_takes_no_money_back(
    session: Session, paying: Paying, payer: Actor
) -> None:
    sam = paying.payee()
    claim = paying.decided(sam, taxi(500), taxi(200), said=less(100))
    outcomes.answer(session, payer, paying.exported(payer, claim).id, {})
    writing.appeal(session, sam, claim.id, "All of it")
    writing.withdraw(session, sam, claim.id)

    assert claim.state is State.SETTLED
    assert balance(session) == 0


def test_what_is_on_its_way_cannot_be_withdrawn(
    session: Session, paying: Paying, payer: Actor
) -> None:
    sam = paying.payee()
    claim = paying.owed(sam)
    paying.batch(payer, claim)
    with pytest.raises(RefusedError) as error:
        writing.withdraw(session, sam, claim.id)
    assert why(error) is Why.STATE


# Cash


def test_cash_takes_two_signatures(session: Session, paying: Paying, payer: Actor) -> None:
    sam, second = paying.payee(details=False), paying.person("Second")
    claim = paying.owed(sam)
    cash.begin(session, payer, key(claim))
    assert paying.state(claim) is State.BATCHED
    (waits,), _last = to_pay.cash(session, payer.person_id or 0)
    assert (waits.pence, waits.mine) == (500, True)
    with pytest.raises(RefusedError) as error:
        cash.sign(session, payer, waits.id)
    assert why(error) is Why.SIGNED
    with pytest.raises(RefusedError) as error:
        cash.sign(session, sam, waits.id)
    assert why(error) is Why.OWN_MONEY
    assert balance(session) == 500
    cash.sign(session, second, waits.id)

    assert paying.state(claim) is State.SETTLED
    assert balance(session) == 0
    with pytest.raises(GoneError):
        cash.sign(session, second, waits.id)


def test_cash_that_is_not_handed_over_waits_as_before(
    session: Session, paying: Paying, payer: Actor
) -> None:
    claim = paying.owed(paying.payee(details=False))
    cash.begin(session, payer, key(claim))
    cash.stop(session, payer, to_pay.cash(session, 0)[0][0].id)

    assert paying.state(claim) is State.DECIDED
    assert session.scalars(sa.select(Signature)).all() == []


def test_whoever_has_an_account_is_paid_there(
    session: Session, paying: Paying, payer: Actor
) -> None:
    claim = paying.owed(paying.payee())
    with pytest.raises(RefusedError) as error:
        cash.begin(session, payer, key(claim))
    assert why(error) is Why.HAS_DETAILS
    with pytest.raises(GoneError):
        cash.begin(session, payer, (What.CLAIM, 0))


# The books


def test_the_books_are_compared_with_every_payment(
    session: Session, paying: Paying, payer: Actor
) -> None:
    claim = paying.owed(paying.payee())
    made = paying.exported(payer, claim)
    (one,) = paying.payments(made)
    session.execute(sa.update(Payment).values(pence=400))
    assert verify(session).payments == ((one.id, 400, 500),)
    session.execute(sa.update(Payment).values(pence=500))
    assert verify(session).in_order
    post(session, lines_of(session, claim.id)[0].id, "by hand", -100)
    assert verify(session).overpaid == ((claim.id, 400, 500),)


def test_one_payment_leaves_once(session: Session, paying: Paying, payer: Actor) -> None:
    made = paying.exported(payer, paying.owed(paying.payee()))
    about = sa.select(EntryRow.key).where(EntryRow.about == About.PAYMENT)
    assert session.scalars(about).all() == [f"payment:{paying.payments(made)[0].id}:sent"]


def test_many_cost_as_few_questions_as_one(session: Session, paying: Paying, payer: Actor) -> None:
    asked: list[str] = []

    def note(*arguments: Any) -> None:
        asked.append(arguments[2])

    counts = []
    for _ in range(2):
        paying.owed(paying.payee())
        asked.clear()
        sa.event.listen(session.get_bind(), "before_cursor_execute", note)
        looking.candidates(session, payer.person_id)
        sa.event.remove(session.get_bind(), "before_cursor_execute", note)
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 16


def test_an_account_that_two_share_bars_the_one_from_paying_the_other(
    session: Session, paying: Paying, payer: Actor
) -> None:
    sam = paying.payee(details=False)
    paying.gives(sam, account(900))
    paying.gives(payer, account(900))
    claim = paying.owed(sam)
    paying.gives(payer, account(901))  # their account of before still counts
    with pytest.raises(RefusedError) as error:
        batching.put_in(session, payer, {key(claim)})
    assert why(error) is Why.PART_IN_IT
