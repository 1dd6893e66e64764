"""Offers, waits and places that somebody has: yes, no, too late, and changing one’s mind."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
import time_machine

from portal import clock
from portal.audit.models import AuditPayload
from portal.courses.models import Course, CourseSession, Mode, Run, SessionState
from portal.enrolment.models import (
    AttendanceMark,
    Enrolment,
    EnrolmentState,
    Interest,
    Mark,
    Offer,
    OfferState,
    ShareableNeed,
    TakesPart,
    WaitEntry,
    WaitState,
)
from portal.enrolment.services import seats
from portal.plugin_api import SYSTEM
from portal.ui.filters import deadline, moment
from tests.factories.enrolment import all_shared, book, make_student
from tests.integration.enrolment.taking import (
    SignIn,
    answer_everything,
    coming_group,
    fill_now,
    letting_go,
    newest_person,
    places_of,
    send,
)

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from portal.app import Portal


@pytest.fixture
def student(sign_in: SignIn, session: Session) -> FlaskClient:
    return letting_go(sign_in(), session)


@pytest.fixture
def student_id(student: FlaskClient, session: Session) -> int:
    return newest_person(session)


@pytest.fixture
def place(student: FlaskClient, student_id: int, session: Session) -> Enrolment:
    """A place of the student's, in a run that is held both ways."""
    run = coming_group(session, mode=Mode.BOTH)
    book(session, run.id, student_id, at=clock.now())
    session.commit()
    return places_of(session, student_id)[0]


@pytest.fixture
def offer(student_id: int, session: Session) -> Offer:
    """An offer to the student, who shared something when they asked."""
    run = coming_group(session, cap=1)
    (other,) = fill_now(session, run.id, 1)
    book(session, run.id, student_id, at=clock.now())
    seats.withdraw(session, SYSTEM, other, at=clock.now())
    session.commit()
    return session.scalars(sa.select(Offer)).one()


def test_an_offer_says_until_when(
    app: Portal, student: FlaskClient, offer: Offer, session: Session
) -> None:
    ends = offer.expires_at
    with app.test_request_context():
        words = deadline(ends)

    assert words in student.get(f"/places/offers/{offer.id}").text


def test_an_offer_in_a_run_that_has_begun_names_the_next_session(
    app: Portal, student: FlaskClient, offer: Offer, session: Session
) -> None:
    offer_id = offer.id
    first, second, *_ = session.scalars(
        sa.select(CourseSession)
        .where(CourseSession.run_id == offer.run_id)
        .order_by(CourseSession.number)
    ).all()
    first.starts_at -= timedelta(weeks=6)
    first.ends_at -= timedelta(weeks=6)
    session.get_one(Run, offer.run_id).first_starts_at = first.starts_at
    with app.test_request_context():
        words = [moment(one.starts_at) for one in (first, second)]
    session.commit()

    page = student.get(f"/places/offers/{offer_id}").text

    assert "Next session" in page
    assert [one in page for one in words] == [False, True]


def test_yes_gives_the_place_with_what_was_written(
    student: FlaskClient, student_id: int, session: Session
) -> None:
    run = coming_group(session, cap=1)
    (other,) = fill_now(session, run.id, 1)
    run_id = run.id
    session.commit()
    answer_everything(student, run_id, needs="A quiet corner")
    waiting = send(student, f"/places/runs/{run_id}/check").location
    assert "You are number 1 on the waiting list" in student.get(waiting).text
    session.rollback()
    seats.withdraw(session, SYSTEM, other, at=clock.now())
    offer_id = session.scalars(sa.select(Offer.id)).one()
    session.commit()

    first = send(student, f"/places/offers/{offer_id}")

    (mine,) = places_of(session, student_id)
    assert first.location == f"/places/{mine.id}/done"
    assert all_shared(session) == ["A quiet corner"]
    session.rollback()
    assert "You said yes" in student.get(f"/places/offers/{offer_id}").text


def test_no_needs_no_reason_and_ends_the_wait(
    student: FlaskClient, offer: Offer, session: Session
) -> None:
    offer_id, entry_id = offer.id, offer.entry_id

    send(student, f"/places/offers/{offer_id}/decline")

    session.rollback()
    assert session.get_one(WaitEntry, entry_id).state is WaitState.DECLINED
    assert "that is fine" in student.get(f"/places/offers/{offer_id}").text


def test_done_names_the_first_session_that_takes_place_and_counts_for_them(
    app: Portal, student: FlaskClient, place: Enrolment, session: Session
) -> None:
    place_id, run_id = place.id, place.run_id
    first, second, third = session.scalars(
        sa.select(CourseSession)
        .where(CourseSession.run_id == run_id)
        .order_by(CourseSession.number)
    ).all()
    second.state, second.reason = SessionState.CANCELLED, "Kim is ill."
    session.get_one(Enrolment, place_id).from_at = first.ends_at  # it had begun when they joined
    with app.test_request_context():
        words = [moment(one.starts_at) for one in (first, second, third)]
    session.commit()

    page = student.get(f"/places/{place_id}/done").text

    assert [one in page for one in words] == [False, False, True]


