"""What the words of a prospectus are taken to mean, and what is refused."""

from __future__ import annotations

from datetime import datetime

import pytest

from portal.courses.models import Mode
from portal.courses.services.prospectus import phrases
from portal.courses.services.prospectus.phrases import NotUnderstoodError, Sessions


@pytest.mark.parametrize(
    ("said", "number", "why"),
    [
        ("6", 6, ""),
        ("six", 6, ""),
        ("8 sessions", 8, ""),
        ("12-week", 12, "“12-week”: one session a week assumed"),
        ("about 12 weeks", 12, "“about 12 weeks”: 12 kept"),
        ("6-8", 6, "“6-8”: the smaller number is kept"),
        ("several weeks", 6, "“several weeks”: 6 assumed"),
        ("", 1, "not stated: 1 assumed"),
        ("not stated", 1, "not stated: 1 assumed"),
        ("weekly", None, "“weekly”: no end is stated, so no number is kept"),
        (
            "open-ended (daily)",
            None,
            "“open-ended (daily)”: no end is stated, so no number is kept",
        ),
    ],
)
def test_number_of_sessions_as_written(said: str, number: int | None, why: str) -> None:
    found = phrases.read_sessions(said)
    assert (found.number, found.why) == (number, why)


def test_sessions_of_a_drop_in_and_at_ones_own_pace_have_no_number() -> None:
    drop_in = phrases.read_sessions("drop-in")
    assert (drop_in.number, drop_in.drop_in, drop_in.self_paced) == (None, True, False)
    alone = phrases.read_sessions("self-paced")
    assert (alone.number, alone.drop_in, alone.self_paced, alone.why) == (None, False, True, "")


@pytest.mark.parametrize("said", ["lots", "0", "61", "-3", "2.5", "six hundred", "１２３４"])
def test_number_of_sessions_that_cannot_be_is_refused(said: str) -> None:
    with pytest.raises(NotUnderstoodError):
        phrases.read_sessions(said)


@pytest.mark.parametrize(
    ("said", "minutes", "why"),
    [
        ("2", 120, ""),
        ("1.75", 105, ""),
        ("1,5", 90, ""),
        ("90 minutes", 90, ""),
        ("2 hours", 120, ""),
        ("about 2 h", 120, "“about 2 h”: taken as it stands"),
        ("half day", 180, "“half day”: taken as 3 hours"),
        ("one day", 360, "“one day”: taken as 6 hours"),
        ("", 120, "not stated: 2 hours assumed"),
    ],
)
def test_length_as_written(said: str, minutes: int, why: str) -> None:
    found = phrases.read_hours(said)
    assert (found.minutes, found.why) == (minutes, why)


@pytest.mark.parametrize("said", ["long", "0", "13", "5 minutes", "nan", "1e3", "2 fortnights"])
def test_length_that_cannot_be_is_refused(said: str) -> None:
    with pytest.raises(NotUnderstoodError):
        phrases.read_hours(said)


def test_whole_length_is_shared_out_over_sessions() -> None:
    assert phrases.read_hours("15 h in total").in_total == 900
    assert phrases.share_out(900, Sessions(1, stated=False)) == (
        6,
        150,
        "15 hours in total: 6 sessions of 2 hours 30 minutes assumed",
    )
    assert phrases.share_out(900, Sessions(5))[:2] == (5, 180)


def test_whole_length_that_does_not_fit_the_sessions_is_refused() -> None:
    with pytest.raises(NotUnderstoodError):
        phrases.share_out(900, Sessions(1))


@pytest.mark.parametrize(
    ("said", "mode", "stated"),
    [
        ("in person", Mode.IN_PERSON, True),
        ("in person (Bloxwich Library)", Mode.IN_PERSON, True),
        ("in person (inferred)", Mode.IN_PERSON, False),
        ("outdoors", Mode.IN_PERSON, True),
        ("", Mode.IN_PERSON, False),
        ("not stated", Mode.IN_PERSON, False),
        ("online (Zoom)", Mode.ONLINE, True),
        ("online or by phone", Mode.ONLINE, True),
        ("online and in person", Mode.BOTH, True),
        ("in person (4 boroughs) and online", Mode.BOTH, True),
        ("in person, later online", Mode.BOTH, True),
        ("Hybrid", Mode.BOTH, True),
    ],
)
def test_mode_as_written(said: str, mode: Mode, stated: bool) -> None:
    found = phrases.read_mode(said)
    assert (found.mode, found.stated) == (mode, stated)


def test_mode_that_means_nothing_is_refused() -> None:
    with pytest.raises(NotUnderstoodError, match="telepathy"):
        phrases.read_mode("telepathy")


@pytest.mark.parametrize(
    "said",
    [
        "1 March 2027 10:00",
        "1 Mar 2027 10:00",
        "Monday 1 March 2027 10:00",
        "Mon, 1st March 2027 at 10am",
        "01/03/2027 10.00",
        "1.3.2027 10:00",
        "2027-03-01 10:00",
        "2027-03-01T10:00:00",
    ],
)
def test_start_as_written(said: str) -> None:
    assert phrases.read_start(said) == datetime(2027, 3, 1, 10, 0)  # noqa: DTZ001 - local


@pytest.mark.parametrize(
    "said",
    [
        "1 March 2027",
        "March 2027 10:00",
        "31/02/2027 10:00",
        "1 March 2027 25:00",
        "1 March 2027 10",
        "13pm",
        "1 March 27 10:00",
        "soon",
        "1 March 2027 13pm",
    ],
)
def test_start_that_cannot_be_is_refused(said: str) -> None:
    with pytest.raises(NotUnderstoodError):
        phrases.read_start(said)
