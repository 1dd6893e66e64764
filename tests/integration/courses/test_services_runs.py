"""Planning, publishing, cancelling and copying runs; moving and cancelling sessions; who leads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.courses.models import (
    ChangeKind,
    CourseChange,
    CourseSession,
    CourseState,
    Mode,
    Perspective,
    Run,
    RunState,
    SessionState,
)
from portal.courses.services import leaders, planning, runs, sessions
from portal.courses.services.errors import InvalidError, NotAllowedNowError, StaleEditError
from portal.courses.services.planning import RunPlan, Weekly
from portal.courses.services.sessions import NewTime
from portal.plugin_api import SYSTEM, Veto
from portal.plugin_api.events import OutboxEvent
from tests.factories import courses as make
from tests.factories.accounts import make_person

ZONE = "Europe/London"
BEFORE = datetime(2027, 2, 1, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def winter() -> Any:
    with time_machine.travel(BEFORE, tick=False) as traveller:
        yield traveller


def _plan(session: Session, **values: Any) -> RunPlan:
    if "term_id" not in values:
        values["term_id"] = make.make_term(session, slug="spring-2027").id
    if "venue_id" not in values:
        values["venue_id"] = make.make_venue(session).id
    return RunPlan(**{"mode": Mode.IN_PERSON, "learning_cap": 12, **values})


WHEN = Weekly(first_on=date(2027, 3, 1), starts=time(10), minutes=120, count=6)


def _planned(session: Session, when: Weekly = WHEN, **values: Any) -> Run:
    course = make.make_course(session)
    return planning.plan_run(session, SYSTEM, course.id, _plan(session, **values), when, zone=ZONE)


def _sessions(session: Session, run: Run) -> list[CourseSession]:
    return list(runs.sessions_of(session, run.id))


def _events(session: Session, kind: str) -> list[dict[str, Any]]:
    return list(session.scalars(sa.select(OutboxEvent.payload).where(OutboxEvent.type == kind)))


def test_six_mondays_are_written_as_promised(session: Session) -> None:
    run = _planned(session)
    written = _sessions(session, run)
    assert [one.starts_at for one in written] == [
        datetime(2027, 3, 1, 10, tzinfo=UTC),
        datetime(2027, 3, 8, 10, tzinfo=UTC),
        datetime(2027, 3, 15, 10, tzinfo=UTC),
        datetime(2027, 3, 22, 10, tzinfo=UTC),
        datetime(2027, 4, 5, 9, tzinfo=UTC),
        datetime(2027, 4, 12, 9, tzinfo=UTC),
    ]
    assert {(one.local_time, one.minutes, one.zone) for one in written} == {(time(10), 120, ZONE)}
    assert [one.number for one in written] == [1, 2, 3, 4, 5, 6]
    assert len({one.uid for one in written}) == 6
    assert run.reference == "spring-2027-1"
    assert (run.state, run.published_at) == (RunState.PLANNED, None)
    assert (run.first_starts_at, run.last_ends_at) == (written[0].starts_at, written[-1].ends_at)


def test_references_count_within_a_term(session: Session) -> None:
    plan = _plan(session, venue_id=None, mode=Mode.ONLINE)
    course = make.make_course(session)
    made = [planning.plan_run(session, SYSTEM, course.id, plan, WHEN, zone=ZONE) for _ in range(2)]
    assert [run.reference for run in made] == ["spring-2027-1", "spring-2027-2"]


@pytest.mark.parametrize(
    "state", [CourseState.IDEA, CourseState.CO_PRODUCTION, CourseState.RESTING, CourseState.RETIRED]
)
def test_course_that_is_not_ready_cannot_have_dates(session: Session, state: CourseState) -> None:
    course = make.make_course(session, state=state)
    with pytest.raises(NotAllowedNowError):
        planning.plan_run(session, SYSTEM, course.id, _plan(session), WHEN, zone=ZONE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("term_id", 999_999),
        ("venue_id", 999_999),
        ("learning_cap", 0),
        ("learning_cap", 501),
        ("learning_cap", 16),  # the room holds 16, and somebody leads
        ("online_cap", -1),
    ],
)
def test_plan_that_cannot_stand_is_refused_at_its_field(
    session: Session, field: str, value: int
) -> None:
    with pytest.raises(InvalidError) as caught:
        _planned(session, **{field: value})
    assert set(caught.value.errors) == {field}
    assert session.scalar(sa.select(sa.func.count(Run.id))) == 0


def test_room_that_is_taken_is_refused_unless_both_fit(session: Session) -> None:
    first = _planned(session)
    course, plan = (
        make.make_course(session),
        _plan(session, term_id=first.term_id, venue_id=first.venue_id),
    )
    when = replace(WHEN, starts=time(11, 59), count=1)
    with pytest.raises(InvalidError) as caught:
        planning.plan_run(session, SYSTEM, course.id, plan, when, zone=ZONE)
    assert set(caught.value.errors) == {"venue_id"}
    shared = planning.plan_run(session, SYSTEM, course.id, plan, when, zone=ZONE, room_shared=True)
    assert shared.venue_id == first.venue_id


def test_room_is_free_right_after_and_on_cancelled_days(session: Session) -> None:
    first = _planned(session)
    sessions.cancel_session(session, SYSTEM, _sessions(session, first)[1].id, reason="Illness")
    course, plan = (
        make.make_course(session),
        _plan(session, term_id=first.term_id, venue_id=first.venue_id),
    )
    for when in (
        replace(WHEN, starts=time(12), count=1),
        replace(WHEN, first_on=date(2027, 3, 8), count=1),
    ):
        assert planning.plan_run(session, SYSTEM, course.id, plan, when, zone=ZONE).id


def test_online_place_is_never_taken(session: Session) -> None:
    place = make.make_venue(session, online=True, capacity=None)
    first = _planned(session, venue_id=place.id, mode=Mode.ONLINE)
    plan = _plan(session, term_id=first.term_id, venue_id=place.id, mode=Mode.ONLINE)
    assert planning.plan_run(session, SYSTEM, first.course_id, plan, WHEN, zone=ZONE).id


def test_publishing_opens_the_run_and_shows_it(session: Session) -> None:
    run = runs.publish_run(session, SYSTEM, _planned(session).id)
    assert (run.state, run.published_at, run.version) == (RunState.OPEN, BEFORE, 2)
    assert _events(session, "courses:run_changed")[-1]["state"] == "open"


def test_run_without_venue_or_future_sessions_is_not_published(
    session: Session, winter: Any
) -> None:
    run = _planned(session, venue_id=None)
    assert len(runs.missing_to_publish(session, run)) == 1
    winter.move_to(datetime(2027, 5, 1, tzinfo=UTC))
    assert len(runs.missing_to_publish(session, run)) == 2
    with pytest.raises(NotAllowedNowError):
        runs.publish_run(session, SYSTEM, run.id)


def test_publishing_twice_is_refused(session: Session) -> None:
    run = runs.publish_run(session, SYSTEM, _planned(session).id)
    with pytest.raises(NotAllowedNowError):
        runs.publish_run(session, SYSTEM, run.id)


def test_run_comes_off_the_public_pages_while_nobody_has_a_place(session: Session) -> None:
    run = runs.publish_run(session, SYSTEM, _planned(session).id)
    runs.unpublish_run(session, SYSTEM, run.id, why="Wrong room")
    assert (run.state, run.published_at) == (RunState.PLANNED, None)
    runs.publish_run(session, SYSTEM, run.id)
    run.seats_taken = 1
    session.flush()
    with pytest.raises(NotAllowedNowError):
        runs.unpublish_run(session, SYSTEM, run.id, why="Wrong room")


def test_cancelling_a_run_cancels_what_is_still_to_come(session: Session) -> None:
    run = runs.publish_run(session, SYSTEM, _planned(session).id)
    written = _sessions(session, run)
    sessions.deliver_session(session, SYSTEM, written[0].id)
    span = (run.first_starts_at, run.last_ends_at)
    runs.cancel_run(session, SYSTEM, run.id, reason="Nobody can lead it")
    assert (run.state, run.cancelled_reason) == (RunState.CANCELLED, "Nobody can lead it")
    assert [one.state for one in written] == [
        SessionState.DELIVERED,
        *[SessionState.CANCELLED] * 5,
    ]
    assert [one.version for one in written] == [0, 1, 1, 1, 1, 1]
    assert len(_events(session, "courses:session_cancelled")) == 5
    assert (run.first_starts_at, run.last_ends_at) == span
    with pytest.raises(NotAllowedNowError):
        runs.cancel_run(session, SYSTEM, run.id, reason="Again")


def test_cancelling_a_run_needs_a_reason(session: Session) -> None:
    run = _planned(session)
    with pytest.raises(InvalidError) as caught:
        runs.cancel_run(session, SYSTEM, run.id, reason="")
    assert set(caught.value.errors) == {"reason"}


def test_plugin_can_stop_a_cancellation(session: Session) -> None:
    from portal.plugin_api.dispatch import HOST

    class Refusing:
        def __init__(self) -> None:
            self.asked: list[tuple[str, object]] = []

        def ask_veto(self, session: Session, action: str, actor: object, subject: object) -> None:
            self.asked.append((action, subject))
            raise Veto("People count on it")

    run = _planned(session)
    one = _sessions(session, run)[0]
    session.info[HOST] = host = Refusing()
    with pytest.raises(Veto):
        runs.cancel_run(session, SYSTEM, run.id, reason="Why not")
    with pytest.raises(Veto):
        sessions.cancel_session(session, SYSTEM, one.id, reason="Why not")
    assert host.asked == [("courses:run:cancel", run.id), ("courses:session:cancel", one.id)]
    assert (run.state, one.state) == (RunState.PLANNED, SessionState.SCHEDULED)


def test_time_passes_over_runs(session: Session, winter: Any) -> None:
    run = runs.publish_run(session, SYSTEM, _planned(session).id)
    assert runs.keep_time(session, SYSTEM) == 0
    winter.move_to(datetime(2027, 3, 1, 10, tzinfo=UTC))
    assert runs.keep_time(session, SYSTEM) == 1
    assert run.state is RunState.RUNNING
    assert runs.keep_time(session, SYSTEM) == 0
    winter.move_to(datetime(2027, 4, 12, 11, tzinfo=UTC))
    runs.keep_time(session, SYSTEM)
    assert run.state is RunState.FINISHED


def test_fewer_places_than_taken_is_allowed(session: Session) -> None:
    run = _planned(session)
    run.seats_taken = 10
    plan = _plan(session, term_id=run.term_id, venue_id=run.venue_id, learning_cap=8)
    planning.edit_run(session, SYSTEM, run.id, plan, version=1, why="A smaller room")
    assert (run.learning_cap, run.seats_taken, run.version) == (8, 10, 2)


def test_other_venue_of_a_run_moves_the_sessions_held_in_the_old_one(session: Session) -> None:
    run = _planned(session)
    there = make.make_venue(session)
    own, *others = _sessions(session, run)
    own.venue_id = make.make_venue(session).id
    plan = _plan(session, term_id=run.term_id, venue_id=there.id)
    planning.edit_run(session, SYSTEM, run.id, plan, version=1, why="The roof leaks")
    assert (own.version, {one.version for one in others}) == (0, {1})
    moved = _events(session, "courses:session_moved")
    assert {one["session_id"] for one in moved} == {one.id for one in others}


def test_stale_edit_of_a_run_is_a_conflict(session: Session) -> None:
    run = _planned(session)
    plan = _plan(session, term_id=run.term_id, venue_id=run.venue_id, learning_cap=8)
    planning.edit_run(session, SYSTEM, run.id, plan, version=1, why="A smaller room")
    with pytest.raises(StaleEditError) as caught:
        planning.edit_run(
            session, SYSTEM, run.id, replace(plan, learning_cap=9), version=1, why="Mine"
        )
    assert [clash.field for clash in caught.value.clashes] == ["learning_cap"]


def test_run_that_is_over_is_not_changed(session: Session) -> None:
    run = _planned(session)
    runs.cancel_run(session, SYSTEM, run.id, reason="No leader")
    plan = _plan(session, term_id=run.term_id, venue_id=run.venue_id, learning_cap=8)
    with pytest.raises(NotAllowedNowError):
        planning.edit_run(session, SYSTEM, run.id, plan, version=run.version, why="Late")


def test_copy_to_another_term_keeps_the_week_and_leaves_out_holidays(session: Session) -> None:
    run = _planned(session)  # begins seven weeks into a term that began on 11 January
    summer = make.make_term(
        session, slug="summer-2027", starts_on=date(2027, 4, 26), ends_on=date(2027, 8, 6)
    )
    first_on = planning.first_day_in(session, run.id, summer.id)
    assert first_on == date(2027, 6, 14)
    copy = planning.copy_run(session, SYSTEM, run.id, term_id=summer.id, first_on=first_on)
    assert [one.local_date for one in _sessions(session, copy)] == [
        date(2027, 6, 14),
        date(2027, 6, 21),
        date(2027, 6, 28),
        date(2027, 7, 5),
        date(2027, 7, 12),
        date(2027, 7, 19),
    ]
    assert {one.starts_at.hour for one in _sessions(session, copy)} == {9}
    assert (copy.reference, copy.state, copy.learning_cap) == (
        "summer-2027-1",
        RunState.PLANNED,
        12,
    )


def test_moved_session_keeps_its_uid_and_raises_its_version(session: Session) -> None:
    run = _planned(session)
    one = _sessions(session, run)[0]
    uid = one.uid
    to = NewTime(day=date(2027, 3, 30), starts=time(10), minutes=90)
    sessions.move_session(session, SYSTEM, one.id, to, version=0, reason="Room is painted")
    assert (one.state, one.version, one.uid) == (SessionState.MOVED, 1, uid)
    assert one.starts_at == datetime(2027, 3, 30, 9, tzinfo=UTC)
    assert one.ends_at == datetime(2027, 3, 30, 10, 30, tzinfo=UTC)
    assert one.moved_from == datetime(2027, 3, 1, 10, tzinfo=UTC)
    assert run.first_starts_at == datetime(2027, 3, 8, 10, tzinfo=UTC)
    (event,) = _events(session, "courses:session_moved")
    assert (event["session_id"], event["version"]) == (one.id, 1)
    row = session.scalars(
        sa.select(CourseChange).where(CourseChange.subject_kind == ChangeKind.SESSION)
    ).one()
    assert (row.action, row.why, row.changes["local_date"]) == (
        "moved",
        "Room is painted",
        ["2027-03-01", "2027-03-30"],
    )


def test_session_moves_to_the_last_end_of_the_run(session: Session) -> None:
    run = _planned(session)
    one = _sessions(session, run)[0]
    to = NewTime(day=date(2027, 4, 20), starts=time(10), minutes=60)
    sessions.move_session(session, SYSTEM, one.id, to, version=0, reason="Room is painted")
    assert run.last_ends_at == datetime(2027, 4, 20, 10, tzinfo=UTC)


def test_moved_session_settles_and_can_move_again(session: Session) -> None:
    one = _sessions(session, _planned(session))[0]
    for version, day in enumerate((2, 3)):
        to = NewTime(day=date(2027, 3, day), starts=time(10), minutes=120)
        sessions.move_session(session, SYSTEM, one.id, to, version=version, reason="Again")
    sessions.settle_session(session, SYSTEM, one.id)
    assert (one.state, one.version, one.moved_from) == (SessionState.SCHEDULED, 2, None)


@pytest.mark.parametrize(
    ("to", "reason", "field"),
    [
        (NewTime(day=date(2027, 3, 28), starts=time(1, 30), minutes=60), "Why", "starts"),
        (NewTime(day=date(2027, 3, 1), starts=time(10), minutes=120), "Why", "day"),
        (NewTime(day=date(2027, 3, 2), starts=time(10), minutes=0), "Why", "minutes"),
        (NewTime(day=date(2027, 3, 2), starts=time(10), minutes=60), " ", "reason"),
        (
            NewTime(day=date(2027, 3, 2), starts=time(10), minutes=60, venue_id=999_999),
            "W",
            "venue_id",
        ),
    ],
)
def test_move_that_cannot_stand_is_refused_at_its_field(
    session: Session, to: NewTime, reason: str, field: str
) -> None:
    one = _sessions(session, _planned(session))[0]
    with pytest.raises(InvalidError) as caught:
        sessions.move_session(session, SYSTEM, one.id, to, version=0, reason=reason)
    assert set(caught.value.errors) == {field}
    assert (one.state, one.version) == (SessionState.SCHEDULED, 0)


def test_move_after_somebody_else_moved_it_is_a_conflict(session: Session) -> None:
    one = _sessions(session, _planned(session))[0]
    to = NewTime(day=date(2027, 3, 2), starts=time(10), minutes=120)
    sessions.move_session(session, SYSTEM, one.id, to, version=0, reason="First")
    with pytest.raises(StaleEditError):
        sessions.move_session(
            session, SYSTEM, one.id, replace(to, day=date(2027, 3, 3)), version=0, reason="Second"
        )


def test_cancelled_session_raises_its_version_and_cannot_move(session: Session) -> None:
    run = _planned(session)
    one = _sessions(session, run)[0]
    sessions.cancel_session(session, SYSTEM, one.id, reason="Illness")
    assert (one.state, one.version, one.reason) == (SessionState.CANCELLED, 1, "Illness")
    assert run.first_starts_at == datetime(2027, 3, 8, 10, tzinfo=UTC)
    assert len(_events(session, "courses:session_cancelled")) == 1
    to = NewTime(day=date(2027, 3, 2), starts=time(10), minutes=120)
    with pytest.raises(NotAllowedNowError):
        sessions.move_session(session, SYSTEM, one.id, to, version=1, reason="Late")


def test_added_session_is_numbered_after_the_last(session: Session) -> None:
    run = _planned(session)
    at = NewTime(day=date(2027, 4, 19), starts=time(10), minutes=120)
    one = sessions.add_session(session, SYSTEM, run.id, at, zone=ZONE)
    assert (one.number, one.starts_at) == (7, datetime(2027, 4, 19, 9, tzinfo=UTC))
    assert run.last_ends_at == one.ends_at


def test_link_to_join_is_never_copied_into_the_history(session: Session) -> None:
    one = _sessions(session, _planned(session))[0]
    sessions.tell_students(
        session, SYSTEM, one.id, note="Side door", online_link="https://meet.example/secret"
    )
    row = session.scalars(
        sa.select(CourseChange).where(CourseChange.subject_kind == ChangeKind.SESSION)
    ).one()
    assert row.changes == {"note": ["", "Side door"], "online_link": [None, None]}
    assert one.version == 0


@pytest.mark.parametrize(
    ("perspectives", "risky"),
    [
        ((), True),
        ((Perspective.LIVED,), True),
        ((Perspective.PROFESSIONAL, Perspective.SUBJECT), True),
        ((Perspective.LIVED, Perspective.LIVED), True),
        ((Perspective.LIVED, Perspective.PROFESSIONAL), False),
        ((Perspective.LIVED, Perspective.SUBJECT), False),
    ],
)
def test_session_needs_a_pair(
    session: Session, perspectives: tuple[Perspective, ...], risky: bool
) -> None:
    one = make.make_session(session)
    for perspective in perspectives:
        leaders.assign(session, SYSTEM, one.id, make_person(session).id, perspective)
    assert leaders.at_risk(session, one.id) is risky


def test_session_that_loses_half_its_pair_is_at_risk_until_waived(session: Session) -> None:
    one, lived, other = make.make_session(session), make_person(session), make_person(session)
    leaders.assign(session, SYSTEM, one.id, lived.id, Perspective.LIVED)
    leaders.assign(session, SYSTEM, one.id, other.id, Perspective.SUBJECT)
    assert leaders.unassign(session, SYSTEM, one.id, lived.id)
    assert not leaders.unassign(session, SYSTEM, one.id, lived.id)
    assert leaders.at_risk(session, one.id)
    with pytest.raises(InvalidError):
        leaders.waive_pair(session, SYSTEM, one.id, reason=" ")
    leaders.waive_pair(session, SYSTEM, one.id, reason="A guest speaks")
    assert not leaders.at_risk(session, one.id)


def test_history_never_says_who_brought_lived_experience(session: Session) -> None:
    one, person = make.make_session(session), make_person(session, "Ama Owusu")
    leaders.assign(session, SYSTEM, one.id, person.id, Perspective.LIVED)
    leaders.assign(session, SYSTEM, one.id, person.id, Perspective.SUBJECT)
    rows = session.scalars(sa.select(CourseChange)).all()
    assert [(row.action, row.changes) for row in rows] == [("assigned", {}), ("assigned", {})]
