"""Whom to call in an emergency: one's own choice, and each look on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.testing import signed_in_client
from portal.audit.models import AuditEntry, AuditPayload
from portal.concerns.models import Concern, EmergencyContact
from portal.courses.models import CourseSession, RunState
from tests.factories.courses import make_assignment
from tests.factories.enrolment import book, make_group

TODAY = date(2027, 3, 1)
DURING = datetime(2027, 3, 1, 11, 0, tzinfo=UTC)
NAMED = "Bo, my sister, 01632 960321"


def looks(session: Session) -> list[tuple[int | None, str]]:
    """Who looked at whose, in order."""
    session.rollback()
    found = session.execute(
        sa.select(AuditPayload.actor_id, AuditPayload.subject_id)
        .join(AuditEntry)
        .where(AuditEntry.kind == "concerns:emergency:read")
        .order_by(AuditEntry.id)
    ).all()
    session.rollback()
    return [(row[0], row[1]) for row in found]


def test_it_is_named_changed_and_removed(
    sign_in: Callable[..., FlaskClient], session: Session
) -> None:
    student = sign_in("student")

    student.post("/me/emergency", data={"words": "Nobody yet"})
    student.post("/me/emergency", data={"words": NAMED})
    assert NAMED in student.get("/me/emergency").text
    (kept,) = session.scalars(sa.select(EmergencyContact.words))
    session.rollback()
    assert b"sister" not in kept
    assert NAMED not in sign_in("student").get("/me/emergency").text

    student.post("/me/emergency", data={"words": " "})
    assert session.scalars(sa.select(EmergencyContact)).all() == []
    session.rollback()


def test_details_lead_there(sign_in: Callable[..., FlaskClient]) -> None:
    assert 'href="/me/emergency"' in sign_in("student").get("/me/details").text


def test_people_on_duty_see_it_beside_a_concern_of_that_person(
    sign_in: Callable[..., FlaskClient], session: Session
) -> None:
    student, duty = sign_in("student"), sign_in("duty_contact")
    student.post("/me/emergency", data={"words": NAMED})
    student.post("/tell-us", data={"words": "I am not well"})
    uid = session.scalars(sa.select(Concern.uid)).one()
    session.rollback()
    assert looks(session) == []

    page = duty.get(f"/duty/{uid}").text

    assert NAMED in page
    assert looks(session) == [(duty.person_id, str(student.person_id))]  # type: ignore[attr-defined]


class TestLeaders:
    """Whoever leads today's session."""

    @pytest.fixture
    def clocked(self) -> Iterator[time_machine.Traveller]:
        with time_machine.travel(DURING, tick=False) as traveller:
            yield traveller

    def test_leaders_of_today_see_one_at_a_time_and_it_is_on_record(
        self,
        sign_in: Callable[..., FlaskClient],
        session: Session,
        clocked: time_machine.Traveller,
    ) -> None:
        leader, student, stranger = sign_in("facilitator"), sign_in("student"), sign_in("student")
        student.post("/me/emergency", data={"words": NAMED})
        run = make_group(session, first=TODAY, state=RunState.RUNNING)
        meetings = list(
            session.scalars(
                sa.select(CourseSession.id)
                .where(CourseSession.run_id == run.id)
                .order_by(CourseSession.number)
            )
        )
        for meeting in meetings:
            make_assignment(session, meeting, leader.person_id)  # type: ignore[attr-defined]
        book(session, run.id, student.person_id, at=DURING - timedelta(days=20))  # type: ignore[attr-defined]
        session.commit()
        session.rollback()
        names = f"/registers/{meetings[0]}/emergency"
        theirs = f"{names}/{student.person_id}"  # type: ignore[attr-defined]

        assert names in leader.get(f"/registers/{meetings[0]}").text
        listed = leader.get(names)
        assert NAMED not in listed.text
        assert theirs in listed.text
        assert looks(session) == []
        page = leader.get(theirs)
        assert NAMED in page.text
        assert "no-store" in page.headers["Cache-Control"]
        assert looks(session) == [(leader.person_id, str(student.person_id))]  # type: ignore[attr-defined]

        for path in (names, theirs):
            for other in (student, sign_in("coordinator"), sign_in("administrator")):
                assert other.get(path).status_code == 404, path
        outside = f"{names}/{stranger.person_id}"  # type: ignore[attr-defined]
        assert leader.get(outside).status_code == 404
        later = f"/registers/{meetings[1]}/emergency"
        assert leader.get(later).status_code == 404
        clocked.move_to(DURING + timedelta(days=1))
        again = signed_in_client(leader.application, (), leader.person_id)  # type: ignore[attr-defined,arg-type]
        assert again.get(theirs).status_code == 404
        assert len(looks(session)) == 1
