"""The register: what follows from its marks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.courses.jobs import note_delivered
from portal.courses.models import CourseSession, SessionState
from portal.desk.models import DeskTask
from tests.integration.enrolment.hall import DURING, Hall, SignIn, read, send, signed_in_again, tap


def check_ins(session: Session) -> list[str]:
    found = sa.select(DeskTask.state).where(DeskTask.kind == "enrolment:check_in")
    return read(session, found.order_by(DeskTask.id))


def test_absence_opens_one_kind_check_in_and_coming_again_closes_it(
    hall: Hall, leader: FlaskClient, session: Session, now: time_machine.Coordinates
) -> None:
    place = hall.places[0]
    course = ((0, "absent", ["open"]), (1, "absent", ["open"]), (2, "present", ["closed"]))
    for meeting, mark, expected in course:
        now.move_to(DURING + timedelta(weeks=meeting))
        client_taps = tap(place, mark, at=(DURING + timedelta(weeks=meeting)).isoformat())
        client = signed_in_again(leader)
        assert send(client, hall, client_taps, meeting=meeting)[0]["came"] == "taken"
        assert check_ins(session) == expected


def test_absence_that_goes_on_after_the_check_in_opens_no_second_one(
    hall: Hall, leader: FlaskClient, session: Session, now: time_machine.Coordinates
) -> None:
    send(leader, hall, tap(hall.places[0], "absent"))
    session.execute(sa.update(DeskTask).values(state="done", finished_at=DURING))
    session.commit()
    now.move_to(DURING + timedelta(weeks=1))

    send(signed_in_again(leader), hall, tap(hall.places[0], "absent"), meeting=1)

    assert check_ins(session) == ["done"]


def test_apologies_and_slips_leave_no_check_in(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    send(leader, hall, tap(hall.places[1], "apologies"))
    assert check_ins(session) == []
    version = send(leader, hall, tap(hall.places[0], "absent"))[0]["version"]
    send(leader, hall, tap(hall.places[0], "present", version))
    assert check_ins(session) == ["closed"]


def test_check_in_says_kindly_what_to_ask(
    hall: Hall, leader: FlaskClient, session: Session, sign_in: SignIn
) -> None:
    send(leader, hall, tap(hall.places[0], "absent"))
    (task,) = read(session, sa.select(DeskTask.id))

    page = sign_in("coordinator").get(f"/desk/tasks/{task}").text
    assert "your place is still yours" in page
    assert "Student 00" in page


def test_session_has_taken_place_once_every_mark_is_made(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    def state() -> SessionState:
        state: SessionState
        (state,) = read(
            session, sa.select(CourseSession.state).where(CourseSession.id == hall.meetings[0])
        )
        return state

    send(leader, hall, *(tap(place, "present") for place in hall.places[:2]))
    assert state() is SessionState.SCHEDULED
    send(leader, hall, tap(hall.places[2], "apologies"))
    assert state() is SessionState.DELIVERED
    page = leader.get(hall.path())
    assert page.status_code == 200
    version = page.text.split(f'name="version-{hall.places[2]}" value="')[1].split('"')[0]
    assert send(leader, hall, tap(hall.places[2], "part", int(version)))[0]["came"] == "taken"


def test_session_has_taken_place_a_day_later_whether_or_not_it_is_marked(
    hall: Hall, session: Session, now: time_machine.Coordinates
) -> None:
    ends = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
    now.move_to(ends + timedelta(hours=24))
    note_delivered(session)
    assert session.get_one(CourseSession, hall.meetings[0]).state is SessionState.SCHEDULED
    now.move_to(ends + timedelta(hours=24, minutes=1))
    note_delivered(session)
    states = session.scalars(
        sa.select(CourseSession.state)
        .where(CourseSession.run_id == hall.run_id)
        .order_by(CourseSession.number)
    )
    assert list(states) == [SessionState.DELIVERED, SessionState.SCHEDULED, SessionState.SCHEDULED]
