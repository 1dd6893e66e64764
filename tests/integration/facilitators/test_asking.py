"""Asking people to lead: the first who says yes has it, nobody is asked why not, and all are told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.models import Perspective
from portal.courses.services import leaders
from portal.facilitators.models import AskState, Stage
from portal.facilitators.services import asking, people
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.plugin_api import SYSTEM, Actor
from tests.factories.accounts import make_person
from tests.factories.courses import make_session
from tests.factories.facilitators import make_ask, make_meeting, make_peer, state_of
from tests.factories.messages import make_reachable
from tests.factories.telling import send, told

DAY = date(2027, 2, 18)
LIVED, PROFESSIONAL, SUBJECT = Perspective.LIVED, Perspective.PROFESSIONAL, Perspective.SUBJECT


def reachable_peer(session: Session, name: str) -> int:
    made = make_reachable(session, name, email=f"{name.lower()}@example.org")
    return make_peer(session, name, person_id=made)


def test_first_who_says_yes_leads_and_the_others_are_told_kindly(session: Session) -> None:
    meeting = make_meeting(session, DAY)
    ama, ben, cat = (reachable_peer(session, name) for name in ("Ama", "Ben", "Cat"))
    assert asking.ask(session, SYSTEM, meeting.id, [ama, ben]) == 2
    assert [letter.recipient for letter in send(session)] == ["ama@example.org", "ben@example.org"]
    assert asking.ask(session, SYSTEM, meeting.id, [cat]) == 1  # it has not left when Ama answers
    ids = {person: ask_of(session, meeting.id, person) for person in (ama, ben, cat)}

    assert asking.say_yes(session, Actor(person_id=ama), ids[ama], LIVED)
    assert not leaders.at_risk(session, meeting.id)
    assert [state_of(session, ids[one]) for one in (ama, ben, cat)] == [
        AskState.YES,
        AskState.TAKEN,
        AskState.TAKEN,
    ]
    assert told(session, ben) == ["facilitators:ask", "facilitators:taken"]
    assert told(session, cat) == ["facilitators:ask"]  # taken back before it left
    assert not asking.say_yes(session, Actor(person_id=ben), ids[ben], LIVED)
    assert sorted(letter.recipient for letter in send(session)) == [
        "ama@example.org",
        "ben@example.org",
    ]


def ask_of(session: Session, session_id: int, person_id: int) -> int:
    from portal.facilitators.queries.asks import asked_for

    found = asked_for(session, [session_id])
    return next(one.id for one in found if one.person_id == person_id)


def test_yes_needs_what_the_session_lacks(session: Session) -> None:
    meeting = make_meeting(session, DAY)  # a professional leads it
    ask = make_ask(session, meeting.id, make_peer(session), clock.now())
    for other in (PROFESSIONAL, SUBJECT):
        with pytest.raises(RefusedError) as refused:
            asking.say_yes(session, SYSTEM, ask, other)
        assert refused.value.field == "perspective"
    assert asking.say_yes(session, SYSTEM, ask, LIVED)


def test_session_without_anybody_waits_for_both_halves(session: Session) -> None:
    meeting = make_session(session, local_date=DAY)
    asks = [make_ask(session, meeting.id, make_peer(session), clock.now()) for _number in range(3)]
    assert asking.say_yes(session, SYSTEM, asks[0], LIVED)
    assert state_of(session, asks[1]) is AskState.WAITING
    assert asking.say_yes(session, SYSTEM, asks[1], SUBJECT)
    assert state_of(session, asks[2]) is AskState.TAKEN


def test_no_needs_no_reason_and_may_be_asked_again(session: Session) -> None:
    meeting = make_meeting(session, DAY)
    peer = make_peer(session)
    asking.ask(session, SYSTEM, meeting.id, [peer])
    ask = ask_of(session, meeting.id, peer)
    asking.say_no(session, Actor(person_id=peer), ask)
    assert state_of(session, ask) is AskState.NO
    assert asking.ask(session, SYSTEM, meeting.id, [peer]) == 1
    assert state_of(session, ask) is AskState.WAITING
    assert asking.ask(session, SYSTEM, meeting.id, [peer]) == 0  # asked once at a time


def test_only_those_who_fit_are_asked(session: Session) -> None:
    meeting = make_meeting(session, DAY)
    fits, rests = make_peer(session), make_peer(session, stage=Stage.RESTING)
    stranger = make_person(session).id
    assert asking.ask(session, SYSTEM, meeting.id, [fits, rests, stranger]) == 1


def test_nobody_is_asked_for_a_session_that_has_its_pair(session: Session) -> None:
    meeting = make_meeting(session, DAY)
    leaders.assign(session, SYSTEM, meeting.id, make_peer(session), LIVED)
    with pytest.raises(RefusedError):
        asking.ask(session, SYSTEM, meeting.id, [make_peer(session)])


def test_whoever_said_yes_on_the_telephone_closes_the_question(session: Session) -> None:
    meeting = make_meeting(session, DAY)
    peer, other = make_peer(session), make_peer(session)
    asks = [make_ask(session, meeting.id, one, clock.now()) for one in (peer, other)]
    asking.give(session, SYSTEM, meeting.id, peer, LIVED)
    assert [state_of(session, one) for one in asks] == [AskState.YES, AskState.TAKEN]


def test_all_who_said_no_end_the_waiting_at_once(
    session: Session, now: time_machine.Traveller
) -> None:
    from portal.accounts.services.roles import grant_role

    boss = make_person(session).id
    grant_role(session, SYSTEM, boss, "coordinator", reason="for a test")
    meeting = make_meeting(session, DAY)
    ask = make_ask(session, meeting.id, make_peer(session), clock.now())
    assert asking.remind_coordinators(session, clock.now()) == 0
    asking.say_no(session, SYSTEM, ask)
    assert asking.remind_coordinators(session, clock.now()) == 1


def test_question_of_nobody_is_none(session: Session) -> None:
    with pytest.raises(MissingRecordError):
        asking.say_yes(session, SYSTEM, 4_711, LIVED)


def test_resting_keeps_what_is_led_and_leaving_gives_it_back(
    session: Session, now: time_machine.Traveller
) -> None:
    peer = make_peer(session)
    meeting = make_meeting(session, DAY)
    leaders.assign(session, SYSTEM, meeting.id, peer, LIVED)
    me = Actor(person_id=peer)
    people.step(session, me, peer, Stage.RESTING)
    assert not leaders.at_risk(session, meeting.id)
    people.step(session, me, peer, Stage.LEFT)
    assert leaders.at_risk(session, meeting.id)
    with pytest.raises(RefusedError):
        people.step(session, me, peer, Stage.ACTIVE)  # coming back is for the college to begin
    now.shift(timedelta(days=1))
    people.step(session, SYSTEM, peer, Stage.INTERESTED)
