"""Dates and instants of runs, across both clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.courses.services import schedule
from portal.courses.services.errors import InvalidError

ZONE = "Europe/London"
MONDAY = date(2027, 3, 1)


def _weekly(first: date = MONDAY, at: time = time(10), **values: object) -> schedule.Timetable:
    settings = {"count": 6, "minutes": 120, "zone": ZONE, **values}
    return schedule.weekly(first, at, **settings)  # type: ignore[arg-type]


def test_six_mondays_leave_out_easter_monday_and_stay_at_ten() -> None:
    timetable = _weekly()
    assert [slot.starts_at for slot in timetable.slots] == [
        datetime(2027, 3, 1, 10, tzinfo=UTC),
        datetime(2027, 3, 8, 10, tzinfo=UTC),
        datetime(2027, 3, 15, 10, tzinfo=UTC),
        datetime(2027, 3, 22, 10, tzinfo=UTC),
        datetime(2027, 4, 5, 9, tzinfo=UTC),
        datetime(2027, 4, 12, 9, tzinfo=UTC),
    ]
    assert {slot.at for slot in timetable.slots} == {time(10)}
    assert timetable.left_out == (schedule.LeftOut(date(2027, 3, 29), bank_holiday=True),)


def test_bank_holidays_stay_in_when_asked_for() -> None:
    days = [slot.day for slot in _weekly(skip_bank_holidays=False).slots]
    assert date(2027, 3, 29) in days
    assert days[-1] == date(2027, 4, 5)


def test_other_dates_are_left_out_too() -> None:
    timetable = _weekly(skip=[date(2027, 3, 8)])
    assert [slot.day for slot in timetable.slots][:2] == [MONDAY, date(2027, 3, 15)]
    assert timetable.left_out[0] == schedule.LeftOut(date(2027, 3, 8), bank_holiday=False)


def test_weeks_across_the_autumn_change_stay_at_ten() -> None:
    slots = _weekly(date(2027, 10, 25), count=2).slots
    assert [slot.starts_at.hour for slot in slots] == [9, 10]
    assert [slot.ends_at - slot.starts_at for slot in slots] == [timedelta(hours=2)] * 2


def test_hour_that_does_not_exist_is_refused_at_the_field() -> None:
    with pytest.raises(InvalidError) as caught:
        _weekly(date(2027, 3, 28), time(1, 30), count=1)
    assert set(caught.value.errors) == {"starts"}


def test_run_that_meets_the_missing_hour_in_a_later_week_is_refused() -> None:
    with pytest.raises(InvalidError) as caught:
        _weekly(date(2027, 3, 14), time(1, 30), count=3)
    assert set(caught.value.errors) == {"starts"}


@pytest.mark.parametrize(("at", "hour"), [(time(0, 59), 0), (time(2), 1)])
def test_times_beside_the_missing_hour_are_taken(at: time, hour: int) -> None:
    assert schedule.slot(date(2027, 3, 28), at, 60, ZONE).starts_at.hour == hour


def test_hour_that_comes_twice_means_the_first_of_the_two() -> None:
    slot = schedule.slot(date(2027, 10, 31), time(1, 30), 120, ZONE)
    assert slot.starts_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert slot.ends_at == datetime(2027, 10, 31, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize("minutes", [0, -5, 721])
def test_length_nobody_means_is_refused(minutes: int) -> None:
    with pytest.raises(InvalidError) as caught:
        schedule.slot(MONDAY, time(10), minutes, ZONE)
    assert set(caught.value.errors) == {"minutes"}


@pytest.mark.parametrize("count", [0, 61])
def test_number_of_sessions_nobody_means_is_refused(count: int) -> None:
    with pytest.raises(InvalidError) as caught:
        _weekly(count=count)
    assert set(caught.value.errors) == {"count"}


def test_slip_in_the_year_is_refused() -> None:
    with pytest.raises(InvalidError) as caught:
        _weekly(date(2207, 3, 1))
    assert set(caught.value.errors) == {"first_on"}


def test_copy_closes_the_gap_of_an_old_holiday_and_leaves_out_the_new_one() -> None:
    old = [slot.day for slot in _weekly().slots]
    days, left_out = schedule.copied(old, date(2027, 4, 12))
    assert days == [
        date(2027, 4, 12),
        date(2027, 4, 19),
        date(2027, 4, 26),
        date(2027, 5, 10),
        date(2027, 5, 17),
        date(2027, 5, 24),
    ]
    assert left_out == [schedule.LeftOut(date(2027, 5, 3), bank_holiday=True)]


def test_copy_keeps_a_rhythm_of_two_weeks() -> None:
    old = [date(2027, 1, 11), date(2027, 1, 25), date(2027, 2, 8)]
    days, left_out = schedule.copied(old, date(2027, 9, 13))
    assert days == [date(2027, 9, 13), date(2027, 9, 27), date(2027, 10, 11)]
    assert left_out == []


def test_copy_keeps_two_days_a_week() -> None:
    old = [date(2027, 1, 11), date(2027, 1, 13), date(2027, 1, 18), date(2027, 1, 20)]
    days, _left_out = schedule.copied(old, date(2027, 9, 13))
    assert days == [date(2027, 9, 13), date(2027, 9, 15), date(2027, 9, 20), date(2027, 9, 22)]


def test_copy_that_would_begin_on_a_bank_holiday_begins_a_week_later() -> None:
    days, left_out = schedule.copied([MONDAY], date(2027, 5, 3))
    assert days == [date(2027, 5, 10)]
    assert left_out == [schedule.LeftOut(date(2027, 5, 3), bank_holiday=True)]


def test_copy_of_nothing_is_nothing() -> None:
    assert schedule.copied([], MONDAY) == ([], [])
