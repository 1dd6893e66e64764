"""More places, or fewer: the list and the number everybody sees follow by an event, not by the clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import CourseSession, Perspective, Run, Venue
from portal.courses.services import leaders, places, planning, runs
from portal.courses.services.places import VenueFacts
from portal.courses.services.planning import RunPlan
from portal.enrolment.models import Offer, OfferState, WaitEntry, WaitState
from portal.enrolment.services.outcomes import Waiting
from portal.plugin_api import SYSTEM
from tests.factories.courses import make_venue
from tests.factories.enrolment import NOON, book, fill, make_group, make_student
from tests.factories.telling import hand_out


@pytest.fixture(autouse=True)
def noon(app: Portal) -> Iterator[None]:
    with app.test_request_context(), time_machine.travel(NOON, tick=False):
        yield


def offered(session: Session, run_id: int) -> int:
    live = sa.select(sa.func.count()).where(Offer.run_id == run_id, Offer.state == OfferState.LIVE)
    return session.scalar(live) or 0


def free(session: Session, run_id: int) -> int | None:
    return session.scalar(sa.select(Run.places_free).where(Run.id == run_id))


def sessions_of(session: Session, run_id: int) -> list[int]:
    found = sa.select(CourseSession.id).where(CourseSession.run_id == run_id)
    return list(session.scalars(found.order_by(CourseSession.number)))


def facts_of(session: Session, run: Run) -> tuple[int, VenueFacts]:
    assert run.venue_id is not None
    return run.venue_id, VenueFacts.of(session.get_one(Venue, run.venue_id))


def test_new_leader_takes_a_chair_from_those_told_to_be_free(session: Session) -> None:
    run = make_group(session, 12, room=5)
    fill(session, run.id, 2)
    (first, *_) = sessions_of(session, run.id)
    leader = make_student(session)
    leaders.assign(session, SYSTEM, first, leader, Perspective.LIVED)
    hand_out(session)
    assert free(session, run.id) == 2
    leaders.unassign(session, SYSTEM, first, leader)
    hand_out(session)
    assert free(session, run.id) == 3


def test_leader_who_goes_frees_a_chair_for_the_list(session: Session) -> None:
    run = make_group(session, 12, room=3, sessions=1)
    (only,) = sessions_of(session, run.id)
    leader = make_student(session)
    leaders.assign(session, SYSTEM, only, leader, Perspective.LIVED)
    fill(session, run.id, 2)
    book(session, run.id, make_student(session))
    leaders.unassign(session, SYSTEM, only, leader)
    hand_out(session)
    assert offered(session, run.id) == 1


@pytest.mark.parametrize(("capacity", "asked"), [(4, 1), (6, 2), (None, 2), (3, 0)])
def test_larger_room_is_offered_to_the_list(
    session: Session, capacity: int | None, asked: int
) -> None:
    run = make_group(session, 12, room=3)
    fill(session, run.id, 3)
    for _ in range(2):
        book(session, run.id, make_student(session))
    venue_id, facts = facts_of(session, run)
    places.edit_venue(session, SYSTEM, venue_id, replace(facts, capacity=capacity))
    hand_out(session)
    assert offered(session, run.id) == asked


def test_smaller_room_of_one_session_is_counted(session: Session) -> None:
    run = make_group(session, 12, room=10)
    own = make_venue(session, capacity=8)
    session.get_one(CourseSession, sessions_of(session, run.id)[1]).venue_id = own.id
    fill(session, run.id, 2)
    assert free(session, run.id) == 6
    facts = VenueFacts.of(session.get_one(Venue, own.id))
    places.edit_venue(session, SYSTEM, own.id, replace(facts, capacity=4))
    hand_out(session)
    assert free(session, run.id) == 2


def test_venue_with_another_name_asks_nobody(session: Session) -> None:
    from portal.plugin_api.events import OutboxEvent

    run = make_group(session, 12, room=10)
    session.execute(sa.delete(OutboxEvent))
    venue_id, facts = facts_of(session, run)
    places.edit_venue(session, SYSTEM, venue_id, replace(facts, name="The old school"))
    assert session.scalar(sa.select(sa.func.count(OutboxEvent.id))) == 0


@pytest.mark.parametrize(("cap", "room", "asked"), [(4, None, 1), (2, None, 0), (4, 5, 1)])
def test_other_cap_or_venue_is_offered_to_the_list(
    session: Session, cap: int, room: int | None, asked: int
) -> None:
    run = make_group(session, 3, room=3)
    fill(session, run.id, 3)
    for _ in range(2):
        book(session, run.id, make_student(session))
    larger = make_venue(session, capacity=room)
    plan = RunPlan(term_id=run.term_id, mode=run.mode, learning_cap=cap, venue_id=larger.id)
    planning.edit_run(session, SYSTEM, run.id, plan, version=run.version, why="Another room")
    hand_out(session)
    assert offered(session, run.id) == asked


def test_other_cap_alone_is_offered_to_the_list(session: Session) -> None:
    run = make_group(session, 3, room=30)
    fill(session, run.id, 3)
    book(session, run.id, make_student(session))
    plan = RunPlan(term_id=run.term_id, mode=run.mode, learning_cap=5, venue_id=run.venue_id)
    planning.edit_run(session, SYSTEM, run.id, plan, version=run.version, why="More fit")
    hand_out(session)
    assert (offered(session, run.id), free(session, run.id)) == (1, 1)


def test_nobody_waits_for_a_run_that_is_cancelled(session: Session) -> None:
    run = make_group(session, 1)
    fill(session, run.id, 1)
    waits = book(session, run.id, make_student(session))
    assert isinstance(waits, Waiting)
    runs.cancel_run(session, SYSTEM, run.id, reason="Nobody can lead it")
    hand_out(session)
    assert session.get_one(WaitEntry, waits.entry_id).state is WaitState.EXPIRED
