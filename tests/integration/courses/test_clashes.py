"""Nobody leads two sessions at once, whoever writes; nobody is lost when one is moved onto another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import Assignment, CourseSession, Perspective, SessionState
from portal.courses.services import leaders, sessions
from portal.courses.services.clashes import ClashError
from portal.plugin_api import SYSTEM
from portal.plugin_api.events import OutboxEvent
from tests.factories.accounts import make_person
from tests.factories.courses import FIRST_DAY, make_assignment, make_course, make_run, make_session

LIVED, PROFESSIONAL = Perspective.LIVED, Perspective.PROFESSIONAL


@pytest.fixture
def person(session: Session) -> int:
    return make_person(session, "Ama").id


def at(session: Session, hour: int, minute: int = 0, **values: object) -> CourseSession:
    """A session of two hours on the first day."""
    return make_session(session, local_time=time(hour, minute), **values)


def holds(session: Session, one: CourseSession) -> list[bool]:
    rows = sa.select(Assignment.holds).where(Assignment.session_id == one.id)
    return list(session.scalars(rows.order_by(Assignment.id)))


def move(session: Session, one: CourseSession, starts: time) -> None:
    session.refresh(one)
    to = sessions.NewTime(day=FIRST_DAY, starts=starts, minutes=120)
    sessions.move_session(
        session, SYSTEM, one.id, to, version=one.version, reason="The room", room_shared=True
    )


def events(session: Session, kind: str) -> list[dict[str, object]]:
    found = sa.select(OutboxEvent.payload).where(OutboxEvent.type == kind).order_by(OutboxEvent.id)
    return list(session.scalars(found))


@pytest.mark.parametrize(("hour", "minute"), [(9, 0), (10, 0), (11, 59)])
def test_service_says_who_leads_what_and_when(
    app: Portal, session: Session, person: int, hour: int, minute: int
) -> None:
    course = make_course(session, title="Sleep well")
    first = at(session, 10, run_id=make_run(session, course_id=course.id).id)
    leaders.assign(session, SYSTEM, first.id, person, LIVED)
    second = at(session, hour, minute)
    with pytest.raises(ClashError) as refused:
        leaders.assign(session, SYSTEM, second.id, person, LIVED)
    with app.app_context():
        said = str(refused.value.reason)
    assert said.startswith("Ama leads “Sleep well” then: Monday 1 March 2027, 10am.")
    assert holds(session, second) == []


@pytest.mark.parametrize("hour", [8, 12])
def test_sessions_one_after_the_other_are_no_clash(
    session: Session, person: int, hour: int
) -> None:
    for one in (at(session, 10), at(session, hour)):
        leaders.assign(session, SYSTEM, one.id, person, LIVED)
        assert holds(session, one) == [True]


def insert(session: Session, one: CourseSession, person: int) -> None:
    make_assignment(session, one.id, person)


def update_person(session: Session, one: CourseSession, person: int) -> None:
    row = make_assignment(session, one.id, make_person(session).id)
    session.execute(sa.update(Assignment).where(Assignment.id == row.id).values(person_id=person))


@pytest.mark.parametrize("write", [insert, update_person])
def test_database_refuses_what_no_service_looked_at(
    session: Session, person: int, write: Callable[[Session, CourseSession, int], None]
) -> None:
    make_assignment(session, at(session, 10).id, person)
    clash = at(session, 11)
    with pytest.raises(IntegrityError), session.begin_nested():
        write(session, clash, person)


def test_database_keeps_the_times_and_forgets_them_when_a_session_is_cancelled(
    session: Session, person: int
) -> None:
    one = at(session, 10)
    row = make_assignment(session, one.id, person)
    session.refresh(row)
    assert (row.starts_at, row.ends_at, row.holds) == (one.starts_at, one.ends_at, True)
    one.starts_at += timedelta(hours=3)
    one.ends_at += timedelta(hours=3)
    session.flush()
    session.refresh(row)
    assert (row.starts_at, row.ends_at) == (one.starts_at, one.ends_at)
    sessions.cancel_session(session, SYSTEM, one.id, reason="Snow")
    session.refresh(row)
    assert (row.starts_at, row.ends_at, row.holds) == (None, None, False)
    leaders.assign(session, SYSTEM, at(session, 13).id, person, LIVED)


def test_session_moved_onto_another_keeps_its_leader_and_is_at_risk(
    session: Session, person: int
) -> None:
    first, second = at(session, 10), at(session, 13)
    other = make_person(session).id
    for one in (first, second):
        leaders.assign(session, SYSTEM, one.id, person, LIVED)
    leaders.assign(session, SYSTEM, second.id, other, PROFESSIONAL)
    assert not leaders.at_risk(session, second.id)
    move(session, second, time(11))
    assert holds(session, second) == [False, True]
    assert holds(session, first) == [True]
    assert leaders.at_risk(session, second.id)
    assert [one["session_id"] for one in events(session, "courses:pair_lost")] == [second.id]


@pytest.mark.parametrize("way", ["moved away", "cancelled", "unassigned"])
def test_clash_that_is_over_counts_again(session: Session, person: int, way: str) -> None:
    first, second = at(session, 10), at(session, 13)
    for one in (first, second):
        leaders.assign(session, SYSTEM, one.id, person, LIVED)
    move(session, second, time(11))
    if way == "moved away":
        move(session, first, time(8))
    elif way == "cancelled":
        sessions.cancel_session(session, SYSTEM, first.id, reason="Snow")
    else:
        leaders.unassign(session, SYSTEM, first.id, person)
    assert holds(session, second) == [True]


def test_pair_that_is_lost_is_told_once(session: Session, person: int) -> None:
    one, other = at(session, 10), make_person(session).id
    leaders.assign(session, SYSTEM, one.id, person, LIVED)
    leaders.unassign(session, SYSTEM, one.id, person)
    assert events(session, "courses:pair_lost") == []  # it never had one
    leaders.assign(session, SYSTEM, one.id, person, LIVED)
    leaders.assign(session, SYSTEM, one.id, other, PROFESSIONAL)
    leaders.unassign(session, SYSTEM, one.id, person)
    leaders.unassign(session, SYSTEM, one.id, other)
    assert len(events(session, "courses:pair_lost")) == 1


def test_delivered_session_says_who_led_it(session: Session, person: int) -> None:
    one, other = at(session, 10), make_person(session).id
    for who in (other, person):
        leaders.assign(session, SYSTEM, one.id, who, LIVED)
    sessions.deliver_session(session, SYSTEM, one.id)
    assert one.state is SessionState.DELIVERED
    (event,) = events(session, "courses:session_delivered")
    assert event["leader_ids"] == [other, person]
