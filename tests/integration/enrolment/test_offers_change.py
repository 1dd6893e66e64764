"""Offers that stop being what they were: sessions move, mail comes back, people must not meet."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import CourseSession, Run
from portal.courses.services import sessions as course_sessions
from portal.desk.models import DeskTask
from portal.enrolment.models import Offer, OfferState, Role, Seat, WaitEntry, WaitState
from portal.enrolment.services import seats
from portal.enrolment.services.keeping_apart import keep_apart
from portal.enrolment.services.outcomes import Body, Enrolled, PartyError, TooLate, Waiting
from portal.messages.models import Message
from portal.plugin_api import SYSTEM
from tests.factories.courses import make_assignment
from tests.factories.enrolment import NOON, book, fill, make_group, make_student
from tests.factories.telling import send

MONDAY = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


def sessions_of(session: Session, run_id: int) -> list[CourseSession]:
    found = sa.select(CourseSession).where(CourseSession.run_id == run_id)
    return list(session.scalars(found.order_by(CourseSession.number)))


def offered(session: Session, run_id: int, at: datetime) -> Offer:
    """A live offer: the place that somebody gave up at that instant."""
    (full,) = fill(session, run_id, 1, at=at)
    book(session, run_id, make_student(session), at=at)
    seats.withdraw(session, SYSTEM, full, at=at)
    return session.scalars(sa.select(Offer).where(Offer.run_id == run_id)).one()


def move(session: Session, one: CourseSession, day: date, at: time) -> None:
    to = course_sessions.NewTime(day=day, starts=at, minutes=60)
    with time_machine.travel(MONDAY, tick=False):
        course_sessions.move_session(session, SYSTEM, one.id, to, version=one.version, reason="x")
        seats.refresh(session, one.run_id, at=MONDAY, changed=True)


@pytest.mark.parametrize("minutes", [0, 30, 150], ids=["begins", "is on", "is over"])
def test_offer_ends_when_a_session_that_was_moved_forward(session: Session, minutes: int) -> None:
    run = make_group(session, 1, sessions=1, first=date(2027, 3, 3))
    offer = offered(session, run.id, MONDAY)
    move(session, sessions_of(session, run.id)[0], date(2027, 3, 2), time(14))
    begins = datetime(2027, 3, 2, 14, tzinfo=UTC)
    assert offer.expires_at == begins  # and so every page says
    late = seats.accept(session, SYSTEM, offer.id, at=begins + timedelta(minutes=minutes))
    assert late == TooLate(run.id, OfferState.LAPSED)


def test_offer_stands_to_the_end_it_had_when_a_session_is_moved_back(session: Session) -> None:
    run = make_group(session, 1, sessions=1, first=date(2027, 3, 2))
    offer = offered(session, run.id, MONDAY)
    before = offer.expires_at
    move(session, sessions_of(session, run.id)[0], date(2027, 3, 9), time(14))
    assert offer.expires_at == before


def test_offer_is_too_late_after_the_last_session_was_cancelled(session: Session) -> None:
    run = make_group(session, 1, sessions=1, first=date(2027, 3, 10))
    offer = offered(session, run.id, MONDAY)
    course_sessions.cancel_session(
        session, SYSTEM, sessions_of(session, run.id)[0].id, reason="ill"
    )
    seats.refresh(session, run.id, at=MONDAY, changed=True)
    outcome = seats.accept(session, SYSTEM, offer.id, at=MONDAY + timedelta(hours=1))
    assert isinstance(outcome, TooLate)


def test_who_had_ten_minutes_to_answer_is_asked_again_for_the_session_after_it(
    session: Session,
) -> None:
    run = make_group(session, 1, sessions=6)
    soon = datetime(2027, 3, 8, 9, 50, tzinfo=UTC)  # ten minutes before session 2
    first = offered(session, run.id, soon)
    begins = soon + timedelta(minutes=10)
    assert first.expires_at == begins
    seats.refresh(session, run.id, at=begins)
    assert first.state is OfferState.UNREACHED
    again = session.scalars(sa.select(Offer).where(Offer.state == OfferState.LIVE)).one()
    assert again.entry_id == first.entry_id
    assert again.expires_at == begins + timedelta(hours=48)
    seats.refresh(session, run.id, at=again.expires_at)  # time enough, this time
    assert session.get_one(WaitEntry, first.entry_id).state is WaitState.EXPIRED


def test_who_had_a_day_to_answer_before_a_session_has_had_their_turn(session: Session) -> None:
    run = make_group(session, 1, sessions=6)
    offer = offered(session, run.id, datetime(2027, 3, 7, 10, tzinfo=UTC))
    seats.refresh(session, run.id, at=offer.expires_at)
    assert offer.expires_at == datetime(2027, 3, 8, 10, tzinfo=UTC)
    assert session.get_one(WaitEntry, offer.entry_id).state is WaitState.EXPIRED


def test_party_that_the_group_can_never_hold_is_told_so(session: Session) -> None:
    run = make_group(session, 4)
    party = [Body(guest_name=f"G{n}", role=Role.SUPPORTER) for n in range(4)]
    with pytest.raises(PartyError):
        book(session, run.id, Body(person_id=make_student(session)), *party)
    assert isinstance(
        book(session, run.id, Body(person_id=make_student(session)), *party[1:]), Enrolled
    )


def test_party_that_the_group_can_hold_no_more_keeps_no_places_empty(session: Session) -> None:
    run = make_group(session, 5)
    full = fill(session, run.id, 5)
    party = [Body(guest_name=f"G{n}", role=Role.SUPPORTER) for n in range(4)]
    book(session, run.id, Body(person_id=make_student(session)), *party)
    session.get_one(Run, run.id).learning_cap = 4
    for _ in range(5):
        book(session, run.id, make_student(session))
    for enrolment in full:
        seats.withdraw(session, SYSTEM, enrolment, at=NOON)
    held = sa.select(sa.func.count()).select_from(Seat).where(Seat.run_id == run.id)
    assert session.scalar(held) == 4


def test_who_must_not_meet_whoever_leads_gets_no_place_and_another_way_is_looked_for(
    session: Session,
) -> None:
    run = make_group(session, 5)
    who, leads = make_student(session), make_student(session)
    make_assignment(session, session_id=sessions_of(session, run.id)[0].id, person_id=leads)
    keep_apart(session, SYSTEM, who, leads, at=NOON)
    assert isinstance(book(session, run.id, who), Waiting)
    assert session.scalars(sa.select(DeskTask.person_id)).all() == [who]
    assert isinstance(book(session, run.id, make_student(session)), Enrolled)


def test_two_who_must_not_meet_get_no_places_in_one_party(session: Session) -> None:
    run = make_group(session, 5)
    one, two = make_student(session), make_student(session)
    keep_apart(session, SYSTEM, one, two, at=NOON)
    supporter = Body(person_id=two, role=Role.SUPPORTER)
    assert isinstance(book(session, run.id, Body(person_id=one), supporter), Waiting)


def test_who_must_not_meet_is_not_let_in_by_an_older_offer(session: Session) -> None:
    run = make_group(session, 2)
    (other,) = fill(session, run.id, 1)
    offer = offered(session, run.id, NOON)
    one = session.scalar(sa.select(Seat.person_id).where(Seat.enrolment_id == other))
    entry = session.get_one(WaitEntry, offer.entry_id)
    assert one
    assert entry.person_id
    keep_apart(session, SYSTEM, one, entry.person_id, at=NOON)
    outcome = seats.accept(session, SYSTEM, offer.id, at=NOON)
    assert outcome == TooLate(run.id, OfferState.WITHDRAWN)
    session.refresh(entry)
    assert entry.state is WaitState.WAITING
    assert session.scalars(sa.select(DeskTask.person_id)).all() == [entry.person_id]


def test_whose_email_came_back_has_their_time_from_when_they_are_reached(
    app: Portal, session: Session
) -> None:
    with app.test_request_context(), time_machine.travel(NOON, tick=False):
        run = make_group(session, 1, first=date(2027, 6, 1))
        offer = offered(session, run.id, NOON)
        first_end = offer.expires_at
        refused = sa.update(Message).where(Message.purpose == "enrolment:offer")
        session.execute(
            refused.values(channel="hand")
        )  # as it stands when the server has refused it
        send(session)
        session.refresh(offer)
        assert offer.clock_starts_at is None
        assert offer.expires_at > first_end
        seats.refresh(session, run.id, at=first_end)
        assert offer.state is OfferState.LIVE
        reached = first_end + timedelta(hours=1)
        seats.log_contact(session, SYSTEM, offer.id, reached=True, at=reached)
        assert offer.clock_starts_at == reached


def test_whose_email_came_back_and_who_is_never_reached_keeps_their_place_in_the_list(
    app: Portal, session: Session
) -> None:
    with app.test_request_context(), time_machine.travel(NOON, tick=False):
        run = make_group(session, 1, first=date(2027, 6, 1))
        offer = offered(session, run.id, NOON)
        refused = sa.update(Message).where(Message.purpose == "enrolment:offer")
        session.execute(refused.values(channel="hand"))
        send(session)
        session.refresh(offer)
        seats.refresh(session, run.id, at=offer.expires_at)
        assert offer.state is OfferState.UNREACHED
        assert session.get_one(WaitEntry, offer.entry_id).state is WaitState.WAITING
