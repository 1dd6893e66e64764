"""A person's own part in courses: cards on My page, what they gave, when they are busy, a course's life."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import RunState, SessionState
from portal.plugin_api import SYSTEM
from portal.plugin_api.dispatch import gather_commitments, gather_contributions, gather_thread
from tests.factories.accounts import make_person
from tests.factories.courses import (
    make_assignment,
    make_course,
    make_run,
    make_session,
    make_term,
)

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def led(session: Session, person_id: int, starts_at: datetime, **values: object) -> None:
    """A session of an hour and a half at this instant, led by the person."""
    run = make_run(
        session,
        course_id=make_course(session, title=str(values.pop("title", "Calm days"))).id,
        state=values.pop("run_state", RunState.OPEN),
        published_at=values.pop("published_at", NOW),
        cancelled_reason="ill" if values.get("run_state") else "",
    )
    meeting = make_session(
        session,
        run_id=run.id,
        local_date=starts_at.date(),
        local_time=time(starts_at.hour, starts_at.minute),
        minutes=90,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=90),
        **values,
    )
    make_assignment(session, session_id=meeting.id, person_id=person_id)


@pytest.fixture
def leader(session: Session) -> int:
    person_id = make_person(session).id
    for title, starts_at, values in (
        ("Long ago", NOW - 50 * HOUR, {}),
        ("Called off", NOW - 20 * HOUR, {"state": SessionState.CANCELLED, "reason": "ill"}),
        ("Just now", NOW - HOUR / 2, {}),
        ("Later", NOW + 30 * HOUR, {}),
        ("Soon", NOW + 3 * HOUR, {"published_at": None}),
    ):
        led(session, person_id, starts_at, title=title, **values)
    led(session, make_person(session).id, NOW + HOUR, title="Of somebody else")
    return person_id


@time_machine.travel(NOW, tick=False)
def test_contributions_are_the_sessions_that_took_place(
    app: Portal, session: Session, leader: int
) -> None:
    with app.app_context():  # others who answer look at the college's time
        answers = gather_contributions(session, leader, SYSTEM)

    assert answers.missing == ()
    assert [(one.on, one.title, one.minutes) for one in answers.items] == [
        (date(2027, 2, 27), "Long ago", 90)
    ]


@time_machine.travel(NOW, tick=False)
def test_commitments_touch_the_time_asked_about(session: Session, leader: int) -> None:
    def busy(start: datetime, end: datetime) -> list[str]:
        return [str(one.title) for one in gather_commitments(session, leader, start, end).items]

    assert busy(NOW - 60 * HOUR, NOW + 60 * HOUR) == ["Long ago", "Just now", "Soon", "Later"]
    assert busy(NOW + HOUR, NOW + 3 * HOUR) == []
    assert busy(NOW + HOUR, NOW + 3 * HOUR + timedelta(minutes=1)) == ["Soon"]
    assert busy(NOW + 4.5 * HOUR, NOW + 5 * HOUR) == []


def test_card_says_what_somebody_leads_next(
    session: Session, sign_in: Callable[..., FlaskClient]
) -> None:
    with time_machine.travel(NOW, tick=False):
        client = sign_in("facilitator")
        person_id = client.person_id  # type: ignore[attr-defined]
        led(session, person_id, NOW + 30 * HOUR, title="Later")
        led(session, person_id, NOW + 3 * HOUR, title="Soon", published_at=None)
        led(session, person_id, NOW - 40 * HOUR, title="Over")
        session.commit()

        page = client.get("/me").text

    assert "You lead next" in page
    assert page.index("Soon") < page.index("Later")
    assert "Over" not in page
    assert "Courses that need you" not in page


def test_card_counts_what_waits_for_planners(
    session: Session, sign_in: Callable[..., FlaskClient]
) -> None:
    with time_machine.travel(NOW, tick=False):
        client = sign_in("coordinator")
        assert "Every session has its pair" in client.get("/me").text
        led(session, make_person(session).id, NOW + 3 * HOUR)
        session.commit()
        page = client.get("/me").text

    assert "1 session without a pair" in page


def test_thread_tells_the_terms_a_course_ran_in(session: Session) -> None:
    course = make_course(session)
    term = make_term(session, name="spring term 2026")
    make_run(
        session,
        course_id=course.id,
        term_id=term.id,
        state=RunState.FINISHED,
        first_starts_at=NOW - 500 * HOUR,
        last_ends_at=NOW - 400 * HOUR,
    )
    make_run(session, course_id=course.id)

    [entry] = gather_thread(session, course.id, SYSTEM).items

    assert (entry.stage, str(entry.summary)) == ("run", "It ran in the spring term 2026")
