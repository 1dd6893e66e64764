"""The register: who turns up without a place."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.enrolment.models import Enrolment, Seat, Visitor
from portal.enrolment.services import keeping_apart
from portal.plugin_api import SYSTEM
from tests.factories.accounts import make_person
from tests.factories.enrolment import book, make_student
from tests.integration.enrolment.hall import BEFORE, DURING, STARTED, Hall, read, signed_in_again


def came(client: FlaskClient, hall: Hall, **values: str) -> Any:
    form = {"form_key": uuid.uuid4().hex, "name": "Wanda Walker", "who": "new", **values}
    return client.post(hall.path("/came"), data=form)


def test_walk_in_gets_a_place_and_is_here(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    form = {"form_key": uuid.uuid4().hex, "name": "Wanda Walker", "who": "new"}

    assert leader.post(hall.path("/came"), data=form).status_code == 303
    assert leader.post(hall.path("/came"), data=form).status_code == 303
    assert "Wanda Walker" in leader.get(hall.path()).text
    (made,) = read(session, sa.select(Enrolment).where(Enrolment.how == "walk_in"))
    assert made.from_at == STARTED
    assert hall.marks() == {made.id: "present"}


def test_walk_in_who_is_known_is_found_by_name(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    person_id = make_person(session, "Wanda Walker").id
    session.commit()

    page = leader.get(hall.path("/came") + "?name=wanda").text
    assert f'value="{person_id}"' in page
    assert came(leader, hall, who=str(person_id)).status_code == 303
    walked_in = sa.select(Enrolment.person_id).where(Enrolment.how == "walk_in")
    assert read(session, walked_in) == [person_id]


def test_walk_in_search_shows_nobody_for_two_letters(hall: Hall, leader: FlaskClient) -> None:
    page = leader.get(hall.path("/came") + "?name=st").text
    assert "at least three letters" in page
    assert "Student 0" not in page


def test_walk_in_into_a_full_room_is_a_visitor_by_the_leaders_word(
    session: Session, leader: FlaskClient
) -> None:
    hall = Hall(session, leader.person_id, people=2, cap=2)  # type: ignore[attr-defined]

    full = came(leader, hall)
    assert full.status_code == 422
    assert "There is no free place" in full.text
    assert read(session, sa.select(Visitor.id)) == []

    welcomed = came(leader, hall, visit="yes")
    assert welcomed.status_code == 303
    assert "Wanda Walker" in leader.get(hall.path()).text
    assert read(session, sa.select(Visitor.by_id)) == [leader.person_id]  # type: ignore[attr-defined]
    assert len(read(session, sa.select(Seat.id).where(Seat.run_id == hall.run_id))) == 2
    assert hall.marks() == {}


def test_walk_in_who_must_not_meet_somebody_here_is_turned_to_a_coordinator(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    person_id = str(make_person(session, "Wanda Walker").id)
    keeping_apart.keep_apart(session, SYSTEM, int(person_id), hall.people[0], at=BEFORE)
    session.commit()

    page = came(leader, hall, who=person_id)
    assert "a coordinator will ring them" in page.text
    assert "visitor" not in page.text
    assert came(leader, hall, who=person_id, visit="yes").status_code == 422


def test_walk_in_who_booked_while_the_session_was_on_counts_from_today(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    late = make_student(session, name="Wanda Walker")
    made: Any = book(session, hall.run_id, late, at=DURING)
    session.commit()
    place = made.enrolment_ids[0]
    since = sa.select(Enrolment.from_at).where(Enrolment.id == place)
    assert read(session, since) == [DURING]

    assert came(leader, hall, who=str(late)).status_code == 303
    assert read(session, since) == [STARTED]
    assert hall.marks() == {place: "present"}


def test_walk_in_written_down_after_the_last_session_is_a_visitor(
    hall: Hall, leader: FlaskClient, session: Session, now: time_machine.Coordinates
) -> None:
    now.move_to(datetime(2027, 3, 15, 20, 0, tzinfo=UTC))
    client = signed_in_again(leader)
    form = {"form_key": uuid.uuid4().hex, "name": "Wanda Walker", "who": "new"}

    assert client.post(hall.path("/came", 2), data=form).status_code == 422
    assert client.post(hall.path("/came", 2), data=form | {"visit": "yes"}).status_code == 303
    assert read(session, sa.select(Visitor.guest_name)) == ["Wanda Walker"]
