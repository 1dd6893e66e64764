"""A hall in which a register is taken: a run of three sessions, who leads it, and how marks are sent."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.testing import signed_in_client
from portal.courses.models import CourseSession, RunState
from portal.enrolment.models import AttendanceMark, MarkChange
from tests.factories.courses import make_assignment
from tests.factories.enrolment import book, make_group, make_student

TODAY = date(2027, 3, 1)
STARTED = datetime(2027, 3, 1, 10, 0, tzinfo=UTC)
DURING = datetime(2027, 3, 1, 11, 0, tzinfo=UTC)
BEFORE = DURING - timedelta(days=20)
SignIn = Callable[..., FlaskClient]


def read(session: Session, statement: sa.Select[Any]) -> list[Any]:
    """What is in the database now; the session is free again afterwards, for the portal to write."""
    session.rollback()
    found = list(session.scalars(statement))
    session.expunge_all()
    session.rollback()
    return found


class Hall:
    """A run of three weekly sessions that somebody leads, on the day of the first."""

    def __init__(self, session: Session, leader: int, people: int = 3, cap: int = 12) -> None:
        self.session = session
        run = make_group(session, cap, first=TODAY, state=RunState.RUNNING)
        self.run_id = run.id
        self.meetings = list(
            session.scalars(
                sa.select(CourseSession.id)
                .where(CourseSession.run_id == run.id)
                .order_by(CourseSession.number)
            )
        )
        for meeting in self.meetings:
            make_assignment(session, meeting, leader)
        self.people = [make_student(session, name=f"Student {index:02}") for index in range(people)]
        self.places = [self._place(person) for person in self.people]
        session.commit()

    def _place(self, person_id: int) -> int:
        made: Any = book(self.session, self.run_id, person_id, at=BEFORE)
        return int(made.enrolment_ids[0])

    def path(self, rest: str = "", meeting: int = 0) -> str:
        return f"/registers/{self.meetings[meeting]}{rest}"

    def marks(self) -> dict[int, str]:
        statement = sa.select(AttendanceMark).where(AttendanceMark.session_id == self.meetings[0])
        return {one.enrolment_id: one.mark.value for one in read(self.session, statement)}

    def changes(self) -> int:
        return len(read(self.session, sa.select(MarkChange.id)))


def tap(place: int, mark: str, version: int = 0, **values: Any) -> dict[str, Any]:
    key = values.pop("key", uuid.uuid4().hex)
    return {
        "key": key,
        "place": place,
        "mark": mark,
        "version": version,
        "at": DURING.isoformat(),
        **values,
    }


def send(client: FlaskClient, hall: Hall, *taps: dict[str, Any], meeting: int = 0) -> Any:
    answer = client.post(hall.path("/marks", meeting), data={"taps": json.dumps(taps)})
    return answer.json["answers"] if answer.status_code == 200 else answer.status_code


def signed_in_again(leader: FlaskClient) -> FlaskClient:
    """The same person, signed in on another day."""
    return signed_in_client(leader.application, person_id=leader.person_id)  # type: ignore[attr-defined, arg-type]
