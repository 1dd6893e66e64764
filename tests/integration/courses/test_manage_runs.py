"""The staff pages of runs: planned, named, published, copied, changed."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.courses.models import CourseSession, Mode, Run, RunState
from tests.factories import courses as make
from tests.integration.courses.managing import PLAN, form_key_of, send_form


def test_run_is_planned_only_after_its_dates_were_checked(
    session: Session, coordinator: FlaskClient
) -> None:
    course, term = make.make_course(session), make.make_term(session)
    venue = make.make_venue(session)
    session.commit()
    address = f"/manage/courses/{course.id}/runs/new"
    data = {
        **PLAN,
        "form_key": form_key_of(coordinator, address),
        "term_id": str(term.id),
        "venue_id": str(venue.id),
    }
    checked = coordinator.post(address, data={**data, "step": "check"})
    assert checked.status_code == 200
    assert "Monday 5 April 2027" in checked.text
    assert "Monday 29 March 2027 (bank holiday)" in checked.text
    assert checked.text.count("10am to midday") == 6
    assert session.scalar(sa.select(sa.func.count(Run.id))) == 0

    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', checked.text)
    carried: dict[str, list[str]] = {}
    for name, value in hidden:
        carried.setdefault(name, []).append(value)
    changed = coordinator.post(address, data={**carried, "step": "change"})
    assert 'value="10am"' in changed.text
    assert changed.status_code == 200

    done = coordinator.post(address, data={**carried, "step": "confirm"})
    twice = coordinator.post(address, data={**carried, "step": "confirm"})
    assert (done.status_code, twice.location) == (303, done.location)
    run = session.scalars(sa.select(Run)).one()
    assert run.state is RunState.PLANNED
    hours = session.scalars(sa.select(CourseSession.starts_at).order_by(CourseSession.number)).all()
    assert [at.hour for at in hours] == [10, 10, 10, 10, 9, 9]
    page = coordinator.get(done.location).text
    assert page.count(", 10am") == 6


@pytest.mark.parametrize(
    ("change", "target"),
    [
        ({"first_on": ["28", "3", "2027"], "starts": "1:30am", "count": "1"}, "#starts"),
        ({"first_on": ["31", "2", "2027"]}, "#first_on-day"),
        ({"starts": "soon"}, "#starts"),
        ({"minutes": ""}, "#minutes"),
        ({"count": "0"}, "#count"),
        ({"learning_cap": "99"}, "#learning_cap"),
        ({"skip": "some day"}, "#skip"),
        ({"term_id": ""}, "#term_id"),
    ],
)
def test_plan_that_cannot_stand_leads_to_the_field(
    session: Session, coordinator: FlaskClient, change: dict[str, Any], target: str
) -> None:
    course, term, venue = (
        make.make_course(session),
        make.make_term(session),
        make.make_venue(session),
    )
    session.commit()
    response = coordinator.post(
        f"/manage/courses/{course.id}/runs/new",
        data={
            **PLAN,
            "term_id": str(term.id),
            "venue_id": str(venue.id),
            "step": "check",
            **change,
        },
    )
    assert response.status_code == 422
    assert f'href="{target}"' in response.text
    assert response.text.count('class="govuk-error-message"') == 1


def test_taken_room_is_said_and_can_be_shared(session: Session, coordinator: FlaskClient) -> None:
    other = make.make_run(session, sessions=1)
    course, term = make.make_course(session), make.make_term(session)
    session.commit()
    address = f"/manage/courses/{course.id}/runs/new"
    data = {**PLAN, "term_id": str(term.id), "venue_id": str(other.venue_id), "step": "check"}
    response = coordinator.post(address, data=data)
    assert response.status_code == 422
    assert "has this room on 1 March 2027" in response.text
    assert 'name="room_shared"' in response.text
    shared = coordinator.post(address, data={**data, "room_shared": "y"})
    assert shared.status_code == 200
    assert "Shared with" in shared.text


MOVED = {"day": ["2", "3", "2027"], "starts": "10am", "minutes": "120", "reason": "The roof leaks"}
RUN_PAGES = ("", "/edit", "/publish", "/cancel", "/copy", "/unpublish", "/sessions/new")


@pytest.mark.parametrize("page", RUN_PAGES)
def test_run_is_called_by_its_course_day_and_place(
    page: str, session: Session, coordinator: FlaskClient
) -> None:
    course = make.make_course(session, title="Sleep well")
    venue = make.make_venue(session, name="Boathouse")
    run = make.make_run(
        session, sessions=1, course_id=course.id, venue_id=venue.id, reference="spring-term-2027-4"
    )
    session.commit()
    text = coordinator.get(f"/manage/runs/{run.id}{page}").text
    title = text.partition("<title>")[2].partition("</title>")[0]
    assert "Sleep well, from Monday 1 March 2027, Boathouse" in title
    in_small = text.count('<dd class="rc-soft rc-small">spring-term-2027-4</dd>')
    assert text.count("spring-term-2027-4") - text.count("/spring-term-2027-4") == in_small


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"venue_id": None}, "Sleep well, from Monday 1 March 2027"),
        ({"mode": Mode.ONLINE}, "Sleep well, from Monday 1 March 2027, online"),
        ({"sessions": 0}, "Sleep well, no dates yet"),
    ],
)
def test_run_without_place_or_dates_is_called_by_what_is_known(
    values: dict[str, Any], said: str, session: Session, coordinator: FlaskClient
) -> None:
    course = make.make_course(session, title="Sleep well")
    run = make.make_run(session, **{"sessions": 1, "course_id": course.id, **values})
    session.commit()
    assert f"<title>{said} " in coordinator.get(f"/manage/runs/{run.id}").text


def test_staff_pages_of_sessions_and_changes_name_the_day(
    session: Session, coordinator: FlaskClient
) -> None:
    course = make.make_course(session, title="Sleep well")
    run = make.make_run(session, sessions=2, course_id=course.id, reference="spring-term-2027-4")
    one = session.scalars(sa.select(CourseSession).order_by(CourseSession.number)).first()
    assert one is not None
    run_id, session_id = run.id, one.id
    session.commit()
    moving = coordinator.get(f"/manage/sessions/{session_id}/move").text
    assert "Move session 1 of Sleep well, Monday 1 March 2027" in moving
    assert "spring-term-2027-4" not in coordinator.get(f"/manage/sessions/{session_id}").text
    send_form(coordinator, f"/manage/sessions/{session_id}/move", **MOVED)
    send_form(coordinator, f"/manage/runs/{run_id}/cancel", reason="The roof leaks")
    history = coordinator.get(f"/manage/history/course/{course.id}").text
    assert "The run from Tuesday 2 March 2027" in history
    assert "Session 1 of the run from Tuesday 2 March 2027" in history
    assert "spring-term-2027-4" not in history


def test_run_is_checked_then_published(session: Session, coordinator: FlaskClient) -> None:
    run = make.make_run(session, sessions=2, state=RunState.PLANNED, published_at=None)
    session.commit()
    address = f"/manage/runs/{run.id}/publish"
    assert "Monday 8 March 2027" in coordinator.get(address).text
    assert send_form(coordinator, address).status_code == 303
    session.refresh(run)
    assert run.state is RunState.OPEN
    assert run.published_at is not None
    assert coordinator.get(address).status_code == 200


def test_run_without_sessions_says_what_is_missing(
    session: Session, coordinator: FlaskClient
) -> None:
    run = make.make_run(session, state=RunState.PLANNED, published_at=None)
    session.commit()
    page = coordinator.get(f"/manage/runs/{run.id}/publish").text
    assert "It has no sessions." in page
    assert "Publish this run" not in page
    response = coordinator.post(f"/manage/runs/{run.id}/publish")
    assert response.status_code == 422


def test_run_is_copied_to_another_term(session: Session, coordinator: FlaskClient) -> None:
    run = make.make_run(session, sessions=3)
    term = make.make_term(session, starts_on=make.date(2027, 4, 26), ends_on=make.date(2027, 8, 6))
    session.commit()
    address = f"/manage/runs/{run.id}/copy"
    data = {"form_key": form_key_of(coordinator, address), "term_id": str(term.id)}
    checked = coordinator.post(address, data={**data, "step": "check"})
    assert "Monday 14 June 2027" in checked.text
    assert coordinator.post(address, data={**data, "step": "confirm"}).status_code == 303
    assert session.scalar(sa.select(sa.func.count(Run.id))) == 2


def test_run_edit_and_unpublish_and_cancel(session: Session, coordinator: FlaskClient) -> None:
    run = make.make_run(session, sessions=2)
    session.commit()
    response = send_form(
        coordinator,
        f"/manage/runs/{run.id}/edit",
        version="1",
        term_id=str(run.term_id),
        mode="both",
        venue_id=str(run.venue_id),
        learning_cap="10",
        online_cap="4",
        why="A smaller room",
    )
    assert response.status_code == 303
    assert (
        send_form(coordinator, f"/manage/runs/{run.id}/unpublish", why="Wrong").status_code == 303
    )
    cancel = f"/manage/runs/{run.id}/cancel"
    assert send_form(coordinator, cancel, reason="").status_code == 422
    assert send_form(coordinator, cancel, reason="No leader").status_code == 303
    session.refresh(run)
    assert (run.state, run.learning_cap, run.online_cap) == (RunState.CANCELLED, 10, 4)
    page = coordinator.get(f"/manage/runs/{run.id}").text
    assert "No leader" in page


def test_stale_run_edit_shows_both(session: Session, coordinator: FlaskClient) -> None:
    run = make.make_run(session, sessions=1)
    session.commit()
    address = f"/manage/runs/{run.id}/edit"
    data = {
        "version": "1",
        "term_id": str(run.term_id),
        "mode": "in_person",
        "venue_id": str(run.venue_id),
    }
    assert (
        send_form(coordinator, address, **data, learning_cap="9", why="Theirs").status_code == 303
    )
    response = send_form(coordinator, address, **data, learning_cap="8", why="Mine too")
    assert response.status_code == 422
    assert "Somebody else saved this" in response.text
    assert "Mine too" in response.text
    session.refresh(run)
    assert run.learning_cap == 9
