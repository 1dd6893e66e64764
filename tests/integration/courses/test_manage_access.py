"""The staff pages, whoever asks and whatever is typed: closed, found, not broken."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import url_for
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.courses.models import Course
from portal.courses.samples.manage import staff_samples
from portal.plugin_api import RouteSample
from tests.factories import courses as make
from tests.integration.courses.managing import SignIn, form_key_of, letting_go

pytestmark = pytest.mark.both_databases

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
    student = letting_go(sign_in("student"), session)
    letting_go(client, session)
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
    board = letting_go(sign_in("board_member"), session)
    assert board.get(f"/manage/history/course/{course.id}").status_code == 200
    assert board.get(f"/manage/courses/{course.id}").status_code in (403, 404)


def payload_of(sample: RouteSample, values: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent: a file is made anew each time, as sending closes it."""
    return dict(sample.payload(values) if callable(sample.payload) else sample.payload)


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
            else coordinator.post(address, data=payload_of(one, values))
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
    # Closed, as a server does: then it is noted that somebody is there, and hours of it time nobody out.
    with coordinator.post(address, data={**payload_of(sample, values), **typed}) as response:
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
    key = form_key_of(coordinator, "/manage/courses/new")
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
