"""Taking a place step by step: who may see what, that nothing typed is lost, one effect for two clicks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
import time_machine

from portal import clock
from portal.courses.models import Mode
from portal.enrolment.models import (
    Agreement,
    Enrolment,
    How,
    PlaceDraft,
    Role,
    WaitEntry,
    WaitState,
)
from tests.factories.enrolment import all_shared, book, make_group, make_student
from tests.integration.enrolment.taking import (
    KEY,
    SignIn,
    answer_everything,
    coming_group,
    fill_now,
    letting_go,
    newest_person,
    places_of,
    send,
)

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session


@pytest.fixture
def student(sign_in: SignIn, session: Session) -> FlaskClient:
    return letting_go(sign_in(), session)


@pytest.fixture
def student_id(student: FlaskClient, session: Session) -> int:
    return newest_person(session)


def _group(session: Session, cap: int = 3, **values: object) -> int:
    run_id = coming_group(session, cap, **values).id
    session.commit()
    return run_id


def test_what_to_expect_is_for_everybody(client: FlaskClient, session: Session) -> None:
    run_id = _group(session)

    page = client.get(f"/places/runs/{run_id}")

    assert page.status_code == 200
    assert "What if I cannot come?" in page.text


def test_a_place_is_taken_with_what_was_written(
    student: FlaskClient, student_id: int, session: Session
) -> None:
    run_id = _group(session)
    answer_everything(student, run_id, needs="Near the door, please")

    answer = send(student, f"/places/runs/{run_id}/check")

    (place,) = places_of(session, student_id)
    assert answer.location == f"/places/{place.id}/done"
    assert "You have a place" in student.get(answer.location).text
    session.rollback()
    assert all_shared(session) == ["Near the door, please"]
    assert session.scalars(sa.select(PlaceDraft)).all() == []


@pytest.mark.parametrize(
    ("days", "sessions", "said"),
    [
        (35, 3, "48 hours before each session."),
        (1, 3, "48 hours before each session, beginning with the one on "),
        (1, 1, "It is too soon for a reminder"),
    ],
)
def test_only_reminders_that_will_come_are_promised(
    student: FlaskClient, student_id: int, session: Session, days: int, sessions: int, said: str
) -> None:
    first = clock.local_date(clock.now(), "Europe/London") + timedelta(days=days)
    run = make_group(session, first=first, sessions=sessions)
    book(session, run.id, student_id, at=clock.now())
    session.commit()
    (place,) = places_of(session, student_id)
    text = student.get(f"/places/{place.id}/done").text
    assert said in text
    assert text.count("hours before each session") == (sessions > 1)
    if said.endswith("the one on "):
        second = first + timedelta(weeks=1)
        assert f"{said}{second:%A} {second.day} {second:%B %Y}" in text


def test_a_second_click_has_no_second_effect(
    student: FlaskClient, student_id: int, session: Session
) -> None:
    run_id = _group(session)
    answer_everything(student, run_id)
    check = f"/places/runs/{run_id}/check"
    match = KEY.search(student.get(check).text)
    assert match
    data = {"form_key": match[1], "wish": "place"}

    first, second = (student.post(check, data=data) for _ in range(2))

    assert (second.status_code, second.location) == (303, first.location)
    assert len(places_of(session, student_id)) == 1


def test_answers_are_kept_for_another_day(student: FlaskClient, session: Session) -> None:
    run_id = _group(session)
    student.post(f"/places/runs/{run_id}/needs", data={"needs": "I hear badly"})

    assert "I hear badly" in student.get(f"/places/runs/{run_id}/needs").text
    assert "Go on where you stopped" in student.get(f"/places/runs/{run_id}").text


def test_checking_before_everything_is_answered_leads_to_the_open_question(
    student: FlaskClient, session: Session
) -> None:
    run_id = _group(session)
    student.post(f"/places/runs/{run_id}/needs", data={"needs": ""})

    assert student.get(f"/places/runs/{run_id}/check").location.endswith("/company")


def test_how_is_asked_only_where_there_is_a_choice(student: FlaskClient, session: Session) -> None:
    both = _group(session, mode=Mode.BOTH)
    one = _group(session)

    assert student.get(f"/places/runs/{both}/how").status_code == 200
    assert student.get(f"/places/runs/{one}/how").status_code == 404


def test_whoever_comes_along_is_seated_too(
    student: FlaskClient, student_id: int, session: Session
) -> None:
    run_id = _group(session)
    answer_everything(student, run_id, company={"company": "supporter", "guest_name": "Auntie Jo"})

    send(student, f"/places/runs/{run_id}/check")

    session.rollback()
    rows = session.execute(sa.select(Enrolment.role, Enrolment.guest_name).order_by(Enrolment.id))
    assert rows.all() == [(Role.STUDENT, ""), (Role.SUPPORTER, "Auntie Jo")]


def test_somebody_who_comes_along_needs_a_name(student: FlaskClient, session: Session) -> None:
    run_id = _group(session)

    answer = student.post(f"/places/runs/{run_id}/company", data={"company": "buddy"})

    assert answer.status_code == 422
    assert "Write the name of the person who comes along" in answer.text


def test_who_loses_the_race_keeps_their_words_and_is_offered_the_list(
    student: FlaskClient, student_id: int, session: Session
) -> None:
    run_id = _group(session, cap=1)
    answer_everything(student, run_id, needs="Near the door")
    check = f"/places/runs/{run_id}/check"
    match = KEY.search(student.get(check).text)
    assert match
    fill_now(session, run_id, 1)  # somebody else is quicker
    session.commit()

    lost = student.post(check, data={"form_key": match[1], "wish": "place"})

    assert lost.status_code == 422
    assert "Near the door" in lost.text
    assert "Join the waiting list" in lost.text
    session.rollback()
    assert session.scalars(sa.select(WaitEntry.id)).all() == []  # nobody waits who did not ask to
    joined = student.post(check, data={"form_key": match[1], "wish": "list"})
    session.rollback()
    entry = session.scalars(sa.select(WaitEntry)).one()
    assert (entry.person_id, entry.state) == (student_id, WaitState.WAITING)
    assert joined.location == f"/places/waiting/{entry.id}"


def test_a_run_that_takes_nobody_says_so(student: FlaskClient, session: Session) -> None:
    run = make_group(session, first=date(2020, 1, 6))
    run_id = run.id
    session.commit()

    assert "You cannot join just now" in student.get(f"/places/runs/{run_id}").text


def test_course_pages_say_what_can_be_done(
    client: FlaskClient, student: FlaskClient, student_id: int, session: Session
) -> None:
    run = coming_group(session, 1)
    slug = session.scalar(sa.text("SELECT slug FROM course"))
    of_run = f"/courses/{slug}/{run.reference}"
    pages = (f"/courses/{slug}", of_run, f"{of_run}/1")
    run_id = run.id
    session.commit()

    assert all("Take a place" in client.get(page).text for page in pages)
    answer_everything(student, run_id)
    send(student, f"/places/runs/{run_id}/check")
    assert all("See my place" in student.get(page).text for page in pages)
    session.rollback()
    assert all("Join the waiting list" in client.get(page).text for page in pages)


def test_a_supporter_takes_a_place_for_who_agreed_and_for_nobody_else(
    student: FlaskClient, student_id: int, session: Session, sign_in: SignIn
) -> None:
    run_id = _group(session)
    friend = letting_go(sign_in(), session)
    friend_id = newest_person(session)
    code = friend.post("/places/helpers/code", data={"form_key": "a" * 32}).text
    found = [word for word in code.split() if len(word) == 12 and word.isupper()]
    assert found
    assert send(student, "/places/helpers", code=found[0]).status_code == 303

    answer = student.post(f"/places/runs/{run_id}/who", data={"person_id": str(friend_id)})
    assert answer.status_code == 303
    answer_everything(student, run_id, needs="Ground floor")
    send(student, f"/places/runs/{run_id}/check")

    (place,) = places_of(session, friend_id)
    assert (place.how, place.made_by_id) == (How.SUPPORTER, student_id)
    assert "Ground floor" not in student.get(f"/places/{place.id}").text  # only those who lead
    stranger = make_student(session)
    session.commit()
    refused = student.post(f"/places/runs/{run_id}/who", data={"person_id": str(stranger)})
    assert refused.status_code == 422


@pytest.mark.parametrize("page", ["done", "leave", "needs", "how"])
def test_somebody_elses_place_is_not_there(
    student: FlaskClient, session: Session, page: str
) -> None:
    run = coming_group(session)
    (place_id,) = fill_now(session, run.id, 1)
    session.commit()

    assert student.get(f"/places/{place_id}/{page}").status_code == 404
    assert student.post(f"/places/{place_id}/{page}", data={}).status_code in {404, 405}


def test_what_was_agreed_after_midnight_has_the_date_on_the_wall(
    session: Session, sign_in: SignIn
) -> None:
    with time_machine.travel(datetime(2027, 6, 30, 23, 30, tzinfo=UTC), tick=False):
        friend, helper = (letting_go(sign_in(), session) for _ in range(2))
        text = friend.post("/places/helpers/code", data={"form_key": "a" * 32}).text
        (code,) = [word for word in text.split() if len(word) == 12 and word.isupper()]
        assert send(helper, "/places/helpers", code=code).status_code == 303
    session.rollback()
    assert session.scalars(sa.select(Agreement.agreed_on)).one() == date(2027, 7, 1)
