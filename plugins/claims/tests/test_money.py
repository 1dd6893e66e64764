"""What holds of money, whatever the numbers: 10,000 cases of each under `make soak`."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.claims.bankfiles import columns, standard18
from plugins.claims.bankfiles.values import Account as AccountOf
from plugins.claims.bankfiles.values import Columns, Field, Run, Transfer
from plugins.claims.money import advances, batches, postings, receipts
from plugins.claims.money.advances import Advance
from plugins.claims.money.batches import Outcome
from plugins.claims.money.deadlines import Pause, after_working_days, waited
from plugins.claims.money.deadlines import due as due_days
from plugins.claims.money.mileage import Vehicle, quote, top_up
from plugins.claims.money.postings import Account
from plugins.claims.money.rates import tax_year
from plugins.claims.money.receipts import Fit, Part
from plugins.claims.money.recognition import Taken, over_ceiling, settle, week_of, worth
from plugins.claims.money.years import Journey, due, taken_back
from plugins.claims.tests.facts import NOW, RATES
from plugins.claims.tests.test_bankfiles import COLLEGE
from portal.plugin_api import is_working_day

cases = settings(
    max_examples=10_000 if os.environ.get("SOAK") == "1" else 200, deadline=None, database=None
)
days = st.dates(date(2024, 1, 1), date(2026, 11, 1))
tenths = st.integers(0, 3_000)
far = st.integers(0, 120_000)
pence = st.integers(0, 100_000)
vehicles = st.sampled_from(Vehicle)
LIMIT, OVER = 100_000, 25  # tenths of a mile; pence a mile beyond


def formula(first: int, net: int) -> int:
    """Tenths of a penny for the net tenths of a mile of a year: written apart from the rules."""
    return first * min(net, LIMIT) + OVER * max(net - LIMIT, 0)


def first_rate(on: date) -> int:
    return 55 if on >= date(2026, 4, 6) else 45


@pytest.mark.soak
@cases
@given(days, tenths, far)
def test_a_line_is_the_difference_that_it_makes_to_the_year(
    on: date, distance: int, before: int
) -> None:
    rate = first_rate(on)
    exact = formula(rate, before + distance) - formula(rate, before)
    found = quote(RATES, Vehicle.CAR, on, distance, known=NOW, before=before)

    assert found.pence == (exact + 5) // 10
    assert sum(band.tenths for band in found.bands) == distance


@pytest.mark.soak
@cases
@given(days, st.lists(st.tuples(tenths, st.booleans()), max_size=12), far)
def test_a_year_follows_the_formula_also_after_reversals(
    on: date, journeys: list[tuple[int, bool]], start: int
) -> None:
    year, net = [], start
    begun = quote(RATES, Vehicle.CAR, on, start, known=NOW)
    if start:
        year.append(decided(0, on, start, begun.pence))
    for number, (distance, back) in enumerate(journeys, 1):
        if not distance:
            continue
        made = quote(RATES, Vehicle.CAR, on, distance, known=NOW, before=net)
        year.append(decided(number, on, distance, made.pence))
        net += distance
        if back:
            gone = taken_back(RATES, year, number, NOW)
            year[-1] = replace(year[-1], back=True, stands=made.pence + gone)
            net -= distance
    paid = sum(one.stands for one in year)

    # Each line is rounded once, so all of them are at most half a penny each from the formula.
    assert abs(10 * paid - formula(first_rate(on), net)) <= 5 * sum(not one.back for one in year)
    assert due(RATES, year, NOW) == []


def decided(number: int, on: date, distance: int, pence: int) -> Journey:
    return Journey(number, Vehicle.CAR, on, distance, NOW, pence, pence, pence)


@pytest.mark.soak
@cases
@given(vehicles, days, st.integers(1, 3_000), far)
def test_taking_back_the_last_line_gives_all_of_it(
    vehicle: Vehicle, on: date, distance: int, before: int
) -> None:
    worth = [
        quote(RATES, vehicle, on, length, known=NOW, before=start).pence
        for length, start in ((before, 0), (distance, before))
    ]
    year = [
        Journey(number, vehicle, on, length, NOW, pence, pence, pence)
        for number, length, pence in zip((1, 2), (before, distance), worth, strict=True)
        if length
    ]

    assert taken_back(RATES, year, 2, NOW) == -worth[1]


@pytest.mark.soak
@cases
@given(days, tenths, far, days, days)
def test_top_ups_are_proposed_once_and_come_to_the_rate_known(
    on: date, distance: int, before: int, first: date, second: date
) -> None:
    made = quote(RATES, Vehicle.CAR, on, distance, known=first, before=before)
    more = top_up(RATES, made, known=second)

    assert more >= 0
    assert top_up(RATES, made, known=second, given=more) == 0
    if second >= first:
        now = quote(RATES, Vehicle.CAR, on, distance, known=second, before=before)
        assert made.pence + more == now.pence


@pytest.mark.soak
@cases
@given(st.integers(1, 100_000), st.sampled_from(Taken), st.integers(1, 100_000))
def test_an_answer_to_recognition_loses_no_penny(offered: int, taken: Taken, part: int) -> None:
    if taken is Taken.LESS and part >= offered:
        with pytest.raises(ValueError, match="less"):
            settle(offered, taken, part)
        return
    found = settle(offered, taken, part)

    assert found.payable + found.to_charity + found.back == offered
    assert min(found.payable, found.to_charity, found.back) >= 0


@pytest.mark.soak
@cases
@given(pence, st.lists(st.tuples(st.sampled_from(["claim", "back", "off"]), pence), max_size=8))
def test_an_advance_is_always_accounted_for(paid: int, steps: list[tuple[str, int]]) -> None:
    one, spent, paid_out = Advance(paid), 0, 0
    for step, much in steps:
        if step == "claim":
            one, more = advances.claim(one, much)
            spent, paid_out = spent + much, paid_out + more
        elif much <= one.open:
            one = (advances.give_back if step == "back" else advances.write_off)(one, much)
        else:
            with pytest.raises(ValueError, match="open"):
                advances.give_back(one, much)

        assert one.paid == one.claimed + one.returned + one.written_off + one.open
        assert one.open >= 0
        assert one.claimed + paid_out == spent


@pytest.mark.soak
@cases
@given(st.integers(1, 50_000), st.lists(st.tuples(st.integers(1, 4), st.integers(1, 30_000))))
def test_parts_of_a_receipt_never_exceed_it(total: int, asked: list[tuple[int, int]]) -> None:
    taken: list[Part] = []
    for person, much in asked:
        new = Part(person, much)
        found = receipts.fit(total, taken, new)
        left = total - sum(part.pence for part in taken)
        assert (found is Fit.TOO_MUCH) == (much > left)
        if found is not Fit.TOO_MUCH:
            assert (found is Fit.SHARED) == any(part.person_id != person for part in taken)
            taken.append(new)

    assert sum(part.pence for part in taken) <= total


@pytest.mark.soak
@cases
@given(st.lists(st.integers(-100_000, 100_000)))
def test_the_books_add_up_and_owe_what_was_allowed(amounts: list[int]) -> None:
    entries = [entry for much in amounts if (entry := postings.allow(much)) is not None]
    found = postings.balance(entries)

    assert sum(found.values()) == 0
    assert found[Account.COST] == -found[Account.OWED] == sum(amounts)
    assert not found[Account.PAID]
    assert all(entry.pence > 0 for entry in entries)


@pytest.mark.soak
@cases
@given(days, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 15)), max_size=3))
def test_the_clock_ends_on_working_days_and_only_waiting_moves_it(
    sent: date, waits: list[tuple[int, int]]
) -> None:
    pauses = [
        Pause(sent + timedelta(days=start), sent + timedelta(days=start + length))
        for start, length in waits
    ]
    today = sent + timedelta(days=100)
    found = due_days(sent, today, pauses)
    more = waited(pauses, today)

    assert is_working_day(found.decided)
    assert is_working_day(found.paid)
    assert found.paid == after_working_days(found.decided, 5)
    assert found.decided == after_working_days(sent, 5 + more)
    assert (
        sum(
            is_working_day(sent + timedelta(days=n + 1)) for n in range((found.decided - sent).days)
        )
        == 5 + more
    )


@pytest.mark.soak
@cases
@given(days)
def test_a_tax_year_is_a_year_long(on: date) -> None:
    begins = date(tax_year(on), 4, 6)

    assert begins <= on < date(tax_year(on) + 1, 4, 6)


@pytest.mark.soak
@cases
@given(st.integers(1, 10_000), st.integers(0, 50_000))
def test_time_is_worth_its_hours_rounded_once(minutes: int, an_hour: int) -> None:
    assert -30 < minutes * an_hour - worth(minutes, an_hour) * 60 < 30 or (
        worth(minutes, an_hour) * 60 - minutes * an_hour == 30
    )


@pytest.mark.soak
@cases
@given(st.none() | pence, st.lists(st.tuples(days, pence), max_size=6), days, pence)
def test_only_a_week_above_the_ceiling_warns(
    ceiling: int | None, accepted: list[tuple[date, int]], on: date, offered: int
) -> None:
    week = [much for day, much in accepted if 0 <= (day - week_of(on)).days < 7]
    total = offered + sum(week)

    found = over_ceiling(ceiling, accepted, on, offered)
    assert found == (total if ceiling is not None and total > ceiling else None)


@pytest.mark.soak
@cases
@given(st.lists(st.tuples(st.integers(1, 100_000), st.booleans()), min_size=1, max_size=20))
def test_a_batch_is_what_arrived_and_what_came_back(each: list[tuple[int, bool]]) -> None:
    """No penny of a batch is lost or doubled, in its payments or in the books, however much comes back."""
    made = [batches.Payment(number, one) for number, (one, _back) in enumerate(each)]
    back = frozenset(number for number, (_one, came) in enumerate(each) if came)
    done = batches.answered(made, back)
    failed = [one for one in done if one.outcome is Outcome.FAILED]
    sent, arrived, lost = (
        batches.total(some, outcome)
        for some, outcome in (
            (made, Outcome.SENT),
            (done, Outcome.SETTLED),
            (done, Outcome.FAILED),
        )
    )
    books = [postings.move(one.pence, Account.PAID, Account.OWED) for one in made]
    books += [postings.move(-one.pence, Account.PAID, Account.OWED) for one in failed]
    next_time = [batches.again(one) for one in failed]

    assert sent == sum(one for one, _back in each) == arrived + lost
    assert postings.balance(one for one in books if one)[Account.OWED] == arrived
    assert [(one.claim_id, one.pence, one.attempt) for one in next_time] == [
        (number, each[number][0], 2) for number in sorted(back)
    ]


@pytest.mark.soak
@cases
@given(st.lists(st.tuples(st.integers(0, 99_999_999), pence, st.text(max_size=12)), max_size=12))
def test_the_banks_files_hold_each_payment_to_the_penny(each: list[tuple[int, int, str]]) -> None:
    transfers = [
        Transfer(AccountOf("089999", f"{number:08d}", name), one, "ABCD234567")
        for number, one, name in each
    ]
    run = Run(transfers, "ABC234", date(2026, 11, 30), date(2026, 12, 1))
    own = Columns(((Field.NAME, ""), (Field.ACCOUNT, ""), (Field.POUNDS, ""), (Field.PENCE, "")))
    _heading, *rows = csv.reader(io.StringIO(columns.written(run, own), newline=""))
    lines = standard18.written(run, COLLEGE).split("\r\n")
    paid = [line for line in lines if line.startswith("089999")]
    taken = [line for line in lines if line.startswith(COLLEGE.account.sort_code)]
    wanted = [(f"{number:08d}", one) for number, one, _name in each]

    assert [(row[1], int(row[3])) for row in rows] == wanted
    assert [int(row[2].replace(".", "")) for row in rows] == [one for _number, one in wanted]
    assert [(line[6:14], int(line[35:46])) for line in paid] == wanted
    assert [int(line[35:46]) for line in taken] == [run.total]
    records = [100] * (len(paid) + len(taken))
    assert [len(line) for line in lines] == [80] * 4 + records + [80] * 3 + [0]
