"""What the pages say of a first session that is needed, to whoever missed it and to who arranges places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.audit.models import AuditEntry, AuditPayload
from portal.courses.models import CourseSession, Run, RunState
from portal.enrolment.models import Enrolment, Mark, MarkedHow
from portal.enrolment.services import marks, missed_first
from portal.enrolment.services.outcomes import Enrolled
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import NOON, book, make_group, make_student
from tests.integration.enrolment.taking import SignIn, letting_go, newest_person, send

FIRST = date(2027, 3, 1)
BEFORE = datetime(2027, 2, 20, 9, 0, tzinfo=UTC)
AFTER = datetime(2027, 3, 1, 13, 0, tzinfo=UTC)
NEEDED = "You need to be at the first session"
NOTE = "You could not be at the first session, and that is fine"


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEFORE, tick=False) as traveller:
        yield traveller


def text(answer: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))  # type: ignore[attr-defined]


def needed_group(session: Session, **values: object) -> Run:
    return make_group(session, 12, first=FIRST, first_required=True, **values)


def place_on(session: Session, run: Run, person: int) -> int:
    made = book(session, run.id, person, at=NOON)
    assert isinstance(made, Enrolled)
    return made.enrolment_ids[0]


def first_of(session: Session, run: Run) -> int:
    wanted = sa.select(CourseSession.id).where(CourseSession.run_id == run.id)
    return session.scalars(wanted.order_by(CourseSession.number)).first() or 0


def test_the_pages_before_the_button_say_it(session: Session, sign_in: SignIn) -> None:
    client = letting_go(sign_in("student"), session)
    run = needed_group(session)
    run_id = run.id
    session.commit()
    steps = f"/places/runs/{run_id}"
    client.post(f"{steps}/needs", data={"needs": ""})
    client.post(f"{steps}/company", data={"company": "alone"})

    assert NEEDED in client.get(steps).text
    assert NEEDED in client.get(f"{steps}/check").text
    done = send(client, f"{steps}/check")
    assert NEEDED in client.get(done.location).text
    place = re.search(r"/places/(\d+)/done", done.location)
    assert place
    assert NEEDED in client.get(f"/me/courses/{place[1]}").text


def test_who_cannot_come_to_it_reads_what_follows(session: Session, sign_in: SignIn) -> None:
    client = letting_go(sign_in("student"), session)
    person = newest_person(session)
    run = needed_group(session)
    place, first = place_on(session, run, person), first_of(session, run)
    session.commit()
    address = f"/places/{place}/sessions/{first}/sorry"

    assert "after it we offer you the next dates" in text(client.get(address))
    answer = send(client, address)
    assert "After the session we offer you the next dates" in text(client.get(answer.location))


@pytest.mark.parametrize("later", ["free", "full", "none"])
def test_the_place_page_says_what_is_kept_for_who_missed_it(
    app: Portal,
    session: Session,
    sign_in: SignIn,
    traveller: time_machine.Traveller,
    later: str,
) -> None:
    traveller.move_to(AFTER)
    client = letting_go(sign_in("student"), session)
    person = newest_person(session)
    run = needed_group(session)
    if later != "none":
        cap = 12 if later == "free" else 1
        next_run = make_group(
            session,
            cap,
            first=FIRST + timedelta(weeks=6),
            course_id=run.course_id,
            term_id=run.term_id,
            first_required=True,
        )
        if later == "full":
            book(session, next_run.id, make_student(session), at=NOON)
    place, first = place_on(session, run, person), first_of(session, run)
    run.state = RunState.RUNNING
    marks.put(session, SYSTEM, first, place, Mark.ABSENT, how=MarkedHow.PAPER, at=AFTER)
    with app.test_request_context():
        for one, held in missed_first.new_ones(session, AFTER):
            missed_first.take_up(session, one, held, at=AFTER)
    session.commit()

    words = text(client.get(f"/me/courses/{place}"))

    assert NOTE in words
    assert "Until something is decided, this place is yours" in words
    expected = {
        "free": "We keep a place for you in the next group, from Monday 12 April 2027",
        "full": "The next group begins on Monday 12 April 2027",
        "none": "There are no later dates yet",
    }
    assert expected[later] in words
    if later == "free":
        page = client.get(f"/me/courses/{place}").text
        offer = re.search(r'href="(/places/offers/\d+)"', page)
        assert offer
        assert "your place in the group that has begun is free" in text(client.get(offer[1]))


def test_a_coordinator_gives_a_late_place_with_a_reason_alone(
    session: Session, sign_in: SignIn, traveller: time_machine.Traveller
) -> None:
    traveller.move_to(AFTER)
    client: FlaskClient = letting_go(sign_in("coordinator"), session)
    run, person = needed_group(session, state=RunState.RUNNING), make_student(session)
    run_id = run.id
    session.commit()
    address = f"/manage/places/runs/{run_id}/add/{person}"
    asked = {"how": "phone", "agreed_on": ["1", "3", "2027"], "company": "alone"}

    assert "They come late" in client.get(address).text
    refused = send(client, address, **asked)
    assert refused.status_code == 422
    assert 'href="#late"' in refused.text
    done = send(client, address, **asked, late="They were in the last group")

    assert done.status_code == 303
    session.rollback()
    place = session.scalars(sa.select(Enrolment).where(Enrolment.run_id == run_id)).one()
    assert place.from_at == place.created_at  # from the second on
    reason = session.scalars(
        sa.select(AuditPayload.reason)
        .join(AuditEntry)
        .where(AuditEntry.kind == "enrolment:place:taken")
    ).all()
    assert reason == ["They were in the last group"]


def test_before_it_begins_nobody_has_to_give_a_reason(session: Session, sign_in: SignIn) -> None:
    client: FlaskClient = letting_go(sign_in("coordinator"), session)
    run, person = needed_group(session), make_student(session)
    address = f"/manage/places/runs/{run.id}/add/{person}"
    session.commit()

    assert 'name="late"' not in client.get(address).text
