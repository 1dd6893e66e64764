"""What follows when a session is moved or cancelled, or a run changes: who is told what, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.accounts.models import RouteKind
from portal.app import Portal
from portal.courses.models import CourseSession, Run
from portal.courses.services import planning, runs, sessions
from portal.courses.services.planning import RunPlan
from portal.courses.services.sessions import NewTime
from portal.desk.models import DeskTask
from portal.enrolment import jobs, reminding
from portal.enrolment.queries.mine import my_courses
from portal.enrolment.services import blocks, pauses, seats, wishes
from portal.enrolment.services.attendance import attendance
from portal.messages.models import Message
from portal.messages.services.outbox import Letter
from portal.plugin_api import SYSTEM, Actor
from tests.factories.courses import ZONE, make_venue
from tests.factories.enrolment import NOON, book, make_group, make_student
from tests.factories.messages import make_reachable
from tests.factories.telling import forget_notices, hand_out, notices, send, told

SetNumber = Callable[[str, int], None]
TUESDAY = date(2027, 3, 2)
EIGHT = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)
TEN_PAST = datetime(2027, 3, 2, 8, 10, tzinfo=UTC)
HOURS = "messages:reminder_hours"


@pytest.fixture(autouse=True)
def traveller(app: Portal) -> Iterator[time_machine.Traveller]:
    with app.test_request_context(), time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@dataclass
class Group:
    """A run with people on it, the first ones with e-mail."""

    run: Run
    people: list[int]
    meetings: list[CourseSession]


def group(
    session: Session,
    people: int,
    *,
    by_phone: int = 0,
    count: int = 6,
    first: date = TUESDAY,
    cap: int = 12,
) -> Group:
    run = make_group(session, cap, sessions=count, first=first)
    mine = [make_student(session) for _ in range(people - by_phone)]
    mine += [
        make_reachable(session, f"Phone {number}", landline=f"01323 49000{number}")
        for number in range(by_phone)
    ]
    for person in mine:
        book(session, run.id, person)
    forget_notices(session)
    hand_out(session)
    return Group(run, mine, list(runs.sessions_of(session, run.id)))


def cancel(session: Session, meeting: CourseSession, *, times: int = 1) -> None:
    sessions.cancel_session(session, SYSTEM, meeting.id, reason="Kim is ill.")
    hand_out(session, times=times)


def move(
    session: Session, meeting: CourseSession, day: date, at: time = time(14), *, times: int = 1
) -> None:
    to = NewTime(day=day, starts=at, minutes=120)
    sessions.move_session(
        session, SYSTEM, meeting.id, to, version=meeting.version, reason="No heating."
    )
    hand_out(session, times=times)


def tasks(session: Session, state: str = "open") -> list[int | None]:
    session.flush()
    return list(session.scalars(sa.select(DeskTask.person_id).where(DeskTask.state == state)))


def letter_to(letters: list[Letter], session: Session, person: int) -> Letter:
    ids = set(session.scalars(sa.select(Message.id).where(Message.person_id == person)))
    return next(one for one in letters if one.id in ids)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    ("people", "reminded", "by_phone", "count"),
    [(11, 9, 1, 6), (11, 9, 0, 6), (11, 9, 2, 6), (8, 0, 3, 4), (5, 5, 0, 2), (12, 11, 1, 8)],
)
def test_cancelled_in_the_morning(  # example 5, and others
    session: Session,
    set_number: SetNumber,
    traveller: time_machine.Traveller,
    people: int,
    reminded: int,
    by_phone: int,
    count: int,
    times: int,
) -> None:
    set_number(HOURS, 2)
    one = group(session, people, by_phone=by_phone, count=count)
    traveller.move_to(EIGHT - timedelta(minutes=20))
    reminding.remind(session)
    assert send(session) == []  # none is due before its minute
    traveller.move_to(EIGHT)
    assert len(send(session, reminded)) == reminded
    assert notices(session, "queued")["reminder"] == people - reminded

    traveller.move_to(TEN_PAST)
    cancel(session, one.meetings[0], times=times)
    left = people - reminded
    assert notices(session, "dropped") == Counter({"reminder": left} if left else {})
    assert notices(session, "queued") == Counter(
        {
            name: many
            for name, many in (("session_cancelled", left), ("correction", reminded))
            if many
        }
    )
    told_at_once = send(session)
    assert len(told_at_once) == people - by_phone
    assert sorted(tasks(session), key=str) == sorted(one.people[people - by_phone :], key=str)
    reminding.remind(session)
    assert notices(session)["reminder"] == people  # nobody is reminded of what is cancelled

    (place,) = my_courses(session, one.people[0], TEN_PAST).coming
    counted = attendance(place.run.meetings, place.from_at, place.marks)
    assert counted.out_of == count - 1
    assert place.run.meetings[0].version == 1


def test_correction_says_that_the_reminder_is_wrong(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, 2)
    traveller.move_to(EIGHT)
    reminding.remind(session)
    first, second = send(session)
    traveller.move_to(TEN_PAST)
    cancel(session, one.meetings[0])
    letters = send(session)
    for letter in letters:
        assert "You had a reminder from us" in letter.text
        assert "Tuesday 2 March 2027, 10am will not take place" in letter.text
        assert "Kim is ill." in letter.text
        assert "The next one is on Tuesday 9 March 2027, 10am" in letter.text
        assert {letter.subject} == {"Our reminder has changed"}
    assert {first.recipient, second.recipient} == {letter.recipient for letter in letters}


def test_reminder_that_waits_for_a_call_closes_and_becomes_the_news(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, 1, by_phone=1)
    traveller.move_to(EIGHT)
    reminding.remind(session)
    send(session)
    assert tasks(session) == one.people
    cancel(session, one.meetings[0])
    send(session)
    assert (tasks(session), tasks(session, "closed")) == (one.people, one.people)
    assert told(session, one.people[0]) == ["reminder", "session_cancelled"]


def test_cancelled_long_before_is_told_and_nothing_corrected(session: Session) -> None:
    one = group(session, 3)
    cancel(session, one.meetings[3])
    assert notices(session, "queued") == Counter({"session_cancelled": 3})
    assert "The next one is on" in send(session)[0].text


def test_cancelled_when_it_was_over_is_told_to_nobody(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, 2)
    traveller.move_to(EIGHT + timedelta(days=1))
    cancel(session, one.meetings[0])
    assert notices(session) == Counter()


def test_joined_later_hears_nothing_of_sessions_before_theirs(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, 1)
    traveller.move_to(EIGHT - timedelta(hours=1))
    late = make_student(session)
    book(session, one.run.id, late, at=EIGHT + timedelta(hours=3))  # from session 2
    forget_notices(session)
    cancel(session, one.meetings[0])
    assert (told(session, late), told(session, one.people[0])) == ([], ["session_cancelled"])


@pytest.mark.parametrize("times", [1, 2])
def test_moved_takes_back_the_reminder_and_reminds_of_the_new_time(
    session: Session, traveller: time_machine.Traveller, times: int
) -> None:
    one = group(session, 2)
    meeting = one.meetings[1]  # Tuesday 9 March, 10:00
    traveller.move_to(datetime(2027, 3, 7, 9, 30, tzinfo=UTC))
    reminding.remind(session)
    move(session, meeting, date(2027, 3, 11), times=times)
    assert notices(session, "dropped") == Counter({"reminder": 2})
    letters = send(session)
    assert notices(session, "sent") == Counter({"session_moved": 2})
    assert "Now: Thursday 11 March 2027, 2pm, until 4pm" in letters[0].text
    assert "It was: Tuesday 9 March 2027, 10am" in letters[0].text
    assert "No heating." in letters[0].text
    traveller.move_to(datetime(2027, 3, 9, 14, tzinfo=UTC))
    reminding.remind(session)
    assert "Thursday 11 March 2027, 2pm" in send(session)[0].text
    assert meeting.version == 1


def test_moved_after_the_reminder_is_a_correction_that_reminds(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, 2)
    traveller.move_to(EIGHT)
    reminding.remind(session)
    send(session)
    move(session, one.meetings[0], TUESDAY)
    (letter, _) = send(session)
    assert "You had a reminder from us for session 1" in letter.text
    assert "Now: Tuesday 2 March 2027, 2pm" in letter.text
    reminding.remind(session)
    assert notices(session) == Counter({"reminder": 2, "correction": 2})


def test_moved_a_second_time_before_anybody_was_told_names_no_time_they_never_heard(
    session: Session,
) -> None:
    one = group(session, 1)
    move(session, one.meetings[2], date(2027, 3, 18))
    move(session, one.meetings[2], date(2027, 3, 19))
    (letter,) = send(session)
    assert "Friday 19 March 2027, 2pm" in letter.text
    assert "18 March" not in letter.text
    assert notices(session, "dropped") == Counter({"session_moved": 1})


def test_handler_that_comes_late_tells_only_what_is_true_now(session: Session) -> None:
    one = group(session, 1)
    to = NewTime(day=date(2027, 3, 18), starts=time(14), minutes=120)
    sessions.move_session(session, SYSTEM, one.meetings[2].id, to, version=0, reason="No heating.")
    sessions.cancel_session(session, SYSTEM, one.meetings[2].id, reason="No heating at all.")
    hand_out(session)
    assert notices(session) == Counter({"session_cancelled": 1})


def test_other_venue_is_told_without_another_time(session: Session) -> None:
    one = group(session, 1)
    there = make_venue(session, name="Harbour Hall")
    plan = RunPlan(term_id=one.run.term_id, mode=one.run.mode, venue_id=there.id, learning_cap=12)
    planning.edit_run(session, SYSTEM, one.run.id, plan, version=one.run.version, why="Roof")
    hand_out(session)
    letters = send(session)
    assert len(letters) == 6
    assert all("Harbour Hall" in one.text and "It was" not in one.text for one in letters)
    assert all("Roof" not in one.text for one in letters)  # why is for the history


def test_clock_change_is_ten_o_clock_in_every_message(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, 1, first=date(2027, 3, 22))  # example 6: 5 April is after the change
    after = one.meetings[2]
    traveller.move_to(datetime(2027, 4, 3, 9, 0, tzinfo=UTC))  # Saturday 10:00 on the wall
    reminding.remind(session)
    (reminder,) = send(session)
    assert "Monday 5 April 2027, 10am, until midday" in reminder.text
    move(session, after, date(2027, 4, 6), time(10))
    (correction,) = send(session)
    assert "Now: Tuesday 6 April 2027, 10am" in correction.text
    assert "It was: Monday 5 April 2027, 10am" in correction.text


def test_somebody_with_an_offer_hears_of_a_move_once_they_know_of_the_offer(
    session: Session,
) -> None:
    one = group(session, 1, cap=1)
    waiting = make_student(session)
    book(session, one.run.id, waiting)
    (place,) = my_courses(session, one.people[0], NOON).coming
    seats.withdraw(session, SYSTEM, place.enrolment_id, at=NOON)
    hand_out(session)
    move(session, one.meetings[0], date(2027, 3, 3))
    assert "session_moved" not in told(session, waiting)  # the offer itself will say it
    send(session)
    move(session, one.meetings[0], date(2027, 3, 4))
    assert told(session, waiting)[-1] == "session_moved"
    assert "The place that we keep for you is for the new time" in send(session)[-1].text


@pytest.mark.parametrize("times", [1, 2])
def test_cancelled_run_is_told_once_to_everybody_who_planned_to_come(
    session: Session, traveller: time_machine.Traveller, times: int
) -> None:
    one = group(session, 3, by_phone=1, cap=3)
    waiting = make_student(session)
    book(session, one.run.id, waiting)
    forget_notices(session)
    traveller.move_to(EIGHT)
    reminding.remind(session)
    send(session, 1)
    runs.cancel_run(session, SYSTEM, one.run.id, reason="Too few people.")
    hand_out(session, times=times)
    assert notices(session, "queued") == Counter({"run_cancelled": 4})
    letters = send(session)
    assert tasks(session) == [one.people[2]]
    assert "please do not set out" in letter_to(letters, session, one.people[0]).text
    assert "please do not set out" not in letter_to(letters, session, one.people[1]).text
    assert "That list has ended" in letter_to(letters, session, waiting).text
    reminding.remind(session)
    assert notices(session)["reminder"] == 3


def test_dates_are_told_once_to_who_asked_and_has_not_changed_their_mind(
    session: Session,
) -> None:
    run = make_group(session, 12)
    asked, changed = make_student(session), make_student(session)
    for person in (asked, changed):
        wishes.note_interest(session, run.course_id, person, at=NOON)
    for _ in range(2):
        runs.noted(session, SYSTEM, run, "published", changes={})
        hand_out(session)
    wishes.forget_interest(session, run.course_id, changed)
    (letter,) = send(session)
    assert "the first is Monday 1 March 2027, 10am" in letter.text
    assert notices(session, "dropped") == Counter({"dates": 1})
    runs.noted(session, SYSTEM, run, "edited", changes={})
    hand_out(session)
    assert send(session) == []
    assert RouteKind.EMAIL.value == letter.channel


@pytest.mark.parametrize("why", ["break", "stopped"])
@pytest.mark.parametrize("asked", ["before", "after"])
def test_dates_wait_for_whoever_is_away(
    session: Session, traveller: time_machine.Traveller, why: str, asked: str
) -> None:
    """Known while they are away, or told of just before: they hear it once, when they are back."""
    run, person = make_group(session, 12), make_student(session)
    wishes.note_interest(session, run.course_id, person, at=NOON)
    if asked == "before":
        runs.noted(session, SYSTEM, run, "published", changes={})
        hand_out(session)
    last = date(2027, 2, 10)
    if why == "break":
        pauses.begin(session, SYSTEM, person, last_day=last, zone=ZONE, at=NOON)
    else:
        by, review = Actor(person_id=make_student(session)), date(2027, 2, 5)
        block = blocks.decide(
            session,
            by,
            person,
            reason="Shouted.",
            last_day=last,
            review_on=review,
            zone=ZONE,
            at=NOON,
        )
    if asked == "after":
        runs.noted(session, SYSTEM, run, "published", changes={})
    hand_out(session)
    assert not any("has dates" in one.text for one in send(session))
    assert notices(session)["dates"] == (1 if asked == "before" else 0)

    back = datetime(2027, 2, 11, 9, 0, tzinfo=UTC)
    traveller.move_to(back)
    if why == "break":
        jobs.tend_pauses(session)
    else:
        blocks.settle_over(session, block, at=back)
    hand_out(session, times=2)

    assert sum("has dates" in one.text for one in send(session)) == 1
    runs.noted(session, SYSTEM, run, "edited", changes={})
    hand_out(session)
    assert send(session) == []


def test_whoever_was_told_before_a_break_is_not_told_again_after_it(
    session: Session, traveller: time_machine.Traveller
) -> None:
    run, person = make_group(session, 12), make_student(session)
    wishes.note_interest(session, run.course_id, person, at=NOON)
    runs.noted(session, SYSTEM, run, "published", changes={})
    hand_out(session)
    assert len(send(session)) == 1
    wishes.note_interest(session, run.course_id, person, at=NOON)  # for other dates than these
    pauses.begin(session, SYSTEM, person, last_day=date(2027, 2, 10), zone=ZONE, at=NOON)

    pauses.resume(session, SYSTEM, person, at=NOON + timedelta(days=1))
    hand_out(session)

    assert send(session) == []
