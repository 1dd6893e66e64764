"""Somebody who leads a session takes a place elsewhere at the same time: nobody forbids it, both are told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.app import Portal
from portal.courses.api import RunInfo, run_by_id
from portal.courses.models import Run
from portal.enrolment.queries.leading import led_then
from portal.facilitators.desk import taken_up as on_desk
from portal.facilitators.queries.finding import taken_up
from tests.factories.courses import make_assignment, make_course, make_run, make_session
from tests.factories.enrolment import book, make_student
from tests.factories.facilitators import make_meeting, make_peer
from tests.integration.enrolment.taking import answer_everything
from tests.integration.facilitators.test_matching import counted
from tests.integration.facilitators.test_pages import me, send

DAY = date(2027, 2, 18)  # a Thursday
SignIn = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _in_context(now: object) -> None:
    """Each request has a context of its own."""


def group(session: Session, title: str, hour: int = 11, day: date = DAY) -> Run:
    """A group of one session that day, for two hours from then on."""
    run = make_run(session, course_id=make_course(session, title=title).id)
    made = make_session(session, run_id=run.id, local_date=day, local_time=time(hour))
    run.first_starts_at, run.last_ends_at = made.starts_at, made.ends_at
    session.flush()
    return run


def info(session: Session, run: Run) -> RunInfo:
    found = run_by_id(session, run.id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("hour", "clashes"), [(8, False), (9, True), (10, True), (11, True), (12, False)]
)
def test_only_what_is_on_at_the_same_time_is_said(
    session: Session, hour: int, clashes: bool
) -> None:
    peer = make_peer(session)
    make_assignment(session, make_session(session, local_date=DAY).id, peer)  # 10am to midday
    run = group(session, "Pottery", hour)
    found = led_then(session, peer, info(session, run), clock.now())
    assert len(found) == clashes
    book(session, run.id, peer, at=clock.now())
    assert len(taken_up(session, clock.now())) == clashes


def test_person_is_told_kindly_and_takes_the_place_and_the_coordinator_sees_it(
    session: Session, sign_in: SignIn
) -> None:
    client, boss = sign_in("facilitator"), sign_in("coordinator")
    make_peer(session, person_id=me(client))
    led = make_meeting(session, DAY)
    make_assignment(session, led.id, me(client))
    led_id, run_id = led.id, group(session, "Pottery").id
    session.commit()
    answer_everything(client, run_id)
    check = f"/places/runs/{run_id}/check"
    page = client.get(check).text
    assert "You lead a session at the same time" in page
    assert "Thursday 18 February 2027, 10am to midday" in page
    assert "You can have this place all the same." in page
    assert "You have a place" in send(client, check, wish="place")
    assert "you have a place elsewhere then" in client.get("/leading").text
    listed = boss.get("/manage/leading").text
    assert "They have something else then" in listed
    assert f"/manage/leading/sessions/{led_id}" in listed
    assert "Pottery" not in listed.split("They have something else then")[1]  # theirs to say
    assert "has something else then" in boss.get("/desk/").text


def test_whoever_enrols_them_by_telephone_reads_it(session: Session, sign_in: SignIn) -> None:
    boss, peer = sign_in("coordinator"), make_student(session, name="Ama")
    make_peer(session, person_id=peer)
    make_assignment(session, make_meeting(session, DAY).id, peer)
    run_id = group(session, "Pottery").id
    session.commit()
    page = boss.get(f"/manage/places/runs/{run_id}/add/{peer}").text
    assert "Ama leads a session at the same time" in page


def test_nothing_is_said_of_others_or_of_what_they_cannot_come_to(session: Session) -> None:
    peer, other = make_peer(session), make_peer(session, "Ben")
    led = make_session(session, local_date=DAY)
    make_assignment(session, led.id, peer)
    run = group(session, "Pottery")
    book(session, run.id, other, at=clock.now())
    assert taken_up(session, clock.now()) == []
    assert led_then(session, other, info(session, run), clock.now()) == []


@pytest.mark.parametrize("many", [1, 12])
def test_desk_asks_four_questions_however_many(app: Portal, session: Session, many: int) -> None:
    run = group(session, "Pottery")
    for number in range(many):
        peer = make_peer(session, f"Peer {number}")
        make_assignment(session, make_session(session, local_date=DAY).id, peer)
        book(session, run.id, peer, at=clock.now())
    session.flush()
    with app.test_request_context(), counted(app) as asked:
        lines = list(on_desk(session, clock.now()))
    assert len(lines) == many
    assert len(asked) == 4, "\n".join(asked)
    assert re.search(r"Peer 0 has something else then", str(lines[0].title))
