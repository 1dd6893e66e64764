"""The staff pages: what they show, what they refuse, and that nothing typed is lost."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import url_for
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.courses.manage_samples import staff_samples
from portal.courses.models import (
    Assignment,
    Course,
    CourseChange,
    CourseSession,
    CourseState,
    Mode,
    PairWaiver,
    Perspective,
    Run,
    RunState,
    SentForm,
    SessionState,
    Term,
    Venue,
)
from portal.db import db
from tests.factories import courses as make
from tests.factories.accounts import make_person

SignIn = Callable[..., FlaskClient]
KEY = re.compile(r'name="form_key"[^>]*value="([0-9a-f]{32})"')


def _letting_go(client: FlaskClient, session: Session) -> FlaskClient:
    """On SQLite one writer holds the database, so the test lets go of it before each request."""
    opened = client.open

    def letting_go(*arguments: Any, **keywords: Any) -> Any:
        session.rollback()
        return opened(*arguments, **keywords)

    client.open = letting_go  # type: ignore[method-assign]
    return client


FIELDS = [
    "form_key", "title", "topic_id", "summary", "version", "planned_sessions", "planned_minutes",
    "planned_mode", "flags", "source_url", "why", "state", "term_id", "mode", "venue_id",
    "room_shared", "learning_cap", "online_cap", "first_on", "starts", "minutes", "count", "skip",
    "online_link", "day", "reason", "note", "person_id", "perspective", "name", "capacity",
    "access", "starts_on", "ends_on", "step",
]  # fmt: skip
LIKELY = [
    "", "0", "1", "-1", "9" * 30, "9" * 5000, "١", "²", "\x00", "29", "2", "2027", "31", "28", "3",
    "1:30am", "10am", "https://[", "confirm", "check", "change", "live", "None", "1 April 2027",
    "31 December 9999", "lived", "both",
]  # fmt: skip


@pytest.fixture
def coordinator(sign_in: SignIn, session: Session) -> FlaskClient:
    return _letting_go(sign_in("coordinator"), session)


def _key(client: FlaskClient, address: str) -> str:
    match = KEY.search(client.get(address).text)
    assert match, f"{address} shows no form key"
    return match[1]


def _send(client: FlaskClient, address: str, **data: Any) -> Any:
    """Open the page and send its form, with the key it was shown with."""
    return client.post(address, data={"form_key": _key(client, address), **data})


@contextmanager
def _counting(app: Any) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


PLAN = {
    "first_on": ["1", "3", "2027"],
    "starts": "10am",
    "minutes": "120",
    "count": "6",
    "skip_bank_holidays": "y",
    "mode": "in_person",
    "learning_cap": "12",
}


def test_new_course_is_written_once_however_often_it_is_sent(
    session: Session, coordinator: FlaskClient
) -> None:
    topic = make.make_topic(session)
    session.commit()
    key = _key(coordinator, "/manage/courses/new")
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
    response = _send(coordinator, "/manage/courses/new", title="", summary="Words I typed")
    assert response.status_code == 422
    assert "Words I typed" in response.text
    assert 'href="#title"' in response.text
    assert "Give the course a title" in response.text
    assert session.scalar(sa.select(sa.func.count(SentForm.key))) == 0


def test_edit_is_saved_with_who_and_why(session: Session, coordinator: FlaskClient) -> None:
    course = make.make_course(session, title="Old title")
    session.commit()
    response = _send(
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
    key = _key(coordinator, address)
    _send(coordinator, address, **same, title="Theirs", summary="", why="Theirs")
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
    assert _send(coordinator, address, state="live", why="").status_code == 422
    assert _send(coordinator, address, state="retired", why="No").status_code == 422
    assert _send(coordinator, address, state="live", why="Ready").status_code == 303
    session.refresh(course)
    assert course.state is CourseState.LIVE


def test_course_that_cannot_retire_says_why(session: Session, coordinator: FlaskClient) -> None:
    run = make.make_run(session, sessions=1)
    session.commit()
    address = f"/manage/courses/{run.course_id}/state"
    response = _send(coordinator, address, state="retired", why="It has ended")
    assert response.status_code == 422
    assert "The run from 1 March 2027 is still to come" in response.text
    assert "It has ended" in response.text


def test_course_is_copied(session: Session, coordinator: FlaskClient) -> None:
    course = make.make_course(session, description="Long words")
    session.commit()
    address = f"/manage/courses/{course.id}/copy"
    assert _send(coordinator, address, title="The copy").status_code == 303
    copy = session.scalars(sa.select(Course).where(Course.title == "The copy")).one()
    assert (copy.description, copy.state) == ("Long words", CourseState.IDEA)


def test_run_is_planned_only_after_its_dates_were_checked(
    session: Session, coordinator: FlaskClient
) -> None:
    course, term = make.make_course(session), make.make_term(session)
    venue = make.make_venue(session)
    session.commit()
    address = f"/manage/courses/{course.id}/runs/new"
    data = {
        **PLAN,
        "form_key": _key(coordinator, address),
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
    _send(coordinator, f"/manage/sessions/{session_id}/move", **MOVED)
    _send(coordinator, f"/manage/runs/{run_id}/cancel", reason="The roof leaks")
    history = coordinator.get(f"/manage/history/course/{course.id}").text
    assert "The run from Tuesday 2 March 2027" in history
    assert "Session 1 of the run from Tuesday 2 March 2027" in history
    assert "spring-term-2027-4" not in history


def test_run_is_checked_then_published(session: Session, coordinator: FlaskClient) -> None:
    run = make.make_run(session, sessions=2, state=RunState.PLANNED, published_at=None)
    session.commit()
    address = f"/manage/runs/{run.id}/publish"
    assert "Monday 8 March 2027" in coordinator.get(address).text
    assert _send(coordinator, address).status_code == 303
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
    data = {"form_key": _key(coordinator, address), "term_id": str(term.id)}
    checked = coordinator.post(address, data={**data, "step": "check"})
    assert "Monday 14 June 2027" in checked.text
    assert coordinator.post(address, data={**data, "step": "confirm"}).status_code == 303
    assert session.scalar(sa.select(sa.func.count(Run.id))) == 2


def test_run_edit_and_unpublish_and_cancel(session: Session, coordinator: FlaskClient) -> None:
    run = make.make_run(session, sessions=2)
    session.commit()
    response = _send(
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
    assert _send(coordinator, f"/manage/runs/{run.id}/unpublish", why="Wrong").status_code == 303
    cancel = f"/manage/runs/{run.id}/cancel"
    assert _send(coordinator, cancel, reason="").status_code == 422
    assert _send(coordinator, cancel, reason="No leader").status_code == 303
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
    assert _send(coordinator, address, **data, learning_cap="9", why="Theirs").status_code == 303
    response = _send(coordinator, address, **data, learning_cap="8", why="Mine too")
    assert response.status_code == 422
    assert "Somebody else saved this" in response.text
    assert "Mine too" in response.text
    session.refresh(run)
    assert run.learning_cap == 9


def test_session_is_moved_settled_and_cancelled(session: Session, coordinator: FlaskClient) -> None:
    run = make.make_run(session, sessions=2)
    one = session.scalars(sa.select(CourseSession).order_by(CourseSession.number)).first()
    session.commit()
    assert one
    address = f"/manage/sessions/{one.id}"
    move = {"version": "0", "starts": "2pm", "minutes": "60", "reason": "Room is painted"}
    refused = _send(coordinator, f"{address}/move", **move, day=["", "3", "2027"])
    assert refused.status_code == 422
    assert 'href="#day-day"' in refused.text
    assert "Room is painted" in refused.text
    done = _send(coordinator, f"{address}/move", **move, day=["2", "March", "2027"])
    assert done.status_code == 303
    session.refresh(one)
    assert (one.state, one.version, one.starts_at.hour) == (SessionState.MOVED, 1, 14)
    stale = _send(coordinator, f"{address}/move", **move, day=["3", "3", "2027"])
    assert stale.status_code == 422
    assert "Nothing is lost" in stale.text
    key = _key(coordinator, address)
    settled = coordinator.post(f"{address}/settle", data={"form_key": key})
    assert settled.status_code == 303
    assert coordinator.post(f"{address}/settle").status_code == 422
    assert _send(coordinator, f"{address}/cancel", reason="Illness").status_code == 303
    session.refresh(one)
    assert (one.state, one.version) == (SessionState.CANCELLED, 2)
    page = coordinator.get(f"/manage/runs/{run.id}").text
    assert "Illness" in page


def test_session_is_added_and_students_are_told(session: Session, coordinator: FlaskClient) -> None:
    run = make.make_run(session, sessions=1)
    session.commit()
    added = _send(
        coordinator,
        f"/manage/runs/{run.id}/sessions/new",
        day=["8", "3", "2027"],
        starts="10am",
        minutes="120",
    )
    assert added.status_code == 303
    one = session.scalars(sa.select(CourseSession).where(CourseSession.number == 2)).one()
    tell = f"/manage/sessions/{one.id}/tell"
    assert _send(coordinator, tell, online_link="javascript:x").status_code == 422
    assert (
        _send(coordinator, tell, note="Side door", online_link="https://a.example").status_code
        == 303
    )
    session.refresh(one)
    assert (one.note, one.online_link) == ("Side door", "https://a.example")


def test_pair_is_found_by_name_and_taken_off_again(
    session: Session, coordinator: FlaskClient
) -> None:
    one, person = make.make_session(session), make_person(session, "Wanjirũ Kamau")
    session.commit()
    address = f"/manage/sessions/{one.id}"
    assert "At risk" in coordinator.get(address).text
    assert "Nobody found" in coordinator.get(f"{address}/leaders?q=zzz").text
    search = f"{address}/leaders?q=kamau"
    assert "Wanjirũ Kamau" in coordinator.get(search).text
    assert _send(coordinator, search, person_id=str(person.id)).status_code == 422
    data = {"person_id": str(person.id), "perspective": "lived"}
    assert _send(coordinator, search, **data).status_code == 303
    assert session.scalars(sa.select(Assignment.perspective)).all() == [Perspective.LIVED]
    assert "Lived experience" in coordinator.get(address).text
    remove = f"{address}/leaders/{person.id}/remove"
    assert _send(coordinator, remove).status_code == 303
    assert coordinator.get(remove).status_code == 404


def test_person_who_was_not_offered_cannot_be_assigned(
    session: Session, coordinator: FlaskClient
) -> None:
    one, person = make.make_session(session), make_person(session, "Wanjirũ Kamau")
    session.commit()
    response = coordinator.post(
        f"/manage/sessions/{one.id}/leaders?q=zzz",
        data={"person_id": str(person.id), "perspective": "lived"},
    )
    assert response.status_code == 422
    assert session.scalar(sa.select(sa.func.count(Assignment.id))) == 0


def test_session_without_a_pair_can_be_waived(session: Session, coordinator: FlaskClient) -> None:
    one = make.make_session(session)
    session.commit()
    assert "Course" in coordinator.get("/manage/at-risk").text
    waive = f"/manage/sessions/{one.id}/waive"
    assert _send(coordinator, waive, reason="A guest speaks").status_code == 303
    waiver = session.scalars(sa.select(PairWaiver)).one()
    assert waiver.by_person_id == coordinator.person_id  # type: ignore[attr-defined]
    assert "Every session has its pair" in coordinator.get("/manage/at-risk").text


def test_venue_is_made_changed_and_removed(session: Session, coordinator: FlaskClient) -> None:
    made = _send(
        coordinator, "/manage/venues/new", name="The Boathouse", capacity="20", access=["step_free"]
    )
    assert made.status_code == 303
    venue = session.scalars(sa.select(Venue)).one()
    assert (venue.slug, venue.step_free, venue.quiet_room) == ("the-boathouse", True, False)
    address = f"/manage/venues/{venue.id}"
    assert _send(coordinator, address, name="", capacity="20").status_code == 422
    assert (
        _send(
            coordinator, address, name="The Boathouse", capacity="18", access=["quiet_room"]
        ).status_code
        == 303
    )
    history = coordinator.get(f"/manage/history/venue/{venue.id}").text
    assert "from 20 to 18" in history
    assert _send(coordinator, f"{address}/remove").status_code == 303
    assert session.scalar(sa.select(sa.func.count(Venue.id))) == 0


def test_venue_in_use_stays(session: Session, coordinator: FlaskClient) -> None:
    run = make.make_run(session)
    session.commit()
    response = _send(coordinator, f"/manage/venues/{run.venue_id}/remove")
    assert response.status_code == 422
    assert "the venue stays" in response.text


def test_term_is_made_changed_and_removed(session: Session, coordinator: FlaskClient) -> None:
    dates = {"starts_on": ["11", "1", "2027"], "ends_on": ["23", "4", "2027"]}
    assert _send(coordinator, "/manage/terms/new", name="Spring 2027", **dates).status_code == 303
    term = session.scalars(sa.select(Term)).one()
    address = f"/manage/terms/{term.id}"
    backwards = {**dates, "ends_on": ["10", "1", "2027"]}
    refused = _send(coordinator, address, name="Spring 2027", **backwards)
    assert refused.status_code == 422
    assert 'href="#ends_on-day"' in refused.text
    assert _send(coordinator, address, name="Spring", **dates).status_code == 303
    assert "from Spring 2027 to Spring" in coordinator.get(f"/manage/history/term/{term.id}").text
    assert _send(coordinator, f"{address}/remove").status_code == 303


def test_list_is_narrowed_by_words_state_term_and_risk(
    session: Session, coordinator: FlaskClient
) -> None:
    run = make.make_run(session, sessions=1)
    session.get_one(Course, run.course_id).title = "Walking together"
    make.make_course(session, title="Sleeping better", state=CourseState.IDEA)
    session.commit()

    def shown(query: str) -> set[str]:
        page = coordinator.get(f"/manage/?{query}").text
        return {title for title in ("Walking together", "Sleeping better") if title in page}

    assert shown("") == {"Walking together", "Sleeping better"}
    assert shown("q=sleep") == {"Sleeping better"}
    assert shown("q=%25") == set()
    assert shown("state=idea") == {"Sleeping better"}
    assert shown(f"term={run.term_id}") == {"Walking together"}
    assert shown("at_risk=1") == {"Walking together"}
    assert shown("state=nonsense&term=x&id=-1&after=%00") == {"Walking together", "Sleeping better"}


def test_list_goes_on_where_a_page_ends(session: Session, coordinator: FlaskClient) -> None:
    topic = make.make_topic(session)
    for number in range(23):
        make.make_course(session, title="Same title", slug=f"c{number}", topic_id=topic.id)
    session.commit()
    first = coordinator.get("/manage/").text
    following = re.search(r'href="(/manage/\?[^"]*after=[^"]*)"', first)
    assert following
    second = coordinator.get(following[1].replace("&amp;", "&")).text
    links = re.compile(r"/manage/courses/(\d+)\"")
    assert len(set(links.findall(first))) == 20
    assert len(set(links.findall(second))) == 3
    assert not set(links.findall(first)) & set(links.findall(second))


@pytest.mark.parametrize(
    "address", ["/manage/", "/manage/at-risk", "/manage/venues", "/manage/terms"]
)
def test_lists_ask_the_same_number_of_queries_for_one_row_and_three(
    app: Any, session: Session, coordinator: FlaskClient, address: str
) -> None:
    counts = []
    coordinator.get(address)  # the first request of a session also notes that it was seen
    for rows in (1, 2):
        for _ in range(rows):
            make.make_run(session, sessions=2)
        session.commit()
        with _counting(app) as statements:
            assert coordinator.get(address).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_run_and_history_ask_the_same_number_of_queries_for_one_row_and_three(
    app: Any, session: Session, coordinator: FlaskClient
) -> None:
    run = make.make_run(session, sessions=1)
    session.commit()
    counts = []
    coordinator.get(f"/manage/runs/{run.id}")
    for number in (2, 4):
        make.make_session(session, run_id=run.id, number=number)
        make.make_session(session, run_id=run.id, number=number + 1)
        session.add(
            CourseChange(
                subject_kind="session",
                subject_id=1,
                course_id=run.course_id,
                action="edited",
                at=run.created_at,
                actor_person_id=coordinator.person_id,  # type: ignore[attr-defined]
                changes={"venue_id": [None, run.venue_id]},
            )
        )
        session.commit()
        with _counting(app) as statements:
            assert coordinator.get(f"/manage/runs/{run.id}").status_code == 200
            assert coordinator.get(f"/manage/courses/{run.course_id}").status_code == 200
            assert coordinator.get(f"/manage/history/course/{run.course_id}").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "address",
    [
        "/manage/courses/999999",
        "/manage/courses/99999999999999999999/edit",
        "/manage/runs/999999",
        "/manage/sessions/999999/move",
        "/manage/venues/999999",
        "/manage/history/course/999999",
        "/manage/history/session/1",
        "/manage/history/nonsense/1",
    ],
)
def test_unknown_record_is_a_page_that_says_so(coordinator: FlaskClient, address: str) -> None:
    assert coordinator.get(address).status_code == 404


def test_staff_pages_are_closed_to_students_and_visitors(
    session: Session, client: FlaskClient, sign_in: SignIn
) -> None:
    course = make.make_course(session)
    session.commit()
    student = _letting_go(sign_in("student"), session)
    _letting_go(client, session)
    for address in (
        "/manage/",
        f"/manage/courses/{course.id}",
        f"/manage/history/course/{course.id}",
    ):
        assert student.get(address).status_code in (403, 404)
        assert client.get(address).status_code in (302, 303, 401)


def test_history_is_open_to_the_board(session: Session, sign_in: SignIn) -> None:
    course = make.make_course(session)
    session.commit()
    board = _letting_go(sign_in("board_member"), session)
    assert board.get(f"/manage/history/course/{course.id}").status_code == 200
    assert board.get(f"/manage/courses/{course.id}").status_code in (403, 404)


def test_every_staff_page_has_a_sample_that_succeeds(
    app: Any, session: Session, coordinator: FlaskClient
) -> None:
    samples = staff_samples()
    with app.app_context():
        rules = [
            rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("courses_manage.")
        ]
    wanted = {
        (rule.endpoint, method) for rule in rules for method in rule.methods & {"GET", "POST"}
    }
    assert {(one.endpoint, one.method) for one in samples} == wanted
    for one in samples:
        values = one.arrange(session)
        session.commit()
        with app.test_request_context():
            address = url_for(one.endpoint, **values)
        response = (
            coordinator.open(address, method="GET")
            if one.method == "GET"
            else coordinator.post(address, data=dict(one.payload))
        )
        assert response.status_code < 400, (one.endpoint, one.method)
        assert response.status_code == (200 if one.method == "GET" else 303)


@pytest.mark.soak
@settings(
    max_examples=5_000 if os.environ.get("SOAK") else 100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    which=st.sampled_from(
        sorted({one.endpoint for one in staff_samples() if one.method == "POST"})
    ),
    typed=st.dictionaries(
        st.sampled_from(FIELDS), st.lists(st.one_of(st.sampled_from(LIKELY), st.text()), max_size=3)
    ),
)
def test_no_form_however_filled_in_breaks_a_staff_page(
    app: Any, session: Session, coordinator: FlaskClient, which: str, typed: dict[str, list[str]]
) -> None:
    sample = next(one for one in staff_samples() if one.endpoint == which and one.method == "POST")
    values = sample.arrange(session)
    session.commit()
    with app.test_request_context():
        address = url_for(which, **values)
    response = coordinator.post(address, data={**sample.payload, **typed})
    assert response.status_code in (200, 303, 422)


@pytest.mark.soak
@settings(
    max_examples=5_000 if os.environ.get("SOAK") else 100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    query=st.dictionaries(
        st.sampled_from(["q", "state", "term", "at_risk", "after", "id"]),
        st.one_of(st.sampled_from(LIKELY), st.text()),
    )
)
def test_no_query_breaks_the_list(coordinator: FlaskClient, query: dict[str, str]) -> None:
    assert coordinator.get("/manage/", query_string=query).status_code == 200


def test_two_clicks_at_the_same_moment_have_one_effect(
    app: Any, session: Session, coordinator: FlaskClient, sign_in: SignIn
) -> None:
    topic = make.make_topic(session)
    session.commit()
    key = _key(coordinator, "/manage/courses/new")
    person_id = coordinator.person_id  # type: ignore[attr-defined]
    clients = [sign_in(person_id=person_id) for _ in range(4)]
    data = {"form_key": key, "title": "Sleeping better", "topic_id": str(topic.id)}
    session.rollback()
    together = threading.Barrier(len(clients))

    def click(client: FlaskClient) -> tuple[int, str | None]:
        together.wait()
        response = client.post("/manage/courses/new", data=data)
        return response.status_code, response.location

    with ThreadPoolExecutor(len(clients)) as pool:
        answers = set(pool.map(click, clients))
    assert session.scalar(sa.select(sa.func.count(Course.id))) == 1
    course_id = session.scalar(sa.select(Course.id))
    assert answers == {(303, f"/manage/courses/{course_id}")}


@pytest.mark.parametrize(
    "address",
    ["/sessions/0/settle", "/sessions/0/leaders/1/remove", "/sessions/0/waive", "/runs/0/cancel"],
)
def test_changing_what_is_not_there_is_not_found(
    sign_in: Callable[..., FlaskClient], address: str
) -> None:
    form = {"form_key": "a" * 32, "reason": "No room", "why": "No room"}

    assert sign_in("coordinator").post(f"/manage{address}", data=form).status_code == 404
