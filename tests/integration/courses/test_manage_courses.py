"""The staff pages of courses: written once, refused without loss, changed knowingly, moved on, copied."""

from __future__ import annotations

import re

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.courses.models import Course, CourseState, SentForm
from tests.factories import courses as make
from tests.integration.courses.managing import KEY, form_key_of, send_form


def test_new_course_is_written_once_however_often_it_is_sent(
    session: Session, coordinator: FlaskClient
) -> None:
    topic = make.make_topic(session)
    session.commit()
    key = form_key_of(coordinator, "/manage/courses/new")
    data = {
        "form_key": key,
        "title": "Sleeping better",
        "topic_id": str(topic.id),
        "summary": "Rest",
    }
    first = coordinator.post("/manage/courses/new", data=data)
    second = coordinator.post("/manage/courses/new", data=data)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert session.scalar(sa.select(sa.func.count(Course.id))) == 1
    page = coordinator.get(first.location).text
    assert "Sleeping better" in page


def test_refused_form_keeps_what_was_typed_and_leads_to_the_field(
    session: Session, coordinator: FlaskClient
) -> None:
    make.make_topic(session)
    session.commit()
    response = send_form(coordinator, "/manage/courses/new", title="", summary="Words I typed")
    assert response.status_code == 422
    assert "Words I typed" in response.text
    assert 'href="#title"' in response.text
    assert "Give the course a title" in response.text
    assert session.scalar(sa.select(sa.func.count(SentForm.key))) == 0


def test_edit_is_saved_with_who_and_why(session: Session, coordinator: FlaskClient) -> None:
    course = make.make_course(session, title="Old title")
    session.commit()
    response = send_form(
        coordinator,
        f"/manage/courses/{course.id}/edit",
        title="New title",
        topic_id=str(course.topic_id),
        version="1",
        why="Clearer",
        flags=["drop_in", "for_supporters"],
        planned_sessions="6",
    )
    assert response.status_code == 303
    session.refresh(course)
    assert (course.title, course.drop_in, course.for_supporters) == ("New title", True, True)
    page = coordinator.get(f"/manage/history/course/{course.id}").text
    assert "Clearer" in page
    assert "from Old title to New title" in page
    assert "from no to yes" in page


def test_stale_edit_shows_both_texts_and_saves_at_the_second_try(
    session: Session, coordinator: FlaskClient
) -> None:
    course = make.make_course(session, title="First", summary="")
    session.commit()
    address = f"/manage/courses/{course.id}/edit"
    same = {
        "topic_id": str(course.topic_id),
        "version": "1",
        "planned_sessions": "6",
        "planned_minutes": "120",
    }
    key = form_key_of(coordinator, address)
    send_form(coordinator, address, **same, title="Theirs", summary="", why="Theirs")
    response = coordinator.post(
        address,
        data={**same, "form_key": key, "title": "Mine", "summary": "Also mine", "why": "My reason"},
    )
    assert response.status_code == 422
    for text in ("Theirs", "Mine", "Also mine", "My reason"):
        assert text in response.text
    session.refresh(course)
    assert (course.title, course.version) == ("Theirs", 2)

    shown = re.search(r'name="version"[^>]*value="(\d+)"', response.text)
    assert shown
    assert shown[1] == "2"
    again = {**same, "version": "2", "form_key": KEY.search(response.text)[1]}  # type: ignore[index]
    response = coordinator.post(
        address, data={**again, "title": "Mine", "summary": "Also mine", "why": "My reason"}
    )
    assert response.status_code == 303
    session.refresh(course)
    assert (course.title, course.summary, course.version) == ("Mine", "Also mine", 3)


def test_course_moves_on_with_a_reason(session: Session, coordinator: FlaskClient) -> None:
    course = make.make_course(session, state=CourseState.APPROVED)
    session.commit()
    address = f"/manage/courses/{course.id}/state"
    assert send_form(coordinator, address, state="live", why="").status_code == 422
    assert send_form(coordinator, address, state="retired", why="No").status_code == 422
    assert send_form(coordinator, address, state="live", why="Ready").status_code == 303
    session.refresh(course)
    assert course.state is CourseState.LIVE


def test_course_that_cannot_retire_says_why(session: Session, coordinator: FlaskClient) -> None:
    run = make.make_run(session, sessions=1)
    session.commit()
    address = f"/manage/courses/{run.course_id}/state"
    response = send_form(coordinator, address, state="retired", why="It has ended")
    assert response.status_code == 422
    assert "The run from 1 March 2027 is still to come" in response.text
    assert "It has ended" in response.text


def test_course_is_copied(session: Session, coordinator: FlaskClient) -> None:
    course = make.make_course(session, description="Long words")
    session.commit()
    address = f"/manage/courses/{course.id}/copy"
    assert send_form(coordinator, address, title="The copy").status_code == 303
    copy = session.scalars(sa.select(Course).where(Course.title == "The copy")).one()
    assert (copy.description, copy.state) == ("Long words", CourseState.IDEA)
