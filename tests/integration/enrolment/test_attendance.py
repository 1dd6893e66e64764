"""The arithmetic of attendance, with the college's own example and others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from portal.enrolment.models import Mark
from portal.enrolment.services.attendance import Attendance, Shown, attendance, shown

MARKS = {"p": Mark.PRESENT, "t": Mark.PART, "s": Mark.APOLOGIES, "a": Mark.ABSENT}


@dataclass(frozen=True)
class Meeting:
    id: int
    starts_at: datetime
    cancelled: bool = False


def week(number: int) -> datetime:
    """When the session of that number is held."""
    return datetime(2027, 3, 1, 10, 0, tzinfo=UTC) + timedelta(weeks=number)


def count(register: str, first: int = 1) -> Attendance:
    """One letter a session: present, part, sorry, absent, x cancelled, - unmarked."""
    meetings = [Meeting(100 + at, week(at), letter == "x") for at, letter in enumerate(register, 1)]
    marks = {
        one.id: MARKS[letter]
        for one, letter in zip(meetings, register, strict=True)
        if letter in MARKS
    }
    return attendance(meetings, week(first), marks)


def test_whoever_joins_at_the_third_of_eight_is_counted_out_of_six() -> None:
    """Example 7 of the college's rules."""
    found = count("--pppsap", first=3)

    assert (found.attended, found.out_of) == (4, 6)
    assert (found.accounted_for, found.out_of) == (5, 6)


@pytest.mark.parametrize(
    ("register", "first", "attended", "accounted_for", "out_of"),
    [
        ("pppppp", 1, 6, 6, 6),
        ("xppppp", 1, 5, 5, 5),  # a cancelled session is in no denominator
        ("pxp-s-", 1, 2, 3, 5),
        ("xxxxxx", 1, 0, 0, 0),
        ("", 1, 0, 0, 0),
        ("aaatps", 4, 2, 3, 3),  # marks before the first session are of somebody else's time
        ("txa", 2, 0, 0, 1),
        ("------", 6, 0, 0, 1),
    ],
)
def test_attendance_leaves_out_cancelled_sessions_and_those_before_the_first(
    register: str, first: int, attended: int, accounted_for: int, out_of: int
) -> None:
    found = count(register, first)

    assert (found.attended, found.accounted_for, found.out_of) == (attended, accounted_for, out_of)


def test_what_is_marked_so_far_leaves_out_what_is_to_come() -> None:
    found = count("pa--")

    assert (found.marked, found.unmarked, found.out_of) == (2, 2, 4)


def test_cancelled_is_shown_whatever_was_marked_before() -> None:
    assert shown(Meeting(1, week(1), True), week(1), Mark.PRESENT) is Shown.SESSION_CANCELLED
    assert shown(Meeting(1, week(1), True), week(2), None) is Shown.SESSION_CANCELLED
    assert shown(Meeting(1, week(1)), week(2), Mark.PRESENT) is Shown.NOT_YET_ENROLLED
    assert shown(Meeting(1, week(1)), week(1), None) is Shown.UNMARKED
    assert [shown(Meeting(1, week(1)), week(1), mark).value for mark in Mark] == [
        mark.value for mark in Mark
    ]


def test_session_that_was_moved_counts_by_when_it_is_now() -> None:
    """The second was moved behind the fourth: whoever joins after the third comes to two more."""
    meetings = [Meeting(1, week(1)), Meeting(3, week(3)), Meeting(4, week(4)), Meeting(2, week(5))]

    found = attendance(meetings, week(3) + timedelta(days=1), {4: Mark.PRESENT})

    assert (found.attended, found.out_of) == (1, 2)
