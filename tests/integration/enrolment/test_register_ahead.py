"""Apologies that came before a session: shown to whoever leads, and no absence by a slip of the thumb."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.api import led_session
from portal.courses.models import CourseSession
from portal.desk.models import DeskTask
from portal.enrolment.models import Mark, MarkedHow
from portal.enrolment.queries.register import lines
from portal.enrolment.services import check_ins, pauses, register, wishes
from portal.enrolment.services.outcomes import Enrolled
from portal.enrolment.services.register import Came, Tap
from portal.plugin_api import SYSTEM, Actor
from tests.factories.courses import ZONE, make_assignment
from tests.factories.enrolment import NOON, book, make_group, make_student
from tests.integration.enrolment.taking import SignIn, letting_go

DURING = datetime(2027, 3, 1, 11, 0, tzinfo=UTC)
AFTER = datetime(2027, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def traveller(app: Portal) -> Iterator[time_machine.Traveller]:
    with app.test_request_context(), time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def with_a_place(session: Session) -> tuple[int, int, int]:
    """Somebody with a place: their id, the place, and its first session."""
    run, person_id = make_group(session), make_student(session)
    made = book(session, run.id, person_id)
    assert isinstance(made, Enrolled)
    first = session.scalars(
        sa.select(CourseSession.id)
        .where(CourseSession.run_id == run.id)
        .order_by(CourseSession.starts_at)
    ).first()
    assert first is not None
    return person_id, made.enrolment_ids[0], first


def take_a_break(session: Session, person_id: int) -> None:
    actor, last = Actor(person_id=person_id), date(2027, 3, 10)
    pauses.begin(session, actor, person_id, last_day=last, zone=ZONE, at=NOON)


def absent(session: Session, session_id: int, place: int, at: datetime) -> Came:
    """What comes of a leader's mark over whatever is there."""
    one = led_session(session, session_id)
    assert one is not None
    (line,) = lines(session, one.run_id, one.id)
    tap = Tap(key=f"over{place}", enrolment_id=place, mark=Mark.ABSENT, version=line.version)
    (answer,) = register.take(session, SYSTEM, one, [tap], how=MarkedHow.TAPPED, at=at)
    return answer.came


def check_in_tasks(session: Session) -> int:
    session.flush()
    open_ones = sa.select(DeskTask.id).where(
        DeskTask.kind == check_ins.CHECK_IN, DeskTask.state == "open"
    )
    return len(session.scalars(open_ones).all())


@pytest.mark.parametrize("when", ["during", "from paper, after an early end", "after its day"])
def test_absent_over_the_apologies_of_a_break_asks_nobody_how_they_are(
    session: Session, traveller: time_machine.Traveller, when: str
) -> None:
    person_id, place, first = with_a_place(session)
    take_a_break(session, person_id)
    at = DURING
    if when != "during":
        at = AFTER if "early" in when else datetime(2027, 3, 12, 9, 0, tzinfo=UTC)
        pauses.resume(session, SYSTEM, person_id, at=AFTER - timedelta(hours=1))
    traveller.move_to(at)

    assert absent(session, first, place, at) is Came.TAKEN

    assert check_in_tasks(session) == 0


def test_absent_after_a_break_is_asked_about_as_ever(
    session: Session, traveller: time_machine.Traveller
) -> None:
    person_id, place, first = with_a_place(session)
    take_a_break(session, person_id)
    pauses.resume(session, SYSTEM, person_id, at=NOON + timedelta(days=1))
    traveller.move_to(DURING)

    absent(session, first, place, DURING)

    assert check_in_tasks(session) == 1


@pytest.mark.parametrize("how", ["break", "themselves"])
def test_register_shows_apologies_that_came_ahead_and_not_why(
    session: Session, sign_in: SignIn, traveller: time_machine.Traveller, how: str
) -> None:
    traveller.move_to(DURING)
    leader = letting_go(sign_in("facilitator"), session)
    traveller.move_to(NOON)
    person_id, place, first = with_a_place(session)
    make_assignment(session, first, leader.person_id)  # type: ignore[attr-defined]
    if how == "break":
        take_a_break(session, person_id)
    else:
        wishes.apologise(session, Actor(person_id=person_id), place, first, at=NOON)
    session.commit()
    traveller.move_to(DURING)

    page = leader.get(f"/registers/{first}").text
    assert "data-ahead" in page
    assert "break" not in page.casefold()

    assert absent(session, first, place, DURING) is Came.TAKEN
    one = led_session(session, first)
    assert one is not None
    (line,) = lines(session, one.run_id, one.id)
    assert not line.ahead
