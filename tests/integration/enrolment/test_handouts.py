"""Who may take a handout home: whoever has a place or leads. Nobody else learns that there is one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.api import sample_handout
from portal.courses.models import Assignment, Perspective
from portal.enrolment.services import seats
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import book, make_group

Place = tuple[FlaskClient, int, int]  # whose browser, the place, the handout


@pytest.fixture
def place(sign_in: Any, session: Session) -> Place:
    client = sign_in("student")
    run = make_group(session, first=clock.now().date() + timedelta(days=30))
    made: Any = book(session, run.id, client.person_id, at=clock.now())
    handout = sample_handout(session, run.id)
    session.commit()
    return client, made.enrolment_ids[0], handout


def test_whoever_has_a_place_can_have_it(place: Place) -> None:
    client, enrolment_id, handout = place
    page = client.get(f"/me/courses/{enrolment_id}").text
    address = f"/me/courses/{enrolment_id}/handouts/{handout}"
    assert address in page
    assert "Picture, 1 kB" in page
    answer = client.get(address)
    assert answer.data.startswith(b"\x89PNG")
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_whoever_gave_the_place_back_cannot(place: Place, session: Session) -> None:
    client, enrolment_id, handout = place
    seats.withdraw(session, SYSTEM, enrolment_id, at=clock.now())
    session.commit()
    assert client.get(f"/me/courses/{enrolment_id}/handouts/{handout}").status_code == 404


def test_nobody_else_can(place: Place, sign_in: Any) -> None:
    _client, enrolment_id, handout = place
    other = sign_in("student")
    assert other.get(f"/me/courses/{enrolment_id}/handouts/{handout}").status_code == 404


def test_a_place_opens_no_handout_of_another_course(place: Place, session: Session) -> None:
    client, enrolment_id, _handout = place
    elsewhere = sample_handout(session, make_group(session).id)
    session.commit()
    assert client.get(f"/me/courses/{enrolment_id}/handouts/{elsewhere}").status_code == 404


def test_whoever_leads_finds_it_with_their_session_and_at_the_register(
    session: Session, sign_in: Any
) -> None:
    leader, other = sign_in("facilitator"), sign_in("facilitator")
    run = make_group(session, first=clock.now().date() + timedelta(days=3))
    (meeting, *_rest) = sorted(
        session.scalars(meetings_of(run.id)).all(), key=lambda one: one.number
    )
    session.add(
        Assignment(session_id=meeting.id, person_id=leader.person_id, perspective=Perspective.LIVED)
    )
    handout, session_id = sample_handout(session, run.id), meeting.id
    session.commit()
    address = f"/registers/{session_id}/handouts/{handout}"
    for page in (f"/leading/sessions/{session_id}", f"/registers/{session_id}"):
        assert address in leader.get(page).text
    assert leader.get(address).data.startswith(b"\x89PNG")
    assert other.get(address).status_code == 404


def meetings_of(run_id: int) -> Any:
    import sqlalchemy as sa

    from portal.courses.models import CourseSession

    return sa.select(CourseSession).where(CourseSession.run_id == run_id)
