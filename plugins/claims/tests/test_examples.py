"""The worked examples, with their numbers, and others beside them."""

from __future__ import annotations

from datetime import date

import pytest

from plugins.claims.money import advances, batches, receipts
from plugins.claims.money.amounts import half_up, miles, tenths_of
from plugins.claims.money.batches import Outcome, Payment
from plugins.claims.money.deadlines import Due, Pause, before_working_days, due
from plugins.claims.money.mileage import Quote, Vehicle, quote, top_up
from plugins.claims.money.rates import NoRateError, rate_for, tax_year
from plugins.claims.money.receipts import Fit, Part
from plugins.claims.money.recognition import Settled, Taken, over_ceiling, settle, worth
from plugins.claims.money.separation import Bar, Involved, approvers_needed, bar
from plugins.claims.money.years import Journey, taken_back
from plugins.claims.tests.facts import NOW, RATES

CAR = Vehicle.CAR


def by_car(on: date, miles: int, before: int = 0, known: date = NOW) -> Quote:
    return quote(RATES, CAR, on, miles * 10, known=known, before=before * 10)


def test_two_journeys_around_the_sixth_of_april_are_in_two_tax_years() -> None:
    last, first = by_car(date(2026, 4, 5), 30), by_car(date(2026, 4, 6), 30)

    assert (last.pence, first.pence, last.pence + first.pence) == (1350, 1650, 3000)
    assert (last.tax_year, first.tax_year) == (2025, 2026)


def test_a_rate_that_comes_later_proposes_one_top_up() -> None:
    paid = by_car(date(2026, 4, 20), 120, known=date(2026, 5, 8))
    assert paid.pence == 5400
    assert top_up(RATES, paid, known=date(2026, 5, 20)) == 0

    proposed = top_up(RATES, paid, known=date(2026, 5, 21))

    assert proposed == 1200
    assert top_up(RATES, paid, known=date(2026, 5, 22), given=proposed) == 0
    assert paid.pence == 5400


def test_a_journey_over_ten_thousand_miles_has_two_bands() -> None:
    found = by_car(date(2026, 9, 1), 50, before=9_980)

    assert [(band.tenths, band.rate.pence) for band in found.bands] == [(200, 55), (300, 25)]
    assert found.pence == 1850


def test_a_line_taken_back_follows_the_band_formula_on_net_miles() -> None:
    on = date(2026, 9, 1)
    first, rest = by_car(on, 50).pence, by_car(on, 9_970, before=50).pence
    year = [
        Journey(1, CAR, on, 500, NOW, first, first, first),
        Journey(2, CAR, on, 99_700, NOW, rest, rest, rest),
    ]
    adjustment = taken_back(RATES, year, 1, NOW)

    assert (first, first + rest) == (2750, 550_500)

    assert adjustment == -2150
    assert by_car(on, 10_020).pence == 550_500
    assert by_car(on, 9_970).pence == 548_350 == 550_500 + adjustment


def test_less_recognition_goes_back_to_the_budget_and_is_no_debt() -> None:
    offered = worth(150, 2750)

    assert offered == 6875
    assert settle(offered, Taken.LESS, 2000) == Settled(payable=2000, to_charity=0, back=4875)
    assert settle(offered, Taken.ALL) == Settled(6875, 0, 0)
    assert settle(offered, Taken.NOTHING) == Settled(0, 0, 6875)
    assert settle(offered, Taken.CHARITY) == Settled(0, 6875, 0)


@pytest.mark.parametrize("pence", [0, -1, 6875, 7000])
def test_less_is_less_and_not_nothing(pence: int) -> None:
    with pytest.raises(ValueError, match="less"):
        settle(6875, Taken.LESS, pence)


def test_only_a_week_over_the_ceiling_says_so() -> None:
    monday, sunday, next_monday = date(2026, 6, 1), date(2026, 6, 7), date(2026, 6, 8)
    accepted = [(monday, 16_500)]

    assert over_ceiling(20_000, accepted, sunday, 6875) == 23_375
    assert over_ceiling(20_000, accepted, next_monday, 6875) is None
    assert over_ceiling(23_375, accepted, sunday, 6875) is None
    assert over_ceiling(None, accepted, sunday, 6875) is None


def test_what_an_advance_did_not_need_stays_open() -> None:
    paid, to_pay = advances.claim(advances.Advance(4620 + 4000), 7970)

    assert (paid.open, to_pay) == (650, 0)
    assert advances.claim(paid, 1000)[1] == 350
    assert advances.give_back(paid, 650).open == 0
    with pytest.raises(ValueError, match="open"):
        advances.write_off(paid, 651)


def test_the_clock_skips_easter_and_stands_still_while_we_wait() -> None:
    sent, today = date(2026, 4, 2), date(2026, 4, 30)

    assert due(sent, today) == Due(date(2026, 4, 13), date(2026, 4, 20))
    asked = Pause(date(2026, 4, 8), date(2026, 4, 10))
    assert due(sent, today, [asked]).paid == date(2026, 4, 22)
    twice = [asked, Pause(date(2026, 4, 8), date(2026, 4, 10))]
    assert due(sent, today, twice).paid == date(2026, 4, 22)
    over_easter = Pause(date(2026, 4, 2), date(2026, 4, 6))
    assert due(sent, today, [over_easter]).paid == date(2026, 4, 20)
    assert due(sent, date(2026, 4, 9), [Pause(date(2026, 4, 8))]).paid == date(2026, 4, 21)


