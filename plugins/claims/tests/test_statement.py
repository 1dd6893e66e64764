"""The statement of a tax year: its sums are those of the books, on the page, on paper and in the table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from plugins.claims.models import CameBack, EntryRow, Move, Payment, Proof, Way
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.paid_for import Booked, paid_for
from plugins.claims.money.paid_for import Step as Book
from plugins.claims.money.postings import About
from plugins.claims.money.rates import tax_year
from plugins.claims.money.recognition import Taken
from plugins.claims.promises import ZONE
from plugins.claims.queries.adjusting import waiting
from plugins.claims.queries.glance import glance
from plugins.claims.queries.owing import OWED
from plugins.claims.queries.statement import PaidAs, Statement, statement
from plugins.claims.services import (
    adjusting,
    advances,
    beginning,
    by_hand,
    outcomes,
    support,
    writing,
)
from plugins.claims.services.answering import Answer
from plugins.claims.services.giving import hand_over
from plugins.claims.services.store import lines_of
from plugins.claims.services.topping_up import propose_top_ups
from plugins.claims.tests.making import YES, Claims, car, less, taxi
from plugins.claims.tests.making_offers import ALL, Offers, charity
from plugins.claims.tests.making_paying import Paying
from plugins.claims.tests.making_story import DAY, DEEP, Step, Story, stories
from plugins.claims.tests.test_advances import paid as paid_ahead
from plugins.claims.tests.test_money import cases
from plugins.claims.tests.test_money_together import ahead, pay
from portal.plugin_api import Actor, local_date
from portal.ui import paper

SignIn = Callable[..., FlaskClient]
YEAR = 2026
VOUCHER = Answer(Taken.NOTHING, wanted=frozenset({"voucher"}))


@pytest.fixture
def paying(session: Session) -> Paying:
    return Paying(session)


def actor_of(client: FlaskClient) -> Actor:
    return Actor(client.person_id)  # type: ignore[attr-defined]


def of(session: Session, who: Actor, year: int = YEAR) -> Statement:
    return statement(session, who.person_id or 0, year)


def rows(one: Statement) -> list[tuple[PaidAs, int, int]]:
    return [(row.kind, row.tenths, row.pence) for row in one.rows]


def left_by_year(session: Session, who: Actor) -> dict[int, int]:
    """Pence by tax year, from the books alone: what left, of payments that did not come back."""
    back = sa.select(EntryRow.about_id).where(
        EntryRow.about == About.PAYMENT, EntryRow.key.like("%:came_back")
    )
    found: dict[int, int] = {}
    for at, pence in session.execute(
        sa.select(EntryRow.at, -OWED)
        .join(Payment, Payment.id == EntryRow.about_id)
        .where(
            EntryRow.about == About.PAYMENT,
            Payment.person_id == who.person_id,
            EntryRow.about_id.not_in(back),
        )
    ):
        year = tax_year(local_date(at, ZONE))
        found[year] = found.get(year, 0) + pence
    return found


@pytest.mark.soak
@DEEP
@given(stories(), st.integers(0, 40))
def test_whatever_happens_each_year_is_what_the_books_say(
    session: Session, steps: list[Step], days: int
) -> None:
    try:
        with time_machine.travel(datetime(2026, 3, 3, 9, tzinfo=UTC), tick=False) as clock:
            story = Story(session)
            for step in steps:
                story.take([step])
                clock.shift(timedelta(days=days, minutes=1))
        left = left_by_year(session, story.sam)
        made = {year: of(session, story.sam, year) for year in range(2025, 2031)}
        assert {year: one.total for year, one in made.items() if one.rows} == left
        assert set(left) <= set(glance(session, story.sam.person_id or 0).years)
        by_payment: dict[int, int] = {}
        for one in made.values():
            assert sum(pence for _kind, _tenths, pence in one.totals) == one.total
            for row in one.rows:
                by_payment[row.payment.id] = by_payment.get(row.payment.id, 0) + row.pence
        stand = sa.select(Payment.id, Payment.pence).where(
            Payment.person_id == story.sam.person_id,
            Payment.outcome.in_((Outcome.SENT, Outcome.SETTLED)),
        )
        assert by_payment == {row.id: row.pence for row in session.execute(stand)}
    finally:
        session.rollback()


books = st.lists(
    st.builds(
        Book, st.sampled_from(Booked), st.integers(0, 20), st.integers(-500, 500).filter(bool)
    ),
    max_size=12,
)


@pytest.mark.soak
@cases
@given(books)
def test_whatever_the_books_say_the_parts_are_what_was_paid(steps: list[Book]) -> None:
    """Each payment has an entry of its own, and is of more than nothing."""
    once = [
        Book(step.booked, number, abs(step.pence)) if step.booked is Booked.PAID else step
        for number, step in enumerate(steps, 10)
    ]
    paid = {step.key: step.pence for step in once if step.booked is Booked.PAID}
    assert {key: sum(parts.values()) for key, parts in paid_for(once).items()} == paid


def test_miles_stand_apart_and_each_sum_is_what_was_paid(session: Session, paying: Paying) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    claim = paying.sent(sam, taxi(1_250, DAY), car(30, DAY), taxi(600, DAY))
    paying.decide(paying.person("Decider"), claim, YES, YES, less(200))
    outcomes.answer(session, payer, paying.exported(payer, claim).id, {})

    assert rows(of(session, sam)) == [(PaidAs.EXPENSES, 0, 1_450), (PaidAs.MILES, 300, 1_350)]
    assert of(session, sam).totals == [(PaidAs.EXPENSES, 0, 1_450), (PaidAs.MILES, 300, 1_350)]
    assert of(session, sam).total == 2_800
    assert glance(session, sam.person_id or 0).years == [YEAR]


def test_what_came_back_is_not_in_it_and_the_next_try_is(session: Session, paying: Paying) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    claim = paying.decided(sam, car(30, DAY))
    made = paying.exported(payer, claim)
    outcomes.answer(session, payer, made.id, {paying.payments(made)[0].id: CameBack.FILE})
    assert (rows(of(session, sam)), glance(session, sam.person_id or 0).years) == ([], [])
    outcomes.answer(session, payer, paying.exported(payer, claim).id, {})

    assert rows(of(session, sam)) == [(PaidAs.MILES, 300, 1_350)]


def test_what_was_put_right_later_is_in_the_later_payment(session: Session, paying: Paying) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    claim = paying.sent(sam, taxi(2_000, DAY), car(30, DAY))
    paying.decide(paying.person("Decider"), claim, less(1_200), YES)
    outcomes.answer(session, payer, paying.exported(payer, claim).id, {})
    line = lines_of(session, claim.id)[0]
    adjusting.propose(session, paying.person("One"), claim.id, line.id, 300, "It was for us")
    adjusting.approve(session, paying.person("Two"), {waiting(session)[0].id: 300})
    outcomes.answer(session, payer, paying.exported(payer, claim).id, {})

    assert rows(of(session, sam)) == [
        (PaidAs.EXPENSES, 0, 1_200),
        (PaidAs.MILES, 300, 1_350),
        (PaidAs.EXPENSES, 0, 300),
    ]


def test_a_top_up_is_for_miles_that_stand_there_already(session: Session, paying: Paying) -> None:
    """Example 2, paid: 120 miles at 45p = £54.00, then £12.00 more for the same miles."""
    sam, payer = paying.payee(), paying.person("Payer")
    with time_machine.travel(datetime(2026, 5, 8, 9, tzinfo=UTC), tick=False):
        claim = paying.decided(sam, car(120, datetime(2026, 4, 20, tzinfo=UTC).date()))
        outcomes.answer(session, payer, paying.exported(payer, claim).id, {})
    with time_machine.travel(datetime(2026, 6, 8, 9, tzinfo=UTC), tick=False):
        assert propose_top_ups(session) == 1
        (one,) = waiting(session)
        adjusting.approve(session, paying.person("Two"), {one.id: 1_200})
        outcomes.answer(session, payer, paying.exported(payer, claim).id, {})

    assert rows(of(session, sam)) == [(PaidAs.MILES, 1_200, 5_400), (PaidAs.MILES, 0, 1_200)]


def test_what_was_paid_ahead_covers_the_first_lines(session: Session, paying: Paying) -> None:
    """£86.20 ahead; a taxi of £80.00 and 30 miles (£13.50): £7.30 more is paid, for miles."""
    sam, payer = paying.payee(), paying.person("Payer")
    one = paid_ahead(paying, sam)
    claim = beginning.begin_against(session, sam, one.id)
    for category, day, amount in (taxi(8_000, DAY), car(30, DAY)):
        line = writing.add_line(session, sam, claim.id, category)
        writing.say_when(session, sam, claim.id, line, day)
        writing.say_how_much(session, sam, claim.id, line, amount)
        if lines_of(session, claim.id)[-1].tenths is None:
            writing.prove(session, sam, claim.id, line, Proof.LOST)
    paying.send(sam, claim)
    paying.decide(paying.person("Another"), claim, YES)
    outcomes.answer(session, payer, paying.exported(payer, claim).id, {})

    assert rows(of(session, sam)) == [(PaidAs.MILES, 300, 730)]


def test_what_is_no_expense_has_a_name_of_its_own(
    session: Session, paying: Paying, offers: Offers
) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    ahead_id = ahead(session, paying, sam, payer)
    advances.settle(session, payer, ahead_id, Move.RETURNED, 620, "k")
    _made, taken = offers.done(sam, ALL)
    pay(session, payer, (What.CHOICE, taken.id))
    _other, given = offers.done(sam, charity("The lifeboats"), voucher=1_000)
    by_hand.note_paid(session, payer, given.id, given.version)
    _third, with_voucher = offers.done(sam, VOUCHER, voucher=1_500)
    hand_over(session, payer, with_voucher.id)
    one = of(session, sam)

    assert [(kind, pence) for kind, _tenths, pence in one.totals] == [
        (PaidAs.RECOGNITION, 6_875),
        (PaidAs.AHEAD, 8_620),
        (PaidAs.CHARITY, 6_875),
    ]
    assert [row.payment.way for row in one.rows] == [Way.BANK, Way.BANK, Way.HAND]
    assert (one.back, [other.pence for other in one.vouchers]) == (620, [1_500])


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        (datetime(2026, 4, 5, 22, 59, tzinfo=UTC), 2025),
        (datetime(2026, 4, 5, 23, 1, tzinfo=UTC), 2026),
        (datetime(2026, 4, 6, 9, tzinfo=UTC), 2026),
    ],
)
def test_a_year_begins_at_midnight_where_the_college_is(
    session: Session, paying: Paying, moment: datetime, year: int
) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    with time_machine.travel(moment, tick=False):
        paying.exported(payer, paying.decided(sam, taxi(500, DAY)))

    assert {each: of(session, sam, each).total for each in (2024, 2025, 2026)} == {
        **dict.fromkeys((2024, 2025, 2026), 0),
        year: 500,
    }
    assert glance(session, sam.person_id or 0).years == [year]


def arrived(session: Session, paying: Paying, who: Actor, *what: str) -> None:
    payer = paying.person("Payer")
    for text in what:
        claim = paying.draft(who, taxi(1_234))
        writing.rename(session, who, claim.id, text)
        paying.send(who, claim)
        paying.decide(paying.person("Decider"), claim, YES)
        outcomes.answer(session, payer, paying.exported(payer, claim).id, {})
    session.commit()


def test_no_cell_is_a_formula(session: Session, paying: Paying, sign_in: SignIn) -> None:
    client = sign_in()
    paying.gives(actor_of(client))
    evil = ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", " =1", "＝1"]
    arrived(session, paying, actor_of(client), *evil)
    answer = client.get(f"/claims/statement/{YEAR}.csv")
    found = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
    bodies = [row for row in found if row and row[0].startswith("2026-")]

    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="statement-{YEAR}.csv"'
    assert [row[1].strip("'").strip() for row in bodies] == [text.strip() for text in evil]
    assert {row[1][0] for row in bodies} == {"'"}
    assert [row[5] for row in bodies] == ["12.34"] * len(evil)
    assert found[-1] == ["Paid in all", "", "", "", "", "74.04"]
    assert answer.data.startswith("\ufeff".encode())


def test_the_page_the_paper_and_the_table_say_the_same(
    session: Session, paying: Paying, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in()
    paying.gives(actor_of(client))
    arrived(session, paying, actor_of(client), "Co-design", "#read(1)")
    place = f"/claims/statement/{YEAR}"
    assert place in client.get("/claims/").text
    page = client.get(place).text
    assert page.count("£12.34") == 2
    assert page.count("£24.68") == 2, "expenses, and in all"
    assert "Harbour Recovery College" in page
    assert "Monday 6 April 2026 to Monday 5 April 2027" in page
    file = client.get(f"{place}.pdf")
    assert file.mimetype == "application/pdf"
    for mark in (b"pdfuaid:part>1<", b"/Marked true", b"/StructTreeRoot", b"/Lang(en)"):
        assert mark in file.data
    for one in (page, file, client.get(f"{place}.csv")):
        headers = getattr(one, "headers", {"Cache-Control": "no-store"})
        assert "no-store" in headers["Cache-Control"]

    monkeypatch.setattr(paper, "can_typeset", lambda: False)
    answer = client.get(f"{place}.pdf", follow_redirects=True)
    assert answer.request.path == place
    assert "You can print this page instead" in answer.text


def test_it_is_ones_own_alone(session: Session, paying: Paying, sign_in: SignIn) -> None:
    client, kim, treasurer = sign_in(), sign_in(), sign_in("treasurer")
    me = actor_of(client)
    paying.gives(me)
    support.take_up(session, actor_of(kim), support.offer(session, me, paid=False))
    arrived(session, paying, me, "Meeting in York")
    for other in (kim, treasurer, sign_in("administrator")):
        for end in ("", ".pdf", ".csv"):
            answer = other.get(f"/claims/statement/{YEAR}{end}")
            assert answer.status_code == 200
            assert b"Meeting in York" not in answer.data
            assert b"12.34" not in answer.data
        assert f"/claims/statement/{YEAR}" not in other.get("/claims/").text
    for year in (0, 1999, 2199, 2**31 - 1):
        assert client.get(f"/claims/statement/{year}").status_code == 404


def test_as_many_questions_for_many_as_for_one(session: Session, paying: Paying) -> None:
    sam, payer = paying.payee(), paying.person("Payer")
    counts = []
    for many in (1, 5):
        for _ in range(many):
            claim = paying.decided(sam, taxi(500), car(3))
            outcomes.answer(session, payer, paying.exported(payer, claim).id, {})
        session.expire_all()
        counts.append(paying.asked(lambda: of(session, sam)))

    assert counts == [7, 7]


def test_an_example_of_claims_alone_has_no_books_to_fear(claims: Claims, session: Session) -> None:
    sam = claims.person()
    claims.sent(sam, taxi(500))

    assert (of(session, sam).rows, of(session, sam).totals, of(session, sam).total) == ((), [], 0)
