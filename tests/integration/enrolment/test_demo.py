"""The demo college's places: as many as a college has, and true to the engine's rules on any day."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import DemoPeople, demo_people_with_login, is_reached_by_email
from portal.accounts.demo import seed_people
from portal.app import Portal
from portal.courses.demo import seed_courses
from portal.courses.models import CourseSession, Run, RunState
from portal.enrolment.checking import check_seats, places_without_seat, runs_that_differ
from portal.enrolment.demo import seed_places
from portal.enrolment.models import (
    AttendanceMark,
    Block,
    Enrolment,
    EnrolmentState,
    Interest,
    Mark,
    Offer,
    OfferState,
    PartyMember,
    Pause,
    Seat,
    ShareableNeed,
    TakesPart,
    WaitEntry,
    WaitState,
)
from portal.enrolment.queries.blocks import blocked_among
from portal.enrolment.queries.pauses import pause_at
from portal.enrolment.queries.waiting import place_in_list
from portal.enrolment.services import seats
from portal.enrolment.services.ledger import locked
from portal.plugin_api.testing import ENGINES, Lab
from tests.factories.demo import College, engine_or_skip, looked_at, make_college
from tests.factories.enrolment import all_shared

ZONE = "Europe/London"
TODAY = datetime(2027, 3, 10, 12, tzinfo=UTC)

Seed = Callable[..., DemoPeople]


def _seed(session: Session) -> DemoPeople:
    people = seed_people(session)
    seed_courses(session, people, zone=ZONE)
    seed_places(session, people)
    return people


@pytest.fixture(scope="module", params=ENGINES)
def college(request: pytest.FixtureRequest, portal_lab: Lab) -> College:
    """A demo college with its places, made once for all tests that only look at it."""
    return make_college(portal_lab, engine_or_skip(request.param), "places", TODAY, _seed)


@pytest.fixture
def session(college: College) -> Iterator[Session]:
    """Of the shared college. Tests that make one of their own use `seed` and `portal_session`."""
    with looked_at(college) as session:
        yield session


@pytest.fixture
def seed(app: Portal, portal_session: Session) -> Seed:
    def seed(at: datetime) -> DemoPeople:
        with app.app_context(), time_machine.travel(at, tick=False):
            return _seed(portal_session)

    return seed


def _count(session: Session, *where: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).where(*where)) or 0


def test_demo_has_the_sizes_of_a_college(session: Session) -> None:
    marks = Counter(
        session.scalars(
            sa.select(AttendanceMark.mark)
            .join(CourseSession, CourseSession.id == AttendanceMark.session_id)
            .where(CourseSession.ends_at < TODAY)
        )
    )
    total = marks.total()
    assert total > 1_000
    came = marks[Mark.PRESENT] + marks[Mark.PART]
    assert came / total == pytest.approx(0.68, abs=0.03)
    assert marks[Mark.APOLOGIES] / total == pytest.approx(0.12, abs=0.03)
    assert marks[Mark.ABSENT] / total == pytest.approx(0.20, abs=0.03)
    who = sa.select(sa.func.count(sa.distinct(Enrolment.person_id)))
    assert 300 <= (session.scalar(who) or 0) <= 400
    assert 700 <= _count(session, Enrolment.id > 0) <= 1_400


@pytest.mark.parametrize("weeks", [0, 4, 17, 30])
def test_every_rule_holds_on_any_day(
    app: Portal, seed: Seed, portal_session: Session, weeks: int
) -> None:
    session = portal_session
    at = datetime(2026, 12, 20, 12, tzinfo=UTC) + timedelta(weeks=weeks)
    seed(at)
    with app.app_context():
        assert check_seats(session).ok
    for run_id in session.scalars(sa.select(Run.id).where(Run.state != RunState.CANCELLED)):
        ledger = locked(session, run_id, at)
        if ledger.run.takes_people and ledger.limits.total:
            assert min(ledger.free.parts) >= 0
        for numbers in (
            [seat.number for seat in ledger.seats],
            [seat.place for seat in ledger.seats if seat.mode is TakesPart.IN_PERSON],
            [seat.place for seat in ledger.seats if seat.mode is TakesPart.ONLINE],
        ):
            assert sorted(numbers) == list(range(1, len(numbers) + 1))
    states = set(session.scalars(sa.select(Enrolment.state)))
    assert states >= {EnrolmentState.ENROLLED, EnrolmentState.COMPLETED, EnrolmentState.WITHDRAWN}
    assert _nobody_is_twice_at_one_time(session)
    assert set(session.scalars(sa.select(WaitEntry.state))) >= {
        WaitState.WAITING,
        WaitState.OFFERED,
        WaitState.ACCEPTED,
        WaitState.EXPIRED,
    }
    for model in (PartyMember, ShareableNeed, Interest):
        assert session.scalar(sa.select(sa.func.count()).select_from(model))


def _nobody_is_twice_at_one_time(session: Session) -> bool:
    starts = session.execute(
        sa.select(Enrolment.person_id, CourseSession.starts_at)
        .join(CourseSession, CourseSession.run_id == Enrolment.run_id)
        .where(
            Enrolment.person_id.is_not(None),
            Enrolment.state != EnrolmentState.WITHDRAWN,
            CourseSession.state != "cancelled",
        )
    ).all()
    return max(Counter(map(tuple, starts)).values()) == 1


def test_looking_at_every_run_again_changes_nothing(session: Session) -> None:
    def state() -> list[tuple[object, ...]]:
        session.expire_all()
        return [
            tuple(row)
            for model in (Seat, Offer, WaitEntry, Enrolment)
            for row in session.execute(sa.select(model.__table__).order_by(model.id))
        ]

    before = state()
    for run_id in session.scalars(sa.select(Run.id).order_by(Run.id)).all():
        seats.refresh(session, run_id, at=TODAY)
    assert state() == before


def test_offers_wait_for_an_answer_and_for_a_call(college: College, session: Session) -> None:
    offers = session.scalars(sa.select(Offer).where(Offer.state == OfferState.LIVE)).all()
    assert len(offers) >= 3
    assert all(offer.expires_at > TODAY for offer in offers)
    for offer in offers:
        person = session.get_one(WaitEntry, offer.entry_id).person_id
        assert person is not None
        told = offer.clock_starts_at is not None
        assert is_reached_by_email(session, person) is told
    assert {offer.clock_starts_at is None for offer in offers} == {True, False}
    student = demo_people_with_login(college.people)["student"]
    mine = {
        entry.state
        for entry in session.scalars(sa.select(WaitEntry).where(WaitEntry.person_id == student))
    }
    assert mine >= {WaitState.OFFERED, WaitState.WAITING}


def test_student_to_look_in_on_has_something_of_each_kind(
    college: College, session: Session
) -> None:
    student = demo_people_with_login(college.people)["student"]
    runs = Counter(
        session.scalars(
            sa.select(Run.state)
            .join(Enrolment, Enrolment.run_id == Run.id)
            .where(Enrolment.person_id == student)
        )
    )
    assert {RunState.FINISHED, RunState.RUNNING, RunState.OPEN} <= set(runs)
    assert _count(session, Interest.person_id == student) == 1


def test_odds_are_known_where_lists_are_over(session: Session) -> None:
    waiting = sa.select(WaitEntry.id).where(WaitEntry.state == WaitState.WAITING)
    shown = [place_in_list(session, entry, TODAY) for entry in session.scalars(waiting)]
    assert any(place is not None and place.odds.known for place in shown)


def _rows(session: Session, people: DemoPeople) -> list[tuple[object, ...]]:
    """What can be compared of a college: ids only by how they follow each other."""
    first, run = people.students[0], session.scalar(sa.select(sa.func.min(Run.id))) or 0
    return [
        tuple(row)
        for statement in (
            sa.select(
                Enrolment.run_id - run,
                Enrolment.person_id - first,
                Enrolment.guest_name,
                Enrolment.state,
                Enrolment.created_at,
            ).order_by(Enrolment.id),
            sa.select(AttendanceMark.mark, AttendanceMark.at).order_by(AttendanceMark.id),
            sa.select(WaitEntry.person_id - first, WaitEntry.state).order_by(WaitEntry.id),
        )
        for row in session.execute(statement)
    ] + [(words,) for words in all_shared(session)]


def test_same_seed_and_day_give_the_same_places(
    seed: Seed, portal_session: Session, college: College
) -> None:
    made = _rows(portal_session, seed(TODAY))

    with looked_at(college) as session:
        assert made == _rows(session, college.people)


def test_demo_college_is_made_in_six_seconds(seed: Seed) -> None:
    begun = time.process_time()  # its own work: others may be busy on this machine
    seed(datetime.now(UTC))
    assert time.process_time() - begun < 6


def test_lists_that_show_a_wrong_number_are_noticed(session: Session) -> None:
    run_id, seat = session.execute(sa.select(Seat.run_id, Seat.id).order_by(Seat.id)).first() or (
        0,
        0,
    )
    session.execute(sa.update(Run).where(Run.id == run_id).values(seats_taken=Run.seats_taken + 1))
    assert list(runs_that_differ(session)) == [run_id]
    assert not check_seats(session).ok
    session.execute(sa.delete(Seat).where(Seat.id == seat))
    assert places_without_seat(session) == 1
    assert "given away" in check_seats(session).message


def test_free_places_in_the_lists_are_those_the_engine_would_give(session: Session) -> None:
    told = sa.select(Run.id, Run.places_free).order_by(Run.id)
    before = session.execute(told).all()
    assert len({free for _, free in before}) > 5
    for run_id, _ in before:
        seats.refresh(session, run_id, at=TODAY)
    assert session.execute(told).all() == before


def test_somebody_takes_a_break_and_somebody_has_no_places(session: Session) -> None:
    pause = session.scalars(sa.select(Pause)).one()
    block = session.scalars(sa.select(Block)).one()
    now = clock.now()

    assert pause_at(session, pause.person_id, now) is not None
    assert blocked_among(session, [block.person_id], now)
    assert block.by_id is not None
    excused = sa.select(Enrolment.person_id).join(
        AttendanceMark, AttendanceMark.enrolment_id == Enrolment.id
    )
    excused = excused.where(AttendanceMark.mark == Mark.APOLOGIES)
    assert pause.person_id in set(session.scalars(excused))
    released = sa.select(Enrolment.ended_why).where(Enrolment.person_id == block.person_id)
    assert "blocked" in set(session.scalars(released))