@pytest.mark.parametrize(
    ("event", "leaves"),
    [
        (date(2026, 6, 12), date(2026, 6, 10)),  # a Friday
        (date(2026, 6, 15), date(2026, 6, 11)),  # a Monday
        (date(2026, 6, 14), date(2026, 6, 11)),  # a Sunday
        (date(2026, 12, 29), date(2026, 12, 23)),  # after Christmas
        (date(2028, 3, 1), date(2028, 2, 28)),
    ],
)
def test_two_working_days_before_are_counted_back(event: date, leaves: date) -> None:
    assert before_working_days(event, 2) == leaves


def test_money_that_comes_back_fails_its_claim_alone() -> None:
    others = [Payment(n, 7_680) for n in range(1, 12)]
    sent = [*others[:-1], Payment(11, 7_665), Payment(12, 6_875)]
    assert (len(sent), sum(one.pence for one in sent)) == (12, 91_340)

    after = batches.answered(sent, frozenset({12}))

    assert batches.total(after, Outcome.SETTLED) == 84_465
    failed = [one for one in after if one.outcome is Outcome.FAILED]
    assert [one.claim_id for one in failed] == [12]
    second = batches.again(failed[0])
    assert (second.attempt, second.pence, second.confirm_details) == (2, 6_875, True)
    with pytest.raises(ValueError, match="failed"):
        batches.again(after[0])


def test_a_shared_receipt_is_flagged_and_never_exceeded() -> None:
    first, second, third = Part(1, 900), Part(2, 900), Part(3, 900)

    assert receipts.fit(1800, [], first) is Fit.FITS
    assert receipts.fit(1800, [first], second) is Fit.SHARED
    assert receipts.fit(1800, [first, second], third) is Fit.TOO_MUCH
    assert receipts.fit(1800, [first], Part(1, 900)) is Fit.FITS


# Beside them


def test_a_tax_year_begins_on_the_sixth_of_april() -> None:
    days = [date(2026, 4, 5), date(2026, 4, 6), date(2026, 12, 31), date(2027, 1, 1)]

    assert [tax_year(day) for day in days] == [2025, 2026, 2026, 2026]


def test_a_rate_that_ended_without_another_has_ended() -> None:
    ended = [one for one in RATES if one.key == "car-first" and one.valid_to]

    with pytest.raises(NoRateError):
        rate_for(ended, "car-first", date(2026, 4, 6), NOW)
    with pytest.raises(NoRateError):
        rate_for(RATES, "car-first", date(2011, 4, 5), NOW)


@pytest.mark.parametrize(
    ("vehicle", "pence"),
    [(Vehicle.MOTORCYCLE, 240), (Vehicle.BICYCLE, 200), (Vehicle.PASSENGER, 50)],
)
def test_other_ways_have_one_band(vehicle: Vehicle, pence: int) -> None:
    assert quote(RATES, vehicle, date(2026, 6, 1), 100, known=NOW, before=200_000).pence == pence


def test_half_a_penny_goes_up_once() -> None:
    assert (half_up(825, 10), half_up(824, 10), half_up(-825, 10)) == (83, 82, -83)
    assert quote(RATES, CAR, date(2026, 6, 1), 15, known=NOW).pence == 83


def test_distances_as_people_write_them() -> None:
    written = ["30", " 12.5 miles", "1 mile", "0", "-3", "3.25", "٣", "2001", "", "twelve"]

    assert [tenths_of(one) for one in written] == [300, 125, 10, *[None] * 7]
    assert (miles(300), miles(125), miles(100_200)) == ("30", "12.5", "10,020")


def test_no_journey_is_counted_from_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="negative"):
        quote(RATES, CAR, date(2026, 6, 1), 500, known=NOW, before=400 - 500)


WAYS = {
    Bar.PAYEE: (1, frozenset()),
    Bar.SUBMITTER: (2, frozenset()),
    Bar.SUPPORTER: (3, frozenset()),
    Bar.CARER: (4, frozenset()),
    Bar.ACCOUNT: (9, frozenset({"same", "another"})),
    Bar.APPROVED: (5, frozenset()),
    Bar.DECIDED_BEFORE: (6, frozenset()),
    Bar.CALLED: (7, frozenset()),
}


@pytest.mark.parametrize("why", Bar)
def test_nobody_decides_about_their_own(why: Bar) -> None:
    claim = Involved(
        payee=1,
        submitters=frozenset({2}),
        supporters=frozenset({3}),
        carers=frozenset({4}),
        accounts=frozenset({"same"}),
        approved=frozenset({5}),
        decided_before=frozenset({6}),
        called=frozenset({7}),
    )

    assert bar(claim, *WAYS[why]) is why
    assert bar(claim, 9, frozenset({"another"})) is None


def test_above_the_limit_two_people_approve() -> None:
    assert [approvers_needed(pence, 15_000) for pence in (0, 15_000, 15_001)] == [1, 1, 2]
