"""What stands around the seats: caps of a term, odds, lists, needs, interest, apologies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.api import session_starts
from portal.enrolment.models import (
    AttendanceMark,
    How,
    Mark,
    MarkChange,
    MarkedHow,
    Role,
    ShareableNeed,
)
from portal.enrolment.privacy.places import SOURCES
from portal.enrolment.queries import mine, register, runs
from portal.enrolment.queries.waiting import odds, place_in_list
from portal.enrolment.services import marks, seats, wishes
from portal.enrolment.services.outcomes import Body, Enrolled, TermCapError, Waiting
from portal.plugin_api import SYSTEM
from tests.factories.courses import make_course, make_term
from tests.factories.enrolment import NOON, an_offer, book, fill, make_group, make_student
from tests.factories.keeping import let_go

SetNumber = Callable[[str, int], None]


# The cap of a term


def test_term_cap_counts_workshops_of_one_term(session: Session, set_number: SetNumber) -> None:
    set_number("enrolment:term_cap", 2)
    term, person = make_term(session), make_student(session)
    drop_in = make_course(session, drop_in=True)
    for _ in range(2):
        book(session, make_group(session, 4, term_id=term.id).id, person)
    third = make_group(session, 4, term_id=term.id)
    with pytest.raises(TermCapError):
        book(session, third.id, person)
    book(session, make_group(session, 4, term_id=term.id, course_id=drop_in.id).id, person)
    book(session, make_group(session, 4).id, person)  # another term
    assert isinstance(book(session, third.id, person, override="She co-designs it"), Enrolled)


def test_term_cap_leaves_supporters_out(session: Session, set_number: SetNumber) -> None:
    set_number("enrolment:term_cap", 1)
    term, helper = make_term(session), make_student(session)
    book(session, make_group(session, 4, term_id=term.id).id, helper)
    supporter = Body(person_id=helper, role=Role.SUPPORTER)
    run = make_group(session, 4, term_id=term.id)
    assert isinstance(book(session, run.id, make_student(session), supporter), Enrolled)


# Odds, lists, my courses


@pytest.mark.parametrize(("asked", "offered", "known"), [(4, 2, False), (5, 2, True), (9, 9, True)])
def test_odds_come_from_past_runs_and_say_so_under_a_handful(
    session: Session, asked: int, offered: int, known: bool
) -> None:
    for number in range(asked):
        run = make_group(session, 1)
        (enrolment,) = fill(session, run.id, 1)
        book(session, run.id, make_student(session))
        if number < offered:
            seats.withdraw(session, SYSTEM, enrolment, at=NOON)
        seats.end_run(session, run.id, completed=True, at=NOON)
    left = make_group(session, 1)
    fill(session, left.id, 1)
    gone = book(session, left.id, make_student(session))
    assert isinstance(gone, Waiting)
    seats.leave_waiting(session, SYSTEM, gone.entry_id, at=NOON)  # by themselves: not counted

    run = make_group(session, 1)
    fill(session, run.id, 1)
    waiting = book(session, run.id, make_student(session))
    assert isinstance(waiting, Waiting)
    place = place_in_list(session, waiting.entry_id, NOON)
    assert place is not None
    assert (place.odds.offered, place.odds.asked, place.odds.known) == (offered, asked, known)
    assert odds(session, 7, but_run_id=run.id).known is False


def test_offer_that_is_over_is_not_shown_whatever_is_stored(session: Session) -> None:
    offer = an_offer(session)
    before = place_in_list(session, offer.entry_id, offer.expires_at - timedelta(seconds=1))
    after = place_in_list(session, offer.entry_id, offer.expires_at)
    assert before is not None
    assert after is not None
    assert (before.answer_by, after.answer_by) == (offer.expires_at, None)


def test_my_courses_show_the_next_session_first(session: Session) -> None:
    person = make_student(session)
    later = make_group(session, 4, first=date(2027, 3, 8))
    sooner = make_group(session, 4, first=date(2027, 3, 1))
    past = make_group(session, 4, first=date(2027, 2, 1))
    for run in (later, sooner, past):
        book(session, run.id, person)
    shown = mine.my_courses(session, person, datetime(2027, 2, 20, tzinfo=UTC))
    assert [one.run.id for one in shown.coming] == [sooner.id, later.id]
    assert [one.run.id for one in shown.past] == [past.id]


def test_roster_and_companions_know_who_comes_together(session: Session) -> None:
    run = make_group(session, 4)
    made = book(session, run.id, make_student(session), Body(guest_name="Jo", role=Role.BUDDY))
    single = book(session, run.id, make_student(session), how=How.PHONE)
    assert isinstance(made, Enrolled)
    assert isinstance(single, Enrolled)
    lines = runs.roster(session, run.id)
    assert [line.party_id is not None for line in lines] == [True, True, False]
    assert runs.held(session, run.id) == runs.Held(enrolled=3, offered=0)
    (companion,) = mine.companions(session, made.enrolment_ids[0])
    assert (companion.guest_name, companion.role) == ("Jo", Role.BUDDY)


def test_expectations_say_what_somebody_has_here(session: Session) -> None:
    run = make_group(session, 1)
    person, waiting = make_student(session), make_student(session)
    made = book(session, run.id, person)
    entry = book(session, run.id, waiting)
    assert isinstance(made, Enrolled)
    assert isinstance(entry, Waiting)
    mine_ = mine.expectations(session, run.id, person, NOON)
    theirs = mine.expectations(session, run.id, waiting, NOON)
    nobody = mine.expectations(session, run.id, None, NOON)
    assert mine_ is not None
    assert theirs is not None
    assert nobody is not None
    assert (mine_.enrolment_id, theirs.entry_id) == (made.enrolment_ids[0], entry.entry_id)
    assert (nobody.enrolment_id, nobody.waiting, nobody.next_session) == (None, 1, 1)


# Needs, interest, apologies


def test_needs_are_forgotten_two_weeks_after_the_end(session: Session) -> None:
    run = make_group(session, 2, sessions=1, first=date(2027, 3, 1))
    kept, left = fill(session, run.id, 2)
    for enrolment in (kept, left):
        wishes.share_needs(session, enrolment, "A quiet corner", at=NOON)
    seats.withdraw(session, SYSTEM, left, at=NOON)
    end = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
    assert let_go(session, SOURCES, end + timedelta(days=14)) == {"shareable_need": 1}
    assert session.scalars(sa.select(ShareableNeed.enrolment_id)).all() == [kept]
    assert let_go(session, SOURCES, end + timedelta(days=14, seconds=1)) == {"shareable_need": 1}


def test_no_words_take_a_need_back(session: Session) -> None:
    run = make_group(session, 2)
    (enrolment,) = fill(session, run.id, 1)
    wishes.share_needs(session, enrolment, "By the door", at=NOON)
    wishes.share_needs(session, enrolment, "  ", at=NOON)
    assert session.scalars(sa.select(ShareableNeed.id)).all() == []


def test_interest_is_kept_once(session: Session) -> None:
    course, person = make_course(session), make_student(session)
    for _ in range(2):
        wishes.note_interest(session, course.id, person, at=NOON)
    assert mine.interests(session, person) == [course.id]
    wishes.forget_interest(session, course.id, person)
    assert mine.interests(session, person) == []


def test_apology_ahead_is_a_mark_that_can_be_taken_back(session: Session) -> None:
    person = make_student(session)
    run = make_group(session, 2)
    made = book(session, run.id, person)
    assert isinstance(made, Enrolled)
    (place,) = mine.my_courses(session, person, NOON).coming
    session_id = place.run.meetings[0].id
    for _ in range(2):
        wishes.apologise(session, SYSTEM, made.enrolment_ids[0], session_id, at=NOON)
    (place,) = mine.my_courses(session, person, NOON).coming
    assert {one: mark.value for one, mark in place.marks.items()} == {session_id: "apologies"}
    for _ in range(2):
        wishes.take_back_apology(session, SYSTEM, made.enrolment_ids[0], session_id, at=NOON)
    assert mine.my_courses(session, person, NOON).coming[0].marks == {}
    changes = session.execute(
        sa.select(MarkChange.id, MarkChange.mark, MarkChange.how).order_by(MarkChange.id)
    ).all()
    kept = [(row.mark, row.how) for row in changes]
    assert kept == [(Mark.APOLOGIES, MarkedHow.AHEAD), (None, MarkedHow.AHEAD)]
    (line,) = register.lines(session, run.id, session_id)
    assert line.version == changes[-1].id


def test_taking_an_apology_back_leaves_what_the_register_says(session: Session) -> None:
    run = make_group(session, 2)
    made = book(session, run.id, make_student(session))
    assert isinstance(made, Enrolled)
    session_id = min(session_starts(session, run.id))
    place = made.enrolment_ids[0]
    marks.put(session, SYSTEM, session_id, place, Mark.PRESENT, how=MarkedHow.TAPPED, at=NOON)
    wishes.take_back_apology(session, SYSTEM, place, session_id, at=NOON)
    assert session.scalars(sa.select(AttendanceMark.mark)).all() == [Mark.PRESENT]
