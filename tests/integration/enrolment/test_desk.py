"""What places put on the desk: each with its one next step, and nothing that can wait."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import Course, Run, Venue
from portal.desk.models import DeskTask
from portal.enrolment.models import Offer
from portal.enrolment.services import seats, telling
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import book, fill, make_group, make_student
from tests.factories.telling import send

MONDAY = datetime(2027, 1, 11, 12, 0, tzinfo=UTC)


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(
    session: Session, sign_in: Callable[..., FlaskClient], traveller: time_machine.Traveller
) -> Callable[..., str]:
    def desk(at: datetime = MONDAY, role: str = "coordinator") -> str:
        session.commit()
        traveller.move_to(at)
        answer = sign_in(role).get("/desk/")
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))

    return desk


def offered(session: Session, *, email: bool, name: str, title: str = "Sleep well") -> Run:
    """A full run of which a place became free: it is offered to the one who waits."""
    run = make_group(session, 2)
    session.get_one(Course, run.course_id).title = title
    first, _ = fill(session, run.id, 2, at=MONDAY)
    book(session, run.id, make_student(session, email=email, name=name), at=MONDAY)
    seats.withdraw(session, SYSTEM, first, at=MONDAY)
    return run


def test_offer_that_ends_today_is_a_call_to_make(
    session: Session, desk: Callable[..., str]
) -> None:
    offered(session, email=True, name="Ama")
    assert "Ama: Sleep well" not in desk(MONDAY + timedelta(days=1))
    page = desk(MONDAY + timedelta(days=2, hours=-3))
    assert "Offers (1)" in page
    assert "Ama: Sleep well" in page
    assert "the place we offered is kept until midday today" in page
    assert "Ama: Sleep well" not in desk(MONDAY + timedelta(days=2, minutes=1))


def test_offer_that_ends_at_midnight_stands_on_the_day_before(
    session: Session, desk: Callable[..., str]
) -> None:
    offered(session, email=True, name="Ama")
    session.execute(sa.update(Offer).values(expires_at=datetime(2027, 1, 14, tzinfo=UTC)))
    assert "kept until midnight today" in desk(datetime(2027, 1, 13, 9, tzinfo=UTC))
    assert "Ama: Sleep well" not in desk(datetime(2027, 1, 12, 9, tzinfo=UTC))


def test_person_whom_nobody_reached_shows_up_after_a_working_day(
    session: Session, desk: Callable[..., str]
) -> None:
    offered(session, email=False, name="Ben")
    assert "Nobody has reached them yet" not in desk(MONDAY + timedelta(hours=23))
    page = desk(MONDAY + timedelta(hours=25))
    assert "Ben: Sleep well" in page
    assert "Try again: we keep the place until Mon 18 Jan" in page
    assert "After today we ask the next person" in desk(datetime(2027, 1, 18, 9, tzinfo=UTC))


def test_person_who_was_reached_does_not_stand_there_any_more(
    session: Session, desk: Callable[..., str]
) -> None:
    offered(session, email=False, name="Ben")
    offer = session.scalars(sa.select(Offer.id)).one()
    seats.log_contact(session, SYSTEM, offer, reached=True, at=MONDAY + timedelta(hours=24))
    assert "Ben: Sleep well" not in desk(MONDAY + timedelta(hours=25))


def test_call_about_an_offer_leads_to_where_the_answer_is_written_down(
    app: Portal,
    session: Session,
    sign_in: Callable[..., FlaskClient],
    traveller: time_machine.Traveller,
) -> None:
    offered(session, email=False, name="Ben")
    offer_id = session.scalars(sa.select(Offer.id)).one()
    with app.test_request_context():
        send(session)
    task_id = session.scalars(
        sa.select(DeskTask.id).where(DeskTask.about["purpose"].as_string() == telling.OFFER)
    ).one()
    session.commit()

    page = sign_in("coordinator").get(f"/desk/tasks/{task_id}").text

    assert f'href="/manage/places/offers/{offer_id}"' in page
    assert "Write down their answer" in page


def test_run_with_too_few_people_stands_there_in_time_to_decide(
    session: Session, desk: Callable[..., str]
) -> None:
    run = make_group(session, 12, first=date(2027, 2, 1))
    session.get_one(Course, run.course_id).title = "Clay"
    fill(session, run.id, 3, at=MONDAY)
    assert "Clay:" not in desk(datetime(2027, 1, 17, 9, tzinfo=UTC))
    page = desk(datetime(2027, 1, 19, 9, tzinfo=UTC))
    assert "Too few or too many (1)" in page
    assert "Clay: 3 people so far" in page
    fill(session, run.id, 1, at=MONDAY)
    assert "Clay:" not in desk(datetime(2027, 1, 19, 9, tzinfo=UTC))


def test_fewest_is_a_setting(
    session: Session, desk: Callable[..., str], set_number: Callable[[str, int], None]
) -> None:
    run = make_group(session, 12, first=date(2027, 1, 20))
    session.get_one(Course, run.course_id).title = "Clay"
    set_number("enrolment:fewest", 0)
    assert "Clay:" not in desk()
    set_number("enrolment:fewest", 1)
    assert "Clay: nobody so far" in desk()


@pytest.mark.parametrize(("cap", "room"), [(2, None), (12, 2)])
def test_run_with_more_people_than_room_keeps_them_all(
    session: Session, desk: Callable[..., str], cap: int, room: int | None
) -> None:
    run = make_group(session, 12, first=date(2027, 1, 20))
    session.get_one(Course, run.course_id).title = "Clay"
    fill(session, run.id, 5, at=MONDAY)
    assert "room for" not in desk()
    run = session.get_one(Run, run.id)
    run.learning_cap = cap
    session.get_one(Venue, run.venue_id).capacity = room
    page = desk()
    assert "Clay: 5 people, room for 2" in page
    assert "Everybody keeps their place: find a larger room" in page


def test_desk_of_places_asks_as_many_questions_for_many_as_for_one(
    session: Session, sign_in: Callable[..., FlaskClient], traveller: time_machine.Traveller
) -> None:
    from portal.db import db

    traveller.move_to(MONDAY + timedelta(hours=25))
    client = sign_in("coordinator")
    asked: list[str] = []
    with client.application.app_context():
        engine = db.engine
    sa.event.listen(
        engine, "before_cursor_execute", lambda *given: asked.append(given[2]), named=False
    )

    def questions() -> int:
        session.commit()
        client.get("/desk/")
        asked.clear()
        assert client.get("/desk/").status_code == 200
        return len(asked)

    offered(session, email=False, name="Ben")
    one = questions()
    for number in range(3):
        offered(session, email=False, name=f"Ben {number}", title=f"Course {number}")
    assert questions() == one
