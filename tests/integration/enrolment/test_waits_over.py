"""Waits that end without a place: whoever waited, or was to come along, hears it once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.app import Portal
from portal.courses.models import Run, RunState
from portal.courses.services import runs as run_services
from portal.enrolment.models import MissedFirst, MissedState, Role, WaitEntry, WaitState
from portal.enrolment.queries.missed_first import waited_in_vain
from portal.enrolment.services import agreements, missed_first, seats
from portal.enrolment.services.outcomes import Body, Waiting
from portal.plugin_api import SYSTEM, Actor
from tests.factories.enrolment import NOON, book, fill, make_group, make_student
from tests.factories.telling import forget_notices, hand_out, send, told
from tests.integration.enrolment.taking import (
    SignIn,
    coming_group,
    fill_now,
    letting_go,
    newest_person,
)

FIRST = date(2027, 3, 1)
BEFORE = datetime(2027, 3, 1, 9, 59, tzinfo=UTC)
BEGUN = datetime(2027, 3, 1, 10, 1, tzinfo=UTC)


@pytest.fixture
def traveller(app: Portal) -> Iterator[time_machine.Traveller]:
    with app.test_request_context(), time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def waiting(session: Session, run: Run, *, by: int | None = None) -> tuple[int, int]:
    """Somebody who waits for a full run: the person and their wait."""
    person = by or make_student(session)
    made = book(session, run.id, person)
    assert isinstance(made, Waiting)
    return person, made.entry_id


def full(session: Session, cap: int = 1, *, needed: bool = True) -> Run:
    """A run with no place for one more; of two, no two places for a pair."""
    run = make_group(session, cap, first=FIRST, first_required=needed)
    fill(session, run.id, 1)
    return run


def state_of(session: Session, entry_id: int) -> WaitState:
    return session.get_one(WaitEntry, entry_id, populate_existing=True).state


def test_whoever_waits_for_a_first_session_hears_that_it_began(
    session: Session, traveller: time_machine.Traveller
) -> None:
    run = full(session)
    person, entry = waiting(session, run)
    forget_notices(session)

    traveller.move_to(BEFORE)
    seats.refresh(session, run.id, at=BEFORE)
    assert told(session, person) == []
    traveller.move_to(BEGUN)
    for _ in range(2):
        seats.refresh(session, run.id, at=BEGUN)

    assert state_of(session, entry) is WaitState.EXPIRED
    assert told(session, person) == ["wait_over"]
    (letter,) = send(session)
    assert "has begun" in letter.text
    assert f"/places/courses/{run.course_id}/interest" in letter.text


def test_list_goes_on_where_one_can_begin_later(
    session: Session, traveller: time_machine.Traveller
) -> None:
    run = full(session, needed=False)
    person, entry = waiting(session, run)
    forget_notices(session)

    traveller.move_to(BEGUN)
    seats.refresh(session, run.id, at=BEGUN)
    assert state_of(session, entry) is WaitState.WAITING
    last = BEGUN + timedelta(weeks=2)
    traveller.move_to(last)
    seats.refresh(session, run.id, at=last)

    assert state_of(session, entry) is WaitState.EXPIRED
    assert told(session, person) == ["wait_over"]


def test_who_waited_for_what_they_missed_before_has_the_next_kept(
    session: Session, traveller: time_machine.Traveller
) -> None:
    run = full(session)
    person, entry = waiting(session, run)
    earlier = make_group(session, first=FIRST - timedelta(weeks=9), course_id=run.course_id)
    place = fill(session, earlier.id, 1, at=NOON - timedelta(weeks=9))[0]
    session.execute(
        sa.text("UPDATE enrolment SET person_id = :person WHERE id = :place"),
        {"person": person, "place": place},
    )
    missed = MissedFirst(
        enrolment_id=place,
        session_id=run_services.sessions_of(session, earlier.id)[0].id,
        entry_id=entry,
        state=MissedState.KEPT,
        at=NOON,
    )
    session.add(missed)
    later = make_group(
        session, first=FIRST + timedelta(weeks=6), course_id=run.course_id, first_required=True
    )
    forget_notices(session)

    traveller.move_to(BEGUN)
    seats.refresh(session, run.id, at=BEGUN)
    for one in waited_in_vain(session):
        missed_first.keep_again(session, one.id, at=BEGUN)

    kept = session.get_one(WaitEntry, missed.entry_id)
    assert (kept.run_id, missed.times) == (later.id, 2)
    assert waited_in_vain(session) == []
    letters = send(session)
    assert not any("too late to join" in one.text for one in letters)


# Whoever was to come along


def pair(session: Session) -> tuple[int, int]:
    """Robin, and Sam, who agreed that Robin takes them along."""
    robin, sam = make_student(session, name="Robin"), make_student(session, name="Sam")
    code = agreements.make_code(session, Actor(person_id=sam), at=NOON)
    agreements.use_code(session, Actor(person_id=robin), code, at=NOON, today=NOON.date())
    forget_notices(session)  # that the code was used is told too
    return robin, sam


def wait_together(session: Session, run: Run) -> tuple[int, int]:
    """Sam, who has been told of the wait with Robin; and the wait."""
    robin, sam = pair(session)
    made = book(session, run.id, robin, Body(person_id=sam, role=Role.SUPPORTER))
    assert isinstance(made, Waiting)
    send(session)
    assert told(session, sam) == ["along_waiting"]
    return sam, made.entry_id


@pytest.mark.parametrize("ending", ["begun", "left", "cancelled", "declined"])
def test_whoever_waited_along_hears_that_it_is_over(
    session: Session, traveller: time_machine.Traveller, ending: str
) -> None:
    run = full(session, 2)
    sam, entry = wait_together(session, run)
    if ending == "begun":
        traveller.move_to(BEGUN)
        seats.refresh(session, run.id, at=BEGUN)
    elif ending == "left":
        seats.leave_waiting(session, SYSTEM, entry, at=NOON)
    elif ending == "cancelled":
        run_services.cancel_run(session, SYSTEM, run.id, reason="Too few people.")
        hand_out(session)
    else:
        run.learning_cap = 3
        session.flush()
        seats.refresh(session, run.id, at=NOON, changed=True)
        seats.decline(session, SYSTEM, _offer(session, entry), at=NOON)

    assert told(session, sam) == ["along_waiting", "along_over"]
    (letter,) = [one for one in send(session) if "take you along" in one.text]
    assert "Robin" in letter.text
    assert ("It has begun" in letter.text) == (ending == "begun")
    assert ("will not take place" in letter.text) == (ending == "cancelled")


def _offer(session: Session, entry: int) -> int:
    found = session.scalar(
        sa.text("SELECT id FROM offer WHERE entry_id = :entry"), {"entry": entry}
    )
    assert isinstance(found, int)
    return found


def test_who_has_places_in_the_end_hears_of_no_end(
    session: Session, traveller: time_machine.Traveller
) -> None:
    run = full(session, 2)
    sam, entry = wait_together(session, run)
    run.learning_cap = 3
    session.flush()
    seats.refresh(session, run.id, at=NOON, changed=True)
    seats.accept(session, SYSTEM, _offer(session, entry), at=NOON)

    assert told(session, sam) == ["along_waiting", "along"]


def test_who_never_heard_of_the_wait_hears_of_no_end(
    session: Session, traveller: time_machine.Traveller
) -> None:
    run = full(session, 2)
    robin, sam = pair(session)
    made = book(session, run.id, robin, Body(person_id=sam, role=Role.SUPPORTER))
    assert isinstance(made, Waiting)

    seats.leave_waiting(session, SYSTEM, made.entry_id, at=NOON)

    assert told(session, sam) == ["along_waiting"]
    # And what had not left says nothing any more.
    assert not any("take you along" in one.text for one in send(session))


# The pages


def test_page_of_a_wait_that_is_over_says_why_and_offers_the_next_dates(
    session: Session, sign_in: SignIn
) -> None:
    client: FlaskClient = letting_go(sign_in("student"), session)
    me = newest_person(session)
    run = coming_group(session, 1, first_required=True)
    fill_now(session, run.id, 1)
    made = book(session, run.id, me, at=clock.now())
    assert isinstance(made, Waiting)
    begun = clock.now() + timedelta(weeks=6)
    seats.refresh(session, run.id, at=begun)
    course = run.course_id
    session.commit()

    page = client.get(f"/places/waiting/{made.entry_id}").text

    assert "has begun" in page
    assert f"/places/courses/{course}/interest" in page


def test_card_of_what_nobody_can_join_says_that_it_has_begun(
    session: Session, client: FlaskClient
) -> None:
    day = clock.now().date()
    run = make_group(session, 1, first=day, first_required=True, state=RunState.RUNNING)
    full_one = make_group(session, 1, first=day + timedelta(days=9), first_required=True)
    assert run.id != full_one.id
    session.commit()

    page = client.get("/courses").text

    assert page.count("Has begun") == 1
    assert "hear of the next dates" in page
