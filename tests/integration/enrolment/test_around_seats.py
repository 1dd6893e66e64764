"""What stands around the seats: merging, erasure, caps of a term, odds, notices, jobs, needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.api import session_starts
from portal.courses.models import Run
from portal.courses.services.runs import cancel_run
from portal.enrolment import jobs
from portal.enrolment.models import (
    AttendanceMark,
    Enrolment,
    EnrolmentState,
    How,
    Mark,
    Offer,
    OfferState,
    Role,
    Seat,
    ShareableNeed,
    WaitEntry,
    WaitState,
)
from portal.enrolment.notices import facts, kinds
from portal.enrolment.notices import places as notices
from portal.enrolment.privacy import SOURCES
from portal.enrolment.queries import mine, register, runs
from portal.enrolment.queries.waiting import odds, place_in_list, waiting_for_run
from portal.enrolment.register_models import MarkChange, MarkedHow
from portal.enrolment.services import marks, seats, wishes
from portal.enrolment.services.keeping_apart import keep_apart
from portal.enrolment.services.merging import merge_people
from portal.enrolment.services.outcomes import Body, Enrolled, TermCapError, Waiting
from portal.messages.models import Message
from portal.plugin_api import SYSTEM, Contact, Recipient
from tests.factories.courses import make_course, make_term
from tests.factories.enrolment import NOON, book, fill, make_group, make_student, taken
from tests.factories.keeping import let_go

HOUR = timedelta(hours=1)
SetNumber = Callable[[str, int], None]


def an_offer(session: Session, *, email: bool = True, at: datetime = NOON) -> Offer:
    run = make_group(session, 1, first=date(2027, 6, 7))
    enrolments = fill(session, run.id, 1, at=at)
    book(session, run.id, make_student(session, email=email), at=at)
    seats.withdraw(session, SYSTEM, enrolments[0], at=at)
    return session.scalars(sa.select(Offer).where(Offer.run_id == run.id)).one()


# Merging


def test_merging_two_places_on_one_run_frees_one_seat(session: Session) -> None:
    run = make_group(session, 2)
    kept, gone, waiting = (make_student(session) for _ in range(3))
    supporter = Body(person_id=kept, role=Role.SUPPORTER)
    session.flush()
    first = book(session, run.id, gone)
    assert isinstance(first, Enrolled)
    seats.withdraw(session, SYSTEM, first.enrolment_ids[0], at=NOON)
    student = make_student(session)
    run.learning_cap = 3
    session.flush()
    book(session, run.id, student, supporter)
    book(session, run.id, gone)
    assert isinstance(book(session, run.id, waiting), Waiting)

    for _ in range(2):  # safe to run twice
        merge_people(session, kept, gone, at=NOON)
        assert taken(session, run.id) == 3  # the third is offered to who waited
    enrolment = session.scalars(
        sa.select(Enrolment).where(
            Enrolment.person_id == kept, Enrolment.state == EnrolmentState.ENROLLED
        )
    ).one()
    assert enrolment.role is Role.STUDENT
    assert session.scalar(sa.select(Enrolment.id).where(Enrolment.person_id == gone)) is None
    assert session.scalars(sa.select(Offer.state)).all() == [OfferState.LIVE]


def test_merging_a_student_with_their_own_supporter_keeps_the_party_theirs(
    session: Session,
) -> None:
    run = make_group(session, 4)
    kept, gone = make_student(session), make_student(session)
    guest = Body(guest_name="Auntie Jo", role=Role.BUDDY)
    book(session, run.id, Body(person_id=gone), Body(person_id=kept, role=Role.SUPPORTER), guest)

    merge_people(session, kept, gone, at=NOON)
    assert taken(session, run.id) == 2
    enrolment_id = session.scalars(
        sa.select(Enrolment.id).where(
            Enrolment.person_id == kept, Enrolment.state == EnrolmentState.ENROLLED
        )
    ).one()
    seats.withdraw(session, SYSTEM, enrolment_id, at=NOON)

    assert taken(session, run.id) == 0  # the guest came only with them


def test_merging_somebody_who_waits_with_somebody_who_has_a_place(session: Session) -> None:
    run = make_group(session, 1)
    kept, gone = make_student(session), make_student(session)
    book(session, run.id, kept)
    waiting = book(session, run.id, gone)
    assert isinstance(waiting, Waiting)
    merge_people(session, kept, gone, at=NOON)
    entry = session.get_one(WaitEntry, waiting.entry_id)
    assert (entry.state, entry.ended_why, entry.person_id) == (WaitState.WITHDRAWN, "merged", kept)


def test_merging_two_waits_keeps_the_longer(session: Session) -> None:
    run = make_group(session, 1)
    fill(session, run.id, 1)
    kept, gone = make_student(session), make_student(session)
    longer = book(session, run.id, gone)
    book(session, run.id, kept)
    merge_people(session, kept, gone, at=NOON)
    (line,) = waiting_for_run(session, run.id, NOON)
    assert isinstance(longer, Waiting)
    assert (line.entry_id, line.person_id) == (longer.entry_id, kept)
    assert [body.person_id for body in line.bodies] == [kept]


def test_merging_moves_pairs_that_are_kept_apart(session: Session) -> None:
    run = make_group(session, 3)
    kept, gone, other = (make_student(session) for _ in range(3))
    keep_apart(session, SYSTEM, gone, other, at=NOON)
    keep_apart(session, SYSTEM, kept, other, at=NOON)
    keep_apart(session, SYSTEM, kept, gone, at=NOON)
    merge_people(session, kept, gone, at=NOON)
    book(session, run.id, other)
    assert isinstance(book(session, run.id, kept), Waiting)


# Erasure


def test_erasing_somebody_frees_their_places_and_takes_them_out_of_the_past(
    session: Session,
) -> None:
    run = make_group(session, 1)
    over = make_group(session, 3)
    person, waiting = make_student(session), make_student(session)
    book(session, over.id, person, Body(guest_name="Sam", role=Role.SUPPORTER))
    seats.end_run(session, over.id, completed=True, at=NOON)
    book(session, run.id, person)
    book(session, run.id, waiting)
    elsewhere = make_group(session, 1)
    fill(session, elsewhere.id, 1)
    book(session, elsewhere.id, person)
    for source in SOURCES:
        source.erase(session, person, "pseudonymise")
    session.flush()
    for source in SOURCES:
        assert source.export(session, person) == [], source.table
    assert session.scalars(sa.select(Seat.person_id).where(Seat.run_id == run.id)).all() == [
        waiting
    ]
    assert waiting_for_run(session, elsewhere.id, NOON) == []
    completed = sa.select(Enrolment.guest_name).where(Enrolment.run_id == over.id)
    assert sorted(session.scalars(completed)) == ["Sam", "–"]


def test_export_holds_what_is_kept_about_somebody(session: Session) -> None:
    run = make_group(session, 1)
    person = make_student(session)
    made = book(session, run.id, person)
    assert isinstance(made, Enrolled)
    wishes.share_needs(session, made.enrolment_ids[0], "By the door, please", at=NOON)
    rows = {source.table: source.export(session, person) for source in SOURCES}
    assert rows["enrolment"][0]["run_id"] == run.id
    assert rows["shareable_need"][0]["words"] == "By the door, please"
    assert len(rows["seat"]) == 1


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


# Notices


def told(session: Session) -> list[str]:
    return list(session.scalars(sa.select(Message.purpose).order_by(Message.id)))


def test_everybody_is_told_once_what_became_of_their_wish(session: Session) -> None:
    offer = an_offer(session)
    seats.accept(session, SYSTEM, offer.id, at=NOON)
    seats.accept(session, SYSTEM, offer.id, at=NOON)
    assert told(session) == [
        "enrolment:place",
        "enrolment:waiting",
        "enrolment:left",
        "enrolment:offer",
        "enrolment:place",
    ]


@pytest.mark.parametrize("answer", ["accept", "decline", "lapse"])
def test_offer_that_was_answered_is_not_told_any_more(
    app: Portal, session: Session, answer: str
) -> None:
    offer = an_offer(session)
    to, about = Recipient(1, "Sam", "en"), {"offer": offer.id}
    with app.test_request_context(), time_machine.travel(NOON + HOUR, tick=False):
        words = notices.offer_words(session, to, about)
        assert words is not None
        assert len(words.sms) <= 160
        at = NOON + HOUR
        if answer == "accept":
            seats.accept(session, SYSTEM, offer.id, at=at)
        elif answer == "decline":
            seats.decline(session, SYSTEM, offer.id, at=at)
    at = offer.expires_at if answer == "lapse" else NOON + 2 * HOUR
    with app.test_request_context(), time_machine.travel(at, tick=False):
        assert notices.offer_words(session, to, about) is None


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        (48, datetime(2027, 1, 15, 16, 50, tzinfo=UTC), "Tuesday 19 January 2027, 4:50pm"),
        (24, datetime(2027, 3, 25, 9, 30, tzinfo=UTC), "Tuesday 30 March 2027, 9:30am"),
        (900, datetime(2027, 5, 20, 9, 0, tzinfo=UTC), "Monday 7 June 2027, 10am"),  # it begins
    ],
)
def test_who_is_rung_up_about_an_offer_hears_until_when(
    app: Portal, session: Session, set_number: SetNumber, hours: int, at: datetime, until: str
) -> None:
    set_number("enrolment:offer_hours", hours)
    offer = an_offer(session, email=False, at=at)
    to, about = Recipient(1, "Sam", "en"), {"offer": offer.id}
    with app.test_request_context(), time_machine.travel(at, tick=False):
        words = notices.offer_words(session, to, about)
    assert words is not None
    assert all(until in said for said in (words.text, words.html or "", words.sms, words.spoken))


def test_nobody_reads_an_address_of_the_web_aloud(app: Portal) -> None:
    with app.test_request_context():
        for kind in kinds():
            spoken = kind.sample().spoken
            assert spoken, kind.purpose
            assert "://" not in spoken, kind.purpose


def test_offer_that_lapsed_leads_back_to_the_course(app: Portal, session: Session) -> None:
    offer = an_offer(session)
    run = session.get_one(Run, offer.run_id)
    at = offer.expires_at + HOUR
    seats.refresh(session, run.id, at=at)
    with app.test_request_context(), time_machine.travel(at, tick=False):
        words = notices.offer_lapsed_words(session, Recipient(1, "Sam", "en"), {"offer": offer.id})
    assert words is not None
    assert f"/{run.reference}" in words.text


def test_logged_contact_starts_the_clock_of_an_offer(session: Session) -> None:
    offer = an_offer(session, email=False)
    reached = NOON + 20 * HOUR

    def contact(outcome: str, tries: int) -> Contact:
        return Contact(
            person_id=1,
            key="k",
            about={"offer": offer.id},
            at=reached,
            by="hand",
            outcome=outcome,  # type: ignore[arg-type]
            tries=tries,
        )

    notices.offer_contact(session, contact("no_answer", 1))
    assert (offer.clock_starts_at, offer.tries) == (None, 1)
    notices.offer_contact(session, contact("reached", 2))
    assert offer.clock_starts_at == reached


def test_samples_and_words_of_every_notice_name_no_course_where_others_see_it(
    app: Portal, session: Session
) -> None:
    with app.test_request_context():
        for kind in notices.kinds():
            words = kind.sample()
            assert str(facts.SAMPLE_COURSE) in words.text
            assert str(facts.SAMPLE_COURSE) not in f"{kind.subject}{words.sms}"
            assert 0 < len(words.sms) <= 160


# Jobs and what follows from events


def test_job_lapses_and_hands_on_with_nobody_looking(app: Portal, session: Session) -> None:
    offer = an_offer(session)
    session.commit()
    with app.app_context(), time_machine.travel(offer.expires_at, tick=False):
        jobs.hand_on(session)
    session.expire_all()
    assert offer.state is OfferState.LAPSED


def test_cancelled_run_keeps_places_on_record_and_ends_the_list(session: Session) -> None:
    from portal.plugin_api import EventContext
    from portal.plugin_api.events import RunChanged

    run = make_group(session, 1)
    (enrolment,) = fill(session, run.id, 1)
    waiting = book(session, run.id, make_student(session))
    assert isinstance(waiting, Waiting)
    cancel_run(session, SYSTEM, run.id, reason="Snow")
    event = RunChanged(course_id=run.course_id, run_id=run.id, state="cancelled")
    for attempt in (1, 2):
        jobs.places_of_changed_run(
            session, event, EventContext(event_id="e", at=NOON, attempt=attempt)
        )
    assert session.get_one(Enrolment, enrolment).state is EnrolmentState.ENROLLED
    entry = session.get_one(WaitEntry, waiting.entry_id)
    assert (entry.state, entry.ended_why) == (WaitState.EXPIRED, "run_cancelled")


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
