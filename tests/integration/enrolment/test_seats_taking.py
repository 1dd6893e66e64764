"""The seat engine: when a run takes people and from which session they count; what ends with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import CourseSession
from portal.enrolment.models import Enrolment, EnrolmentState, How, Role, Seat, WaitEntry, WaitState
from portal.enrolment.services import seats
from portal.enrolment.services.outcomes import Body, ClosedError, Enrolled, PartyError, Waiting
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import NOON, book, fill, make_group, make_student, taken
from tests.integration.enrolment.seating import ONLINE


@pytest.mark.parametrize("values", [{"published_at": None}, {"state": "cancelled"}])
def test_run_that_takes_nobody_is_refused(session: Session, values: dict[str, object]) -> None:
    if values.get("state") == "cancelled":
        values["cancelled_reason"] = "Snow"
    run = make_group(session, 4, **values)
    with pytest.raises(ClosedError):
        book(session, run.id, make_student(session))


def test_run_whose_last_session_has_begun_takes_walk_ins_alone(session: Session) -> None:
    run = make_group(session, 4, sessions=1)
    begun = datetime(2027, 3, 1, 10, 30, tzinfo=UTC)
    with pytest.raises(ClosedError):
        book(session, run.id, make_student(session), at=begun)
    assert isinstance(
        book(session, run.id, make_student(session), at=begun, how=How.WALK_IN), Enrolled
    )


def test_late_joiner_counts_from_the_next_session(session: Session) -> None:
    run = make_group(session, 4, sessions=3)
    between = datetime(2027, 3, 10, 9, 0, tzinfo=UTC)
    made = book(session, run.id, make_student(session), at=between)
    assert isinstance(made, Enrolled)
    assert theirs(session, made) == [3]


def theirs(session: Session, made: Enrolled) -> list[int]:
    """The numbers of the sessions that count for a place, in the order in which they are held."""
    place = session.get_one(Enrolment, made.enrolment_ids[0])
    meetings = sa.select(CourseSession.number).where(CourseSession.run_id == place.run_id)
    return list(
        session.scalars(
            meetings.where(CourseSession.starts_at >= place.from_at).order_by(
                CourseSession.starts_at
            )
        )
    )


def test_late_joiner_comes_to_a_session_that_was_moved_to_the_end(session: Session) -> None:
    run = make_group(session, 4, sessions=4)
    second = session.scalars(
        sa.select(CourseSession).where(CourseSession.run_id == run.id, CourseSession.number == 2)
    ).one()
    second.starts_at += timedelta(weeks=3)
    second.ends_at += timedelta(weeks=3)
    between = datetime(2027, 3, 10, 9, 0, tzinfo=UTC)  # after the first; the third is next
    made = book(session, run.id, make_student(session), at=between)
    assert isinstance(made, Enrolled)
    assert theirs(session, made) == [3, 4, 2]

    after = datetime(2027, 3, 16, 9, 0, tzinfo=UTC)  # the third is over: it is not theirs
    later = book(session, run.id, make_student(session), at=after)
    assert isinstance(later, Enrolled)
    assert theirs(session, later) == [4, 2]


def test_session_that_is_moved_nearer_stays_theirs(session: Session) -> None:
    run = make_group(session, 4, sessions=2)
    made = book(session, run.id, make_student(session))
    assert isinstance(made, Enrolled)
    first = session.scalars(
        sa.select(CourseSession).where(CourseSession.run_id == run.id, CourseSession.number == 1)
    ).one()
    first.starts_at -= timedelta(days=3)
    session.flush()
    assert theirs(session, made) == [1, 2]


@pytest.mark.parametrize(
    "bodies",
    [
        [],
        [Body(guest_name="Sam")],
        [Body(person_id=1, role=Role.SUPPORTER)],
        [Body(person_id=1), Body(person_id=1, role=Role.SUPPORTER)],
        [Body(person_id=1), Body(guest_name="Ama")],
        [Body(person_id=1), Body(guest_name=" ", role=Role.BUDDY)],
        [Body(person_id=1, mode=ONLINE)],
    ],
)
def test_bodies_that_make_no_party_are_refused(session: Session, bodies: list[Body]) -> None:
    run = make_group(session, 4)
    with pytest.raises(PartyError):
        seats.book(session, SYSTEM, run.id, bodies, at=NOON)


def test_end_of_a_run_completes_places_and_empties_the_list(session: Session) -> None:
    run = make_group(session, 2)
    enrolments = fill(session, run.id, 2)
    waiting = book(session, run.id, make_student(session))
    assert isinstance(waiting, Waiting)
    assert seats.end_run(session, run.id, completed=True, at=NOON) == 2
    assert session.get_one(Enrolment, enrolments[0]).state is EnrolmentState.COMPLETED
    assert session.get_one(WaitEntry, waiting.entry_id).state is WaitState.EXPIRED
    session.refresh(run)
    assert (taken(session, run.id), run.seats_taken) == (0, 2)


@pytest.mark.parametrize("same", ["number", "place", "person_id"])
def test_two_units_past_the_lock_collide_in_the_schema(session: Session, same: str) -> None:
    run, other = make_group(session, 2), make_group(session, 2)
    fill(session, run.id, 1)
    (borrowed,) = fill(session, other.id, 1)  # an enrolment to point at
    session.execute(sa.delete(Seat).where(Seat.enrolment_id == borrowed))
    held = session.scalars(sa.select(Seat).where(Seat.run_id == run.id)).one()
    values = {"number": 2, "place": 2, "person_id": make_student(session)}
    values[same] = getattr(held, same)
    session.add(Seat(run_id=run.id, mode=held.mode, enrolment_id=borrowed, **values))
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()