def test_an_offer_that_is_over_says_what_happens_next(
    student: FlaskClient, student_id: int, offer: Offer, session: Session
) -> None:
    offer_id, after = offer.id, offer.expires_at + timedelta(minutes=1)
    from tests.integration.enrolment.taking import KEY

    match = KEY.search(student.get(f"/places/offers/{offer_id}").text)
    assert match
    with time_machine.travel(after, tick=False):
        session.rollback()
        late = seats.accept(session, SYSTEM, offer_id, at=clock.now())
        session.commit()
        assert late.became in (OfferState.LAPSED, OfferState.UNREACHED)  # type: ignore[union-attr]

    assert places_of(session, student_id) == []
    page = student.post(f"/places/offers/{offer_id}", data={"form_key": match[1]})
    assert page.location == f"/places/offers/{offer_id}"
    assert "This offer is over" in student.get(page.location).text


def test_somebody_elses_offer_and_wait_are_not_there(
    student: FlaskClient, session: Session
) -> None:
    run = coming_group(session, cap=1)
    (other,) = fill_now(session, run.id, 1)
    book(session, run.id, make_student(session), at=clock.now())
    entry_id = session.scalars(sa.select(WaitEntry.id)).one()
    seats.withdraw(session, SYSTEM, other, at=clock.now())
    offer_id = session.scalars(sa.select(Offer.id)).one()
    session.commit()

    for path in (f"offers/{offer_id}", f"offers/{offer_id}/decline", f"waiting/{entry_id}"):
        assert student.get(f"/places/{path}").status_code == 404
    for path in (f"offers/{offer_id}", f"offers/{offer_id}/decline", f"waiting/{entry_id}/leave"):
        assert student.post(f"/places/{path}", data={"form_key": "a" * 32}).status_code == 404
    session.rollback()
    assert session.get_one(Offer, offer_id).state is OfferState.LIVE


def test_leaving_the_list(student: FlaskClient, student_id: int, session: Session) -> None:
    run = coming_group(session, cap=1)
    fill_now(session, run.id, 1)
    book(session, run.id, student_id, at=clock.now())
    entry_id = session.scalars(sa.select(WaitEntry.id)).one()
    session.commit()

    answer = send(student, f"/places/waiting/{entry_id}/leave")

    assert "not on this list any more" in student.get(answer.location).text
    session.rollback()
    assert session.get_one(WaitEntry, entry_id).state is WaitState.WITHDRAWN


def test_giving_up_a_place(student: FlaskClient, place: Enrolment, session: Session) -> None:
    place_id = place.id

    assert send(student, f"/places/{place_id}/leave").status_code == 303

    session.rollback()
    assert session.get_one(Enrolment, place_id).state is EnrolmentState.WITHDRAWN


def test_taking_part_online_from_now_on(
    student: FlaskClient, place: Enrolment, session: Session
) -> None:
    place_id = place.id

    send(student, f"/places/{place_id}/how", mode="online")

    session.rollback()
    assert session.get_one(Enrolment, place_id).mode is TakesPart.ONLINE


def test_an_apology_and_taking_it_back(
    student: FlaskClient, place: Enrolment, session: Session
) -> None:
    session_id = session.scalars(sa.select(CourseSession.id)).first()
    page = f"/places/{place.id}/sessions/{session_id}/sorry"

    send(student, page)
    session.rollback()
    assert session.scalars(sa.select(AttendanceMark.mark)).all() == [Mark.APOLOGIES]
    session.rollback()
    send(student, page)
    session.rollback()
    assert session.scalars(sa.select(AttendanceMark.mark)).all() == []


def test_an_old_page_of_an_apology_does_what_it_said(
    student: FlaskClient, place: Enrolment, session: Session
) -> None:
    session_id = session.scalars(sa.select(CourseSession.id)).first()
    page = f"/places/{place.id}/sessions/{session_id}/sorry"

    for key in ("a" * 32, "b" * 32):  # two tabs, both opened before the first was sent
        student.post(page, data={"form_key": key, "turn": "on"})

    session.rollback()
    assert session.scalars(sa.select(AttendanceMark.mark)).all() == [Mark.APOLOGIES]


def test_what_those_who_lead_know_can_be_taken_back(
    student: FlaskClient, place: Enrolment, session: Session
) -> None:
    page = f"/places/{place.id}/needs"
    send(student, page, needs="Some water")
    assert "Some water" in student.get(page).text
    send(student, page, needs="")

    session.rollback()
    assert session.scalars(sa.select(ShareableNeed.id)).all() == []


def test_what_was_written_stands_in_no_audit(
    student: FlaskClient, student_id: int, session: Session
) -> None:
    run_id = coming_group(session).id
    session.commit()
    answer_everything(student, run_id, needs="Xylophone")
    send(student, f"/places/runs/{run_id}/check")

    session.rollback()
    for payload in session.scalars(sa.select(AuditPayload)):
        assert "Xylophone" not in f"{payload.reason}{payload.details}"


def test_interest_in_a_course_without_dates(
    student: FlaskClient, student_id: int, session: Session
) -> None:
    from tests.factories.courses import make_course

    course_id = make_course(session).id
    slug = session.get_one(Course, course_id).slug
    session.commit()
    page = f"/places/courses/{course_id}/interest"

    assert "Tell me when it runs" in student.get(f"/courses/{slug}").text
    send(student, page)
    session.rollback()
    assert session.scalars(sa.select(Interest.person_id)).all() == [student_id]
    session.rollback()
    send(student, page)
    session.rollback()
    assert session.scalars(sa.select(Interest.id)).all() == []
