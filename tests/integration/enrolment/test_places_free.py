"""How many places everybody is told are free: what somebody who asks now would be given, and no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.courses.models import Mode, Run, RunState
from portal.enrolment.models import Role, TakesPart, WaitEntry, WaitState
from portal.enrolment.services import seats
from portal.enrolment.services.keeping_apart import keep_apart
from portal.enrolment.services.outcomes import Body, ClosedError, Enrolled, Waiting
from portal.plugin_api import SYSTEM
from tests.factories.courses import make_assignment
from tests.factories.enrolment import NOON, book, fill, make_group, make_student, student, taken

ONLINE = TakesPart.ONLINE


def told(session: Session, run: Run, *, at: timedelta = timedelta()) -> int | None:
    """The number after the engine has looked at the run."""
    seats.refresh(session, run.id, at=NOON + at)
    return session.scalar(sa.select(Run.places_free).where(Run.id == run.id))


def party(session: Session, size: int) -> list[Body]:
    guests = [Body(guest_name=f"Guest {n}", role=Role.SUPPORTER) for n in range(size - 1)]
    return [student(make_student(session)), *guests]


@pytest.mark.parametrize(
    ("cap", "room", "leaders", "before", "free"),
    [(12, None, 2, 5, 7), (12, 10, 2, 5, 3), (12, 10, 2, 8, 0), (6, 30, 2, 5, 1)],
)
def test_room_less_its_leaders_counts_when_it_is_smaller(
    session: Session, cap: int, room: int | None, leaders: int, before: int, free: int
) -> None:
    run = make_group(session, cap, room=room, sessions=1)
    fill(session, run.id, before)
    (session_id,) = session.scalars(sa.text(f"SELECT id FROM course_session WHERE run_id={run.id}"))
    for _ in range(leaders):
        make_assignment(session, session_id, make_student(session))
    assert told(session, run) == free


@pytest.mark.parametrize(
    ("mode", "online_cap", "room", "free"),
    [
        (Mode.ONLINE, 4, None, 4),
        (Mode.ONLINE, None, None, 12),
        (Mode.BOTH, 4, 5, 9),
        (Mode.BOTH, 10, 10, 12),
        (Mode.BOTH, 0, 5, 5),
        (Mode.IN_PERSON, 4, None, 12),
    ],
)
def test_each_way_of_taking_part_counts_up_to_its_own_cap(
    session: Session, mode: Mode, online_cap: int | None, room: int | None, free: int
) -> None:
    run = make_group(session, 12, room=room, mode=mode, online_cap=online_cap)
    assert told(session, run) == free


def test_places_kept_for_the_list_are_not_free(
    session: Session, set_number: Callable[[str, int], None]
) -> None:
    set_number("enrolment:skips", 0)
    set_number("enrolment:hold_hours", 72)
    run = make_group(session, 3)
    enrolments = fill(session, run.id, 3)
    assert isinstance(book(session, run.id, *party(session, 2)), Waiting)
    seats.withdraw(session, SYSTEM, enrolments[0], at=NOON)
    assert told(session, run) == 0
    assert told(session, run, at=timedelta(hours=73)) == 0, "kept for them anew"


def test_places_that_pass_somebody_by_are_free_until_they_are_kept(
    session: Session, set_number: Callable[[str, int], None]
) -> None:
    set_number("enrolment:skips", 1)
    run = make_group(session, 4)
    enrolments = fill(session, run.id, 4)
    book(session, run.id, *party(session, 3))
    seats.withdraw(session, SYSTEM, enrolments[0], at=NOON)
    seats.withdraw(session, SYSTEM, enrolments[1], at=NOON)
    assert told(session, run) == 1, "one may pass the party; then the other place is kept for it"
    assert isinstance(book(session, run.id, make_student(session)), Enrolled)
    assert told(session, run) == 0
    assert isinstance(book(session, run.id, make_student(session)), Waiting)


def test_places_wait_while_an_offer_does(session: Session) -> None:
    run = make_group(session, 3)
    enrolments = fill(session, run.id, 3)
    book(session, run.id, make_student(session))
    book(session, run.id, *party(session, 2))
    seats.withdraw(session, SYSTEM, enrolments[0], at=NOON)
    seats.withdraw(session, SYSTEM, enrolments[1], at=NOON)
    assert told(session, run) == 0
    assert isinstance(book(session, run.id, make_student(session)), Waiting)


def test_places_nobody_in_the_list_can_take_are_free(session: Session) -> None:
    run = make_group(session, 3)
    one, other = make_student(session), make_student(session)
    keep_apart(session, SYSTEM, one, other, at=NOON)
    book(session, run.id, one)
    assert isinstance(book(session, run.id, other), Waiting)
    assert told(session, run) == 2


@pytest.mark.parametrize("state", [RunState.PLANNED, RunState.CANCELLED])
def test_run_that_takes_nobody_is_counted_by_its_own_limits(
    session: Session, state: RunState
) -> None:
    run = make_group(session, 5)
    assert told(session, run) == 5
    run.state, run.cancelled_reason = state, "Snow"
    assert told(session, run) is None


def test_every_number_told_is_given_to_those_who_come(session: Session) -> None:
    """Whatever stands in the way: exactly so many of those who ask one by one get a place."""
    run = make_group(session, 9, room=6, mode=Mode.BOTH, online_cap=2)
    fill(session, run.id, 3)
    free = told(session, run)
    assert free == 5
    asked = [make_student(session) for _ in range(8)]
    said = [book(session, run.id, student(one)) for one in asked[:4]]
    said += [book(session, run.id, student(one, ONLINE)) for one in asked[4:]]
    assert sum(isinstance(one, Enrolled) for one in said) == free
    assert told(session, run) == 0


def test_pages_lists_and_feeds_say_the_number(session: Session, client: FlaskClient) -> None:
    run = make_group(session, 12, room=4, sessions=1)
    fill(session, run.id, 1)
    session.commit()
    with client.application.app_context():
        from portal.courses.models import Course

        slug = session.get_one(Course, run.course_id).slug
    pages = [f"/courses/{slug}", f"/courses/{slug}/{run.reference}", "/courses"]
    for page in pages:
        text = client.get(page).get_data(as_text=True)
        assert "3 places free" in text, page
    feed = client.get("/courses.json").get_json()
    assert [one["next_run"]["places_free"] for one in feed["courses"]] == [3]


@pytest.mark.parametrize(("before", "found"), [(3, True), (4, False)])
def test_filter_for_free_places_goes_by_the_number(
    session: Session, client: FlaskClient, before: int, found: bool
) -> None:
    run = make_group(session, 12, room=4, sessions=1)
    fill(session, run.id, before)
    session.commit()
    feed = client.get("/courses.json?free=1").get_json()
    assert bool(feed["courses"]) is found


def test_numbers_are_kept_when_whoever_asks_comes_too_late(session: Session) -> None:
    """What lapses as somebody asks stays lapsed, though they are refused: the lists must say so."""
    run = make_group(session, 2)
    enrolments = fill(session, run.id, 2)
    unreached = make_student(session, email=False)
    book(session, run.id, unreached)
    assert run.last_ends_at is not None
    begun = run.last_ends_at - timedelta(minutes=10)
    seats.withdraw(session, SYSTEM, enrolments[0], at=begun - timedelta(days=1))
    assert (taken(session, run.id), run.seats_taken) == (2, 2)
    with pytest.raises(ClosedError):
        book(session, run.id, make_student(session), at=begun)
    session.refresh(run)
    assert (taken(session, run.id), run.seats_taken, run.places_free) == (1, 1, 0)


def test_nobody_waits_for_places_they_all_have_on_a_full_run(session: Session) -> None:
    """A party waits for a place online; then its second member takes the last chair by themselves."""
    run = make_group(session, 2, room=None, mode=Mode.BOTH, online_cap=0)
    one, other = make_student(session), make_student(session)
    assert isinstance(book(session, run.id, one), Enrolled)
    helper = Body(person_id=other, role=Role.SUPPORTER, mode=ONLINE)
    waits = book(session, run.id, student(one), helper)
    assert isinstance(waits, Waiting)
    assert isinstance(book(session, run.id, other), Enrolled)
    assert session.get_one(WaitEntry, waits.entry_id).state is WaitState.ACCEPTED
