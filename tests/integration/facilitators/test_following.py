"""What follows: who hears of a pair that is lost, of a session that changed, of what ends soon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.services.roles import grant_role
from portal.courses.models import Perspective
from portal.courses.services import leaders, runs, sessions
from portal.desk.models import DeskTask
from portal.facilitators.jobs import forget
from portal.facilitators.models import (
    Away,
    ClearanceKind,
    DebriefNote,
    HandAbout,
    LeadAsk,
    RaisedHand,
    Stage,
)
from portal.facilitators.policies import URGENT_HOURS
from portal.facilitators.privacy.people import SOURCES
from portal.facilitators.queries.people import notes_of, raised_hand
from portal.facilitators.services import day, lapsing
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.plugin_api import SYSTEM, Actor
from portal.plugin_api.events import OutboxEvent
from tests.factories.accounts import make_person
from tests.factories.courses import make_assignment, make_run, make_session
from tests.factories.enrolment import book, make_student
from tests.factories.facilitators import clear, follow, make_ask, make_meeting, make_peer
from tests.factories.telling import notices, send, told

LIVED = Perspective.LIVED
TODAY = date(2027, 2, 10)
ZONE = "Europe/London"


@pytest.fixture
def boss(session: Session) -> int:
    person = make_person(session, "Coordinator").id
    grant_role(session, SYSTEM, person, "coordinator", reason="for a test")
    return person


def led(session: Session, hours: int) -> tuple[int, int]:
    """A session that begins in so many hours, with its pair; its id and the peer who leads it."""
    meeting = make_meeting(session, TODAY + timedelta(days=hours // 24), 12 + hours % 24)
    peer = make_peer(session)
    leaders.assign(session, SYSTEM, meeting.id, peer, LIVED)
    session.execute(sa.delete(OutboxEvent))
    return meeting.id, peer


@pytest.mark.parametrize(("hours", "urgent"), [(48, True), (49, False)])
def test_coordinators_hear_at_once_of_a_session_that_is_near(
    session: Session, boss: int, hours: int, urgent: bool
) -> None:
    session_id, peer = led(session, hours)
    assert day.drop_out(session, Actor(person_id=peer), session_id)
    assert not day.drop_out(session, Actor(person_id=peer), session_id)
    follow(session, times=2)
    said = ["facilitators:at_risk_email", "facilitators:at_risk_text"]
    assert told(session, boss) == (said if urgent else [])


def test_each_loss_is_told_and_one_that_is_mended_is_not(
    session: Session, boss: int, set_value: Callable[[str, bool | int], None]
) -> None:
    set_value(URGENT_HOURS, 30)
    session_id, peer = led(session, 26)
    for _number in range(2):
        day.drop_out(session, Actor(person_id=peer), session_id)
        follow(session)
        leaders.assign(session, SYSTEM, session_id, peer, LIVED)
    day.drop_out(session, Actor(person_id=peer), session_id)
    leaders.assign(session, SYSTEM, session_id, peer, LIVED)
    follow(session)
    assert len(told(session, boss)) == 4


def test_session_that_has_begun_is_not_handed_back(session: Session) -> None:
    session_id, peer = led(session, 0)
    with pytest.raises(RefusedError):
        day.drop_out(session, Actor(person_id=peer), session_id)
    assert not leaders.at_risk(session, session_id)


def test_leaders_hear_of_a_session_that_moves_or_is_cancelled_and_of_a_run_once(
    session: Session,
) -> None:
    peer = make_peer(session)
    run = make_run(session)
    made = [
        make_session(
            session, run_id=run.id, number=number, local_date=TODAY + timedelta(weeks=number)
        )
        for number in (1, 2, 3)
    ]
    for one in made:
        make_assignment(session, one.id, peer)
    to = sessions.NewTime(day=made[0].local_date, starts=time(15), minutes=60)
    sessions.move_session(session, SYSTEM, made[0].id, to, version=0, reason="The room")
    follow(session, times=2)
    assert told(session, peer) == ["facilitators:changed"]
    runs.cancel_run(session, SYSTEM, run.id, reason="Too few")
    follow(session, times=2)
    assert told(session, peer) == ["facilitators:changed"] * 2


@pytest.mark.parametrize(
    ("days", "warned"), [(61, []), (60, [60]), (31, [60]), (30, [30]), (7, [7]), (0, [7]), (-1, [])]
)
def test_what_ends_is_said_sixty_thirty_and_seven_days_before(
    session: Session, days: int, warned: list[int]
) -> None:
    peer = make_peer(session)
    session.execute(sa.text("DELETE FROM clearance"))
    clear(session, peer, ClearanceKind.DBS, TODAY + timedelta(days=days))
    for _number in range(2):
        lapsing.warn(session, TODAY)
    events = sa.select(OutboxEvent.payload).where(
        OutboxEvent.type == "facilitators:clearance_lapsing"
    )
    assert [one["days"] for one in session.scalars(events)] == warned
    assert told(session, peer) == ["facilitators:clearance"] * len(warned)


def test_each_warning_comes_in_its_time_and_none_after_renewal(session: Session) -> None:
    peer = make_peer(session)
    session.execute(sa.text("DELETE FROM clearance"))
    ends = TODAY + timedelta(days=60)
    clear(session, peer, ClearanceKind.DBS, ends)
    assert [lapsing.warn(session, ends - timedelta(days=left)) for left in (60, 30, 8)] == [1, 1, 0]
    clear(session, peer, ClearanceKind.DBS, ends + timedelta(days=900))
    assert lapsing.warn(session, ends - timedelta(days=7)) == 0
    assert send(session) == []  # what is renewed before it leaves is not told


def test_nobody_who_left_is_warned_nor_of_what_is_not_needed(session: Session) -> None:
    make_peer(session, stage=Stage.LEFT, cleared_to=TODAY)
    peer = make_peer(session)
    clear(session, peer, ClearanceKind.INDUCTION, TODAY)
    assert lapsing.warn(session, TODAY) == 0


def test_late_is_told_to_everybody_with_a_place_on_the_day_alone(
    session: Session, now: time_machine.Traveller
) -> None:
    peer = make_peer(session)
    meeting = make_session(session, local_date=TODAY, local_time=time(14))
    make_assignment(session, meeting.id, peer)
    students = [make_student(session), make_student(session)]
    for student in students:
        book(session, meeting.run_id, student, at=clock.now())
    me = Actor(person_id=peer)
    for _number in range(2):
        assert day.run_late(session, me, meeting.id, 15, key="once") == 2
    assert notices(session)["facilitators:late"] == 2
    with pytest.raises(MissingRecordError):
        day.run_late(session, Actor(person_id=students[0]), meeting.id, 15, key="x")
    for at in (datetime(2027, 2, 9, 12, tzinfo=UTC), meeting.ends_at):
        now.move_to(at)
        with pytest.raises(RefusedError):
            day.run_late(session, me, meeting.id, 15, key="y")


def test_raised_hand_is_a_task_for_today_and_only_of_whoever_leads(session: Session) -> None:
    session_id, peer = led(session, 5)
    day.raise_hand(session, Actor(person_id=peer), session_id, HandAbout.TALK, "I worry", zone=ZONE)
    task = session.scalars(sa.select(DeskTask).where(DeskTask.kind == "facilitators:hand")).one()
    assert (task.due, task.person_id) == (TODAY, peer)
    assert "worry" not in str(task.about)
    (row,) = session.scalars(sa.select(RaisedHand))
    assert b"worry" not in row.words
    hand = raised_hand(session, row.id)
    assert hand is not None
    assert (hand.person_id, hand.words) == (peer, "I worry")
    stranger = Actor(person_id=make_person(session).id)
    with pytest.raises(MissingRecordError):
        day.raise_hand(session, stranger, session_id, HandAbout.TALK, "", zone=ZONE)


def test_note_is_written_once_begun_and_changed_by_its_author(session: Session) -> None:
    session_id, peer = led(session, 0)
    later_id, _other = led(session, 30)
    for words in ("Well", "Very well"):
        day.write_note(session, Actor(person_id=peer), session_id, words)
    assert [one.words for one in notes_of(session, session_id)] == ["Very well"]
    assert b"well" not in session.scalars(sa.select(DebriefNote.words)).one()
    with pytest.raises(MissingRecordError):
        day.write_note(session, Actor(person_id=peer), later_id, "Not mine")
    with pytest.raises(RefusedError):
        day.write_note(session, Actor(person_id=_other), later_id, "Too soon")


def let_go(session: Session) -> None:
    """As it happens at night."""
    forget(session)
    for keeping in (one for source in SOURCES for one in source.keeping):
        before = clock.now() - timedelta(days=365)
        keeping.forget(session, session.scalars(keeping.due(session, before)).all())
    session.expire_all()


def test_what_is_over_is_forgotten(session: Session, now: time_machine.Traveller) -> None:
    session_id, peer = led(session, 0)
    day.raise_hand(session, Actor(person_id=peer), session_id, HandAbout.TALK, "", zone=ZONE)
    day.write_note(session, Actor(person_id=peer), session_id, "Well")
    make_ask(session, session_id, peer, clock.now())
    session.add(Away(person_id=peer, first_day=TODAY, last_day=TODAY))
    kept = (Away, RaisedHand, DebriefNote, LeadAsk)
    let_go(session)
    assert [len(session.scalars(sa.select(one)).all()) for one in kept] == [1, 1, 1, 1]
    now.shift(timedelta(days=1))
    let_go(session)
    assert [len(session.scalars(sa.select(one)).all()) for one in kept] == [0, 1, 1, 1]
    now.shift(timedelta(days=366))
    let_go(session)
    assert [len(session.scalars(sa.select(one)).all()) for one in kept] == [0, 0, 0, 0]
