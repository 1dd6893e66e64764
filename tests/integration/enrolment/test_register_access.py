"""The register: who may see it and when, who is in it, what they need, and what a page costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import LoginSession
from portal.app import Portal
from portal.audit.models import AuditEntry, AuditPayload
from portal.courses.models import CourseSession, SessionState
from portal.db import db
from portal.enrolment.models import Enrolment
from portal.enrolment.services import wishes
from portal.facilitators.models import Facilitator, Stage
from tests.factories.courses import make_assignment
from tests.integration.enrolment.blocking import decide
from tests.integration.enrolment.hall import BEFORE, DURING, Hall, SignIn, read, send, tap


def test_register_is_a_404_for_whoever_does_not_lead_the_session(
    hall: Hall, sign_in: SignIn
) -> None:
    for client in (sign_in(), sign_in("facilitator"), sign_in("treasurer")):
        for rest in ("", "/paper", "/print", "/came", "/needs"):
            assert client.get(hall.path(rest)).status_code == 404, rest
        assert client.post(hall.path()).status_code == 404
        assert send(client, hall, tap(hall.places[0], "present")) == 404
    assert hall.marks() == {}


def test_register_opens_for_leaders_and_coordinators(
    hall: Hall, leader: FlaskClient, sign_in: SignIn
) -> None:
    for client in (leader, sign_in("coordinator")):
        page = client.get(hall.path())
        assert page.status_code == 200
        assert "Student 02" in page.text


def test_register_of_a_session_led_by_somebody_else_of_the_run_is_a_404(
    hall: Hall, session: Session, sign_in: SignIn
) -> None:
    helper = sign_in("facilitator")
    make_assignment(session, hall.meetings[1], helper.person_id)  # type: ignore[attr-defined]
    session.commit()

    assert helper.get(hall.path(meeting=1)).status_code == 200
    assert helper.get(hall.path(meeting=0)).status_code == 404


def test_registers_lists_my_sessions_and_my_page_shows_todays(
    hall: Hall, leader: FlaskClient, sign_in: SignIn
) -> None:
    assert hall.path() in leader.get("/registers").text
    assert hall.path() in leader.get("/me").text
    other = sign_in("facilitator")
    assert hall.path() not in other.get("/registers").text
    assert hall.path() not in other.get("/me").text


def test_register_takes_no_marks_before_its_day(hall: Hall, leader: FlaskClient) -> None:
    assert send(leader, hall, tap(hall.places[0], "present"), meeting=1) == 409
    assert "opens on the day" in leader.get(hall.path(meeting=1)).text


def test_register_page_for_fifteen_people_asks_at_most_eight_questions(
    session: Session, leader: FlaskClient, app: Portal
) -> None:
    hall = Hall(session, leader.person_id, people=15, cap=15)  # type: ignore[attr-defined]
    with app.app_context():
        engine = db.engine
    asked: list[str] = []

    @contextmanager
    def listening() -> Iterator[None]:
        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            asked.append(statement)

        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)

    leader.get(hall.path())
    with listening():
        page = leader.get(hall.path())

    assert page.text.count('class="rc-tick"') == 15
    selects = [one for one in asked if one.lstrip().upper().startswith(("SELECT", "WITH"))]
    assert len(selects) <= 8, "\n".join(selects)


def test_register_says_who_joins_later_and_counts_them_not(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    session.execute(
        sa.update(Enrolment).where(Enrolment.id == hall.places[0]).values(from_at=DURING)
    )
    session.commit()

    page = leader.get(hall.path()).text
    assert "Joins at a later session" in page
    assert "0 of 2 marked" in page
    assert send(leader, hall, tap(hall.places[0], "absent"))[0]["came"] == "gone"


def test_register_of_a_cancelled_session_takes_no_marks(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    session.execute(
        sa.update(CourseSession)
        .where(CourseSession.id == hall.meetings[0])
        .values(state=SessionState.CANCELLED, reason="ill")
    )
    session.commit()

    assert "counts for nobody" in leader.get(hall.path()).text
    assert send(leader, hall, tap(hall.places[0], "absent")) == 409


def test_needs_are_for_those_who_lead_and_each_reading_is_on_record(
    hall: Hall,
    leader: FlaskClient,
    session: Session,
    sign_in: SignIn,
    now: time_machine.Coordinates,
) -> None:
    wishes.share_needs(session, hall.places[0], "Near the door", at=BEFORE)
    session.commit()

    assert sign_in("coordinator").get(hall.path("/needs")).status_code == 404
    assert "Near the door" in leader.get(hall.path("/needs")).text
    leader.get(hall.path("/needs"))
    logged = (
        sa.select(AuditPayload.subject_id)
        .join(AuditEntry, AuditEntry.id == AuditPayload.entry_id)
        .where(AuditEntry.kind == "enrolment:needs:read")
    )
    assert read(session, logged) == [str(hall.places[0])] * 2
    last = datetime(2027, 3, 15, 12, 0, tzinfo=UTC)
    now.move_to(last + timedelta(days=13))
    again = sign_in("facilitator", person_id=leader.person_id)  # type: ignore[attr-defined]
    assert again.get(hall.path("/needs")).status_code == 200
    now.move_to(last + timedelta(days=14, minutes=1))
    again = sign_in("facilitator", person_id=leader.person_id)  # type: ignore[attr-defined]
    assert again.get(hall.path("/needs")).status_code == 404


def as_leader(sign_in: SignIn, leader: FlaskClient) -> FlaskClient:
    """The same person, signed in again at another time."""
    return sign_in(person_id=leader.person_id)  # type: ignore[attr-defined]


PAGES = ("", "/paper", "/print", "/needs", "/came")


def test_leading_opens_the_register_from_four_weeks_before_until_two_weeks_after(
    hall: Hall, leader: FlaskClient, sign_in: SignIn, now: time_machine.Coordinates
) -> None:
    # Example: led from 10:00 to 12:00 on 1 March 2027.
    for at, status in (
        (datetime(2027, 2, 1, 9, 59, tzinfo=UTC), 404),
        (datetime(2027, 2, 1, 10, 0, tzinfo=UTC), 200),
        (datetime(2027, 3, 15, 12, 0, tzinfo=UTC), 200),
        (datetime(2027, 3, 15, 12, 0, 1, tzinfo=UTC), 404),
    ):
        now.move_to(at)
        again = as_leader(sign_in, leader)
        assert again.get(hall.path()).status_code == status, at
        assert again.get(hall.path("/print")).status_code == status, at
    assert send(again, hall, tap(hall.places[0], "present")) == 404
    assert sign_in("coordinator").get(hall.path()).status_code == 200


def test_one_session_that_is_over_opens_nothing_of_the_run_for_good(
    hall: Hall,
    session: Session,
    leader: FlaskClient,
    sign_in: SignIn,
    now: time_machine.Coordinates,
) -> None:
    helper = sign_in("facilitator")
    make_assignment(session, hall.meetings[0], helper.person_id)  # type: ignore[attr-defined]
    session.commit()
    for path in PAGES:
        assert helper.get(hall.path(path)).status_code == 200, path

    now.shift(timedelta(days=1))
    again = as_leader(sign_in, helper)
    assert again.get(hall.path("/came?name=Student")).status_code == 404, (
        "nobody to welcome any more"
    )
    assert "Somebody else came" not in again.get(hall.path()).text
    assert again.get(hall.path()).status_code == 200, "what was on paper is still written down"
    assert as_leader(sign_in, leader).get(hall.path("/came?name=Student")).status_code == 200
    now.move_to(datetime(2027, 3, 15, 12, 0, 1, tzinfo=UTC))
    again = as_leader(sign_in, helper)
    for path in PAGES:
        assert again.get(hall.path(path)).status_code == 404, path
    assert hall.path() not in again.get("/registers").text


@pytest.mark.parametrize("how", ["left", "blocked"])
def test_whoever_leads_nothing_any_more_opens_nothing(
    hall: Hall, session: Session, leader: FlaskClient, sign_in: SignIn, how: str
) -> None:
    person_id: int = leader.person_id  # type: ignore[attr-defined]
    for path in (*PAGES, "/emergency"):
        assert leader.get(hall.path(path)).status_code == 200, path
    work = f"/leading/sessions/{hall.meetings[0]}"
    assert leader.get(work).status_code == 200
    if how == "left":
        session.add(Facilitator(person_id=person_id, stage=Stage.LEFT, since=DURING, max_a_week=2))
    else:
        values = {"last_day": date(2027, 3, 20), "review_on": date(2027, 3, 10), "at": DURING}
        decide(session, person_id, **values)
    session.commit()

    for path in (*PAGES, "/emergency"):
        assert leader.get(hall.path(path)).status_code == 404, path
    assert send(leader, hall, tap(hall.places[0], "present")) == 404
    assert leader.get(work).status_code == 404
    assert hall.path() not in leader.get("/registers").text
    assert sign_in("coordinator").get(hall.path()).status_code == 200


def test_session_page_ends_and_names_nobody_long_before(
    hall: Hall, leader: FlaskClient, sign_in: SignIn, now: time_machine.Coordinates
) -> None:
    work = f"/leading/sessions/{hall.meetings[0]}"
    assert "Student" in leader.get(work).text
    now.move_to(datetime(2027, 2, 1, 9, 59, tzinfo=UTC))
    early = as_leader(sign_in, leader).get(work)
    assert early.status_code == 200, "it can be handed back at any time"
    assert "Student" not in early.text
    assert "from Monday 1 February 2027" in early.text
    now.move_to(datetime(2027, 3, 15, 12, 0, 1, tzinfo=UTC))
    assert as_leader(sign_in, leader).get(work).status_code == 404


@pytest.mark.parametrize(("rest", "hours"), [("/needs", 4), ("/emergency", 8)])
def test_what_is_most_private_is_for_who_showed_who_they_are_that_day(
    hall: Hall,
    leader: FlaskClient,
    session: Session,
    now: time_machine.Coordinates,
    rest: str,
    hours: int,
) -> None:
    now.shift(timedelta(hours=hours) - timedelta(seconds=1))
    session.execute(sa.update(LoginSession).values(seen_at=clock.now()))  # it was in use meanwhile
    session.commit()
    assert leader.get(hall.path(rest)).status_code == 200
    now.shift(timedelta(seconds=1))
    assert leader.get(hall.path(rest)).location.startswith("/me/prove?next=")
