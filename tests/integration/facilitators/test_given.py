"""Whoever is given a session, or has one taken off them, hears of it, on whichever page it was done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.app import Portal
from portal.courses.models import Perspective
from portal.courses.services import leaders
from portal.facilitators.models import AskState
from portal.facilitators.services import asking, day, pathway
from portal.plugin_api import SYSTEM, Actor
from portal.plugin_api.events import OutboxEvent
from tests.factories.courses import make_assignment
from tests.factories.facilitators import follow, make_ask, make_meeting, make_peer, state_of
from tests.factories.messages import make_reachable
from tests.factories.telling import send, told
from tests.integration.facilitators.test_pages import send as fill_in

DAY = date(2027, 2, 18)
LIVED = Perspective.LIVED


def reachable(session: Session, name: str = "Ama") -> int:
    made = make_reachable(session, name, email=f"{name.lower()}@example.org")
    return make_peer(session, name, person_id=made)


def test_yes_of_ones_own_is_told_once(session: Session) -> None:
    meeting, ama = make_meeting(session, DAY), reachable(session)
    ask = make_ask(session, meeting.id, ama, clock.now())
    asking.say_yes(session, Actor(person_id=ama), ask, LIVED)
    follow(session, times=2)
    assert told(session, ama) == ["facilitators:leads"]


def test_whoever_hands_it_back_before_the_message_leaves_reads_nothing_untrue(
    session: Session,
) -> None:
    meeting, ama = make_meeting(session, DAY), reachable(session)
    asking.give(session, SYSTEM, meeting.id, ama, LIVED)
    assert day.drop_out(session, Actor(person_id=ama), meeting.id)
    follow(session)
    assert send(session) == []
    assert told(session, ama) == ["facilitators:leads"]


def test_whose_session_is_taken_off_them_need_not_come(session: Session) -> None:
    meeting, ama = make_meeting(session, DAY), reachable(session)
    make_assignment(session, meeting.id, ama)
    leaders.unassign(session, SYSTEM, meeting.id, ama)
    follow(session, times=2)
    assert told(session, ama) == ["facilitators:leads_no_more"]
    (letter,) = send(session)
    assert "You do not lead “" in str(letter.text)
    assert "You need do nothing." in str(letter.text)


def test_who_gets_it_again_meanwhile_is_not_told_that_it_is_gone(session: Session) -> None:
    meeting, ama = make_meeting(session, DAY), reachable(session)
    make_assignment(session, meeting.id, ama)
    leaders.unassign(session, SYSTEM, meeting.id, ama)
    leaders.assign(session, SYSTEM, meeting.id, ama, LIVED)
    follow(session)
    assert told(session, ama) == ["facilitators:leads"]


def test_whoever_has_left_is_told_of_no_session(session: Session) -> None:
    meeting, ama = make_meeting(session, DAY), reachable(session)
    make_assignment(session, meeting.id, ama)
    pathway.leave(session, SYSTEM, ama)
    follow(session)
    assert told(session, ama) == []


def test_events_say_who_and_by_whose_word(session: Session) -> None:
    meeting, ama = make_meeting(session, DAY), make_peer(session)
    row = leaders.assign(session, SYSTEM, meeting.id, ama, LIVED)
    day.drop_out(session, Actor(person_id=ama), meeting.id)
    kinds = ("courses:leader_given", "courses:leader_gone")
    found = session.scalars(
        sa.select(OutboxEvent.payload).where(OutboxEvent.type.in_(kinds)).order_by(OutboxEvent.id)
    ).all()
    about = {"run_id": meeting.run_id, "session_id": meeting.id, "person_id": ama}
    assert found == [{**about, "assignment_id": row.id}, {**about, "by_themselves": True}]


class TestPage:
    """The page of courses."""

    @pytest.fixture(autouse=True)
    def _in_context(self, now: object) -> None:
        """Each request has a context of its own, and reads what is true by then."""

    def test_whoever_is_given_a_session_on_the_courses_page_is_told_once_and_others_need_not_answer(
        self, app: Portal, session: Session, browse: Callable[..., FlaskClient]
    ) -> None:
        boss, meeting = browse("coordinator"), make_meeting(session, DAY)
        ama, ben = reachable(session, "Ama"), reachable(session, "Ben")
        ask = make_ask(session, meeting.id, ben, clock.now())
        session.commit()
        search = f"/manage/sessions/{meeting.id}/leaders?q=ama"
        assert "leads this session." in fill_in(
            boss, search, person_id=str(ama), perspective="lived"
        )
        with app.app_context():
            follow(session, times=2)
            assert told(session, ama) == ["facilitators:leads"]
            assert state_of(session, ask) is AskState.TAKEN
            (letter,) = send(session)
            assert "You lead “" in str(letter.text)
