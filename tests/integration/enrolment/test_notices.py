"""Reminders, and the words of what is told: true when they leave, neutral where others may see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask_babel import force_locale
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import Course, CourseSession, Mode, Run
from portal.courses.services import runs
from portal.enrolment import reminding
from portal.enrolment.models import TakesPart
from portal.enrolment.notices import kinds
from portal.enrolment.notices.facts import SAMPLE_COURSE
from portal.enrolment.queries.mine import my_courses
from portal.enrolment.services import seats, telling, wishes
from portal.enrolment.services.agreements import CODE_USED
from portal.messages.texts import fitted, measure
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import NOON, book, make_group, make_student, student
from tests.factories.telling import forget_notices, notices, send

SetNumber = Callable[[str, int], None]
HOURS = "messages:reminder_hours"
MONDAY = date(2027, 3, 1)
SATURDAY_TEN = datetime(2027, 2, 27, 10, tzinfo=UTC)  # 48 hours before


@pytest.fixture(autouse=True)
def traveller(app: Portal) -> Iterator[time_machine.Traveller]:
    with app.test_request_context(), time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def a_place(session: Session, **values: object) -> tuple[Run, int, int]:
    """A run with one person on it: the run, the person, the enrolment."""
    run = make_group(session, 12, **values)  # type: ignore[arg-type]
    person = make_student(session)
    book(session, run.id, person)
    forget_notices(session)
    (place,) = my_courses(session, person, NOON).coming
    return run, person, place.enrolment_id


def meetings(session: Session, run: Run) -> list[CourseSession]:
    return list(runs.sessions_of(session, run.id))


@pytest.mark.parametrize(
    ("hours", "first", "at", "due"),
    [
        (48, MONDAY, datetime(2027, 2, 27, 9, 59, tzinfo=UTC), False),
        (48, MONDAY, datetime(2027, 2, 27, 10, 0, tzinfo=UTC), True),
        (24, MONDAY, datetime(2027, 2, 28, 9, 59, tzinfo=UTC), False),
        (24, MONDAY, datetime(2027, 2, 28, 10, 0, tzinfo=UTC), True),
        # The clocks go forward on Sunday 28 March: Saturday 10:00 on the wall is 10:00Z.
        (48, date(2027, 3, 29), datetime(2027, 3, 27, 9, 59, tzinfo=UTC), False),
        (48, date(2027, 3, 29), datetime(2027, 3, 27, 10, 0, tzinfo=UTC), True),
        # And back on Sunday 31 October: Saturday 10:00 on the wall is 09:00Z.
        (48, date(2027, 11, 1), datetime(2027, 10, 30, 8, 59, tzinfo=UTC), False),
        (48, date(2027, 11, 1), datetime(2027, 10, 30, 9, 0, tzinfo=UTC), True),
        (0, MONDAY, datetime(2027, 3, 1, 9, 0, tzinfo=UTC), False),
    ],
)
def test_reminder_leaves_at_its_minute_on_the_wall(
    session: Session,
    set_number: SetNumber,
    traveller: time_machine.Traveller,
    hours: int,
    first: date,
    at: datetime,
    due: bool,
) -> None:
    set_number(HOURS, hours)
    a_place(session, first=first)
    traveller.move_to(at - timedelta(minutes=30))
    reminding.remind(session)
    traveller.move_to(at)
    reminding.remind(session)
    assert len(send(session)) == int(due)


def test_reminder_is_told_once_however_often_the_job_runs(
    session: Session, traveller: time_machine.Traveller
) -> None:
    a_place(session)
    for minutes in range(0, 90, 15):
        traveller.move_to(SATURDAY_TEN + timedelta(minutes=minutes))
        reminding.remind(session)
        send(session)
    assert notices(session) == Counter({"reminder": 1})


def test_reminder_after_a_day_without_a_worker_is_late_but_leaves(
    session: Session, traveller: time_machine.Traveller
) -> None:
    a_place(session)
    traveller.move_to(SATURDAY_TEN + timedelta(hours=30))
    reminding.remind(session)
    assert len(send(session)) == 1


def test_no_reminder_once_the_session_has_begun(
    session: Session, traveller: time_machine.Traveller
) -> None:
    a_place(session)
    traveller.move_to(datetime(2027, 3, 1, 10, 0, tzinfo=UTC))
    reminding.remind(session)
    assert notices(session) == Counter()


def test_reminder_that_could_not_leave_in_time_never_does(
    session: Session, traveller: time_machine.Traveller
) -> None:
    a_place(session)
    traveller.move_to(SATURDAY_TEN)
    reminding.remind(session)
    traveller.move_to(datetime(2027, 3, 1, 10, 0, tzinfo=UTC))
    assert send(session) == []


def test_place_taken_after_the_reminder_was_due_is_not_reminded_of_it(
    session: Session, traveller: time_machine.Traveller
) -> None:
    run, _, _ = a_place(session)
    traveller.move_to(SATURDAY_TEN + timedelta(hours=1))
    book(session, run.id, make_student(session), at=SATURDAY_TEN + timedelta(hours=1))
    forget_notices(session)
    reminding.remind(session)
    assert notices(session) == Counter({"reminder": 1})


@pytest.mark.parametrize("when", ["before", "meanwhile"])
@pytest.mark.parametrize("what", ["apologies", "left", "cancelled", "moved"])
def test_reminder_falls_silent_when_it_is_not_true_any_more(
    session: Session, traveller: time_machine.Traveller, what: str, when: str
) -> None:
    run, _, enrolment = a_place(session)
    first = meetings(session, run)[0]
    traveller.move_to(SATURDAY_TEN)
    if when == "meanwhile":
        reminding.remind(session)
    if what == "apologies":
        wishes.apologise(session, SYSTEM, enrolment, first.id, at=SATURDAY_TEN)
    elif what == "left":
        seats.withdraw(session, SYSTEM, enrolment, at=SATURDAY_TEN)
    elif what == "cancelled":
        runs.cancel_run(session, SYSTEM, run.id, reason="No leader")
    else:
        first.version += 1
        first.starts_at += timedelta(days=7)
        first.ends_at += timedelta(days=7)
        session.flush()
    if when == "before":
        reminding.remind(session)
    assert [one for one in send(session) if "reminder" in one.text] == []


def test_first_reminder_says_what_a_first_time_is_like_and_what_to_bring(
    session: Session, traveller: time_machine.Traveller
) -> None:
    run, _, _ = a_place(session)
    session.get_one(Course, run.course_id).what_to_bring = "A cup you like"
    traveller.move_to(SATURDAY_TEN)
    reminding.remind(session)
    (first,) = send(session)
    traveller.move_to(SATURDAY_TEN + timedelta(days=7))
    reminding.remind(session)
    (second,) = send(session)
    assert "It is your first session" in first.text
    assert "What to bring: A cup you like" in first.text
    assert "Quay Lane, Seaford" in first.text
    assert "Monday 1 March 2027, 10am, until midday" in first.text
    assert "It is your first session" not in second.text
    assert "\n\n\n" not in first.text + second.text


@pytest.mark.parametrize(
    ("mode", "linked"), [(TakesPart.ONLINE, True), (TakesPart.IN_PERSON, False)]
)
def test_link_to_join_is_for_those_who_join_online(
    session: Session, traveller: time_machine.Traveller, mode: TakesPart, linked: bool
) -> None:
    run = make_group(session, 12, mode=Mode.BOTH, online_cap=6)
    for meeting in meetings(session, run):
        meeting.online_link = "https://meet.example.org/room"
    book(session, run.id, student(make_student(session), mode))
    forget_notices(session)
    traveller.move_to(SATURDAY_TEN)
    reminding.remind(session)
    (letter,) = send(session)
    assert ("https://meet.example.org/room" in letter.text) is linked


@pytest.mark.parametrize("mode", list(TakesPart))
def test_having_a_place_is_told_with_where_they_take_part(
    session: Session, mode: TakesPart
) -> None:
    run = make_group(session, 12, mode=Mode.BOTH, online_cap=6)
    book(session, run.id, student(make_student(session), mode))
    (letter,) = send(session)
    online = mode is TakesPart.ONLINE
    assert ("Where: Room" in letter.text) is not online
    assert ("It is online" in letter.text) is online


def test_reminder_said_on_the_phone_names_day_end_and_place(app: Portal) -> None:
    (reminder,) = (kind for kind in kinds() if kind.purpose == telling.REMINDER)
    spoken = reminder.sample().spoken
    assert "Monday 1 March 2027, 10am, until midday, Quay House" in spoken


ABOUT_NO_COURSE = {
    CODE_USED,
    telling.BLOCKED,
    telling.UNBLOCKED,
    telling.APPEAL_ANSWERED,
    telling.BREAK_OVER,
}


def test_every_notice_is_neutral_where_others_may_see_it(session: Session) -> None:
    for kind in kinds():
        words, course = kind.sample(), str(SAMPLE_COURSE)
        if kind.purpose not in ABOUT_NO_COURSE:
            assert course in words.text, kind.purpose
            assert course in (words.html or ""), kind.purpose
        assert course not in f"{kind.subject}{words.sms}", kind.purpose
        size = measure(fitted(words.sms))
        assert size.gsm, kind.purpose
        assert size.parts == 1, kind.purpose
        assert "\n\n\n" not in words.text, kind.purpose


def test_every_notice_can_be_said_in_every_language(app: Portal, session: Session) -> None:
    for language in app.settings.languages:
        with force_locale(language.replace("-", "_")):
            assert all(kind.sample().text and str(kind.subject) for kind in kinds())
