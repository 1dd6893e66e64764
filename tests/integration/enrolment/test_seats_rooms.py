"""The seat engine: rooms, capacity, and how many bodies a booking brings."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import CourseSession, Mode, Perspective, Run, SessionState, Venue
from portal.enrolment.models import Enrolment, EnrolmentState, Role, TakesPart
from portal.enrolment.services import seats
from portal.enrolment.services.outcomes import Body, Enrolled, ModeFullError, Waiting
from portal.plugin_api import SYSTEM
from tests.factories.courses import make_assignment
from tests.factories.enrolment import NOON, book, fill, make_group, make_student, student, taken
from tests.integration.enrolment.seating import (
    FRIDAY,
    HOUR,
    ONLINE,
    offered_at,
    offered_people,
    offers,
)


def test_room_less_those_who_lead_is_the_most_in_person(session: Session) -> None:
    run = make_group(session, 12, room=6)
    for number in (1, 2):
        one = make_student(session)
        meeting = session.scalars(sa.select(_sessions(run.id, number))).one()
        make_assignment(session, meeting.id, one, Perspective.LIVED)
        if number == 2:
            make_assignment(session, meeting.id, make_student(session), Perspective.SUBJECT)
    outcomes = [book(session, run.id, make_student(session)) for _ in range(6)]
    assert [type(one) for one in outcomes] == [Enrolled] * 4 + [Waiting] * 2


def _sessions(run_id: int, number: int) -> type:
    from portal.courses.models import CourseSession

    return sa.orm.aliased(
        CourseSession,
        sa.select(CourseSession)
        .where(CourseSession.run_id == run_id, CourseSession.number == number)
        .subquery(),
    )


def test_smallest_room_counts_until_its_session_is_over_or_cancelled(session: Session) -> None:
    run = make_group(session, 5, room=5)
    small = Venue(slug="small", name="Small", capacity=2)
    session.add(small)
    session.flush()
    second = (
        session.scalars(
            sa.select(Run).where(Run.id == run.id).options(sa.orm.selectinload(Run.sessions))
        )
        .one()
        .sessions[1]
    )
    second.venue_id = small.id
    session.flush()
    fill(session, run.id, 2)
    waiting = make_student(session)
    assert isinstance(book(session, run.id, waiting), Waiting)
    second.state, second.reason = SessionState.CANCELLED, "The boiler"
    session.flush()
    seats.refresh(session, run.id, at=NOON, changed=True)
    assert offered_people(session, run.id) == [waiting]


def test_room_of_a_session_that_is_over_limits_nobody(session: Session) -> None:
    run = make_group(session, 3, room=3)
    small = Venue(slug="small", name="Small", capacity=1)
    session.add(small)
    session.flush()
    meetings = session.scalars(
        sa.select(CourseSession)
        .where(CourseSession.run_id == run.id)
        .order_by(CourseSession.number)
    ).all()
    meetings[0].venue_id = small.id
    session.flush()
    fill(session, run.id, 1)
    waiting = make_student(session)
    assert isinstance(book(session, run.id, waiting), Waiting)
    seats.refresh(session, run.id, at=meetings[0].ends_at - timedelta(seconds=1))
    assert offers(session, run.id) == []
    seats.refresh(session, run.id, at=meetings[0].ends_at)
    assert offered_people(session, run.id) == [waiting]


def test_who_has_a_place_and_waits_for_a_supporter_needs_one_more(session: Session) -> None:
    run = make_group(session, 3)
    asking = make_student(session)
    book(session, run.id, asking)
    enrolments = fill(session, run.id, 2)
    helper = Body(person_id=make_student(session), role=Role.SUPPORTER)
    assert isinstance(book(session, run.id, asking, helper), Waiting)
    seats.withdraw(session, SYSTEM, enrolments[0], at=NOON)
    (offer,) = offers(session, run.id)
    accepted = seats.accept(session, SYSTEM, offer.id, at=NOON)
    assert isinstance(accepted, Enrolled)
    assert len(accepted.enrolment_ids) == 2
    assert taken(session, run.id) == 3


@pytest.mark.parametrize("lower", [3, 1])
def test_lowered_capacity_honours_everybody_and_offers_nothing(
    session: Session, lower: int
) -> None:
    run = make_group(session, 4)
    enrolments = fill(session, run.id, 4)
    book(session, run.id, make_student(session))
    run.learning_cap = lower
    session.flush()
    seats.refresh(session, run.id, at=NOON, changed=True)
    assert taken(session, run.id) == 4
    for enrolment in enrolments[: 4 - lower]:
        seats.withdraw(session, SYSTEM, enrolment, at=NOON)
    assert offers(session, run.id) == []
    seats.withdraw(session, SYSTEM, enrolments[-1], at=NOON)
    assert len(offers(session, run.id)) == 1


def test_live_offer_is_honoured_when_capacity_is_lowered(session: Session) -> None:
    run, offer = offered_at(session, FRIDAY, first=date(2027, 12, 6))
    run.learning_cap = 1
    session.flush()
    assert isinstance(seats.accept(session, SYSTEM, offer.id, at=FRIDAY + HOUR), Enrolled)


def test_supporter_leaves_with_the_student(session: Session) -> None:
    run = make_group(session, 4)
    supporter = make_student(session)
    made = book(
        session, run.id, make_student(session), Body(person_id=supporter, role=Role.SUPPORTER)
    )
    assert isinstance(made, Enrolled)
    seats.withdraw(session, SYSTEM, made.enrolment_ids[0], at=NOON)
    states = [session.get_one(Enrolment, one).state for one in made.enrolment_ids]
    assert states == [EnrolmentState.WITHDRAWN, EnrolmentState.RELEASED]
    assert taken(session, run.id) == 0


def test_supporter_of_two_students_stays_for_the_other(session: Session) -> None:
    run = make_group(session, 4)
    helper = Body(person_id=make_student(session), role=Role.SUPPORTER)
    one = book(session, run.id, make_student(session), helper)
    two = book(session, run.id, make_student(session), helper)
    assert isinstance(one, Enrolled)
    assert isinstance(two, Enrolled)
    assert taken(session, run.id) == 3
    seats.withdraw(session, SYSTEM, one.enrolment_ids[0], at=NOON)
    assert taken(session, run.id) == 2
    seats.withdraw(session, SYSTEM, two.enrolment_ids[0], at=NOON)
    assert taken(session, run.id) == 0


def test_supporter_who_is_a_student_too_is_one_body(session: Session) -> None:
    run = make_group(session, 2)
    helper = make_student(session)
    made = book(session, run.id, make_student(session), Body(person_id=helper, role=Role.SUPPORTER))
    own = book(session, run.id, helper)
    assert isinstance(made, Enrolled)
    assert own == Enrolled(run.id, (made.enrolment_ids[1],))
    assert taken(session, run.id) == 2
    seats.withdraw(session, SYSTEM, made.enrolment_ids[0], at=NOON)
    assert session.get_one(Enrolment, made.enrolment_ids[1]).state is EnrolmentState.ENROLLED


def test_student_who_supports_somebody_keeps_one_seat(session: Session) -> None:
    run = make_group(session, 2)
    helper = make_student(session)
    book(session, run.id, helper)
    made = book(session, run.id, make_student(session), Body(person_id=helper, role=Role.SUPPORTER))
    assert isinstance(made, Enrolled)
    assert taken(session, run.id) == 2


def test_mode_changes_where_there_is_room_and_nobody_waits_for_it(session: Session) -> None:
    run = make_group(session, 4, room=2, mode=Mode.BOTH)
    chairs = fill(session, run.id, 2)
    waiting = make_student(session)
    book(session, run.id, waiting)
    online = book(session, run.id, student(make_student(session), ONLINE))
    assert isinstance(online, Enrolled)
    with pytest.raises(ModeFullError):
        seats.change_mode(session, SYSTEM, online.enrolment_ids[0], TakesPart.IN_PERSON, at=NOON)
    seats.change_mode(session, SYSTEM, chairs[0], ONLINE, at=NOON)
    assert offered_people(session, run.id) == [waiting]
    assert session.get_one(Enrolment, chairs[0]).mode is ONLINE
