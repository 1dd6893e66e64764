"""Who missed a first session that is needed is offered the next run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import RunState, SessionState
from portal.courses.services import runs as run_services
from portal.enrolment.models import (
    EnrolmentState,
    Interest,
    Mark,
    MissedFirst,
    MissedState,
    Role,
    TakesPart,
    WaitEntry,
)
from portal.enrolment.services import seats, wishes
from portal.enrolment.services.outcomes import Body, ClosedError, Enrolled
from portal.plugin_api import SYSTEM
from tests.factories.courses import make_run, make_session, make_venue
from tests.factories.enrolment import NOON, book, fill, make_group, make_student
from tests.factories.telling import forget_notices, hand_out, send, told
from tests.integration.enrolment.missing_first import (
    AFTER,
    LATER,
    follow,
    group,
    mark,
    offers,
    state_of,
    states,
)


@pytest.fixture(autouse=True)
def traveller(app: Portal) -> Iterator[time_machine.Traveller]:
    with app.test_request_context(), time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


# Who is offered the next run


@pytest.mark.parametrize("said", [Mark.ABSENT, Mark.APOLOGIES])
def test_who_missed_it_is_offered_the_next_run_and_keeps_this_place(
    session: Session, traveller: time_machine.Traveller, said: Mark
) -> None:
    one = group(session, traveller)
    mark(session, one, 0, said)
    mark(session, one, 1, Mark.PRESENT)

    follow(session)
    follow(session)

    (offer,) = offers(session, one.later)
    assert session.get_one(WaitEntry, offer.entry_id).person_id == one.people[0]
    assert states(session) == [MissedState.KEPT]
    assert state_of(session, one.places[0]) is EnrolmentState.ENROLLED
    assert told(session, one.people[1]) == []
    (letter,) = send(session)
    assert "could not be at the first session" in letter.text
    assert "until then you have both" in letter.text.casefold()
    assert letter.subject == "A place is free for you"


@pytest.mark.parametrize(
    ("said", "meeting"),
    [(Mark.PRESENT, 0), (Mark.PART, 0), (None, 0), (Mark.ABSENT, 1)],
    ids=["there", "partly there", "not marked", "missed another"],
)
def test_nobody_else_is(
    session: Session, traveller: time_machine.Traveller, said: Mark | None, meeting: int
) -> None:
    one = group(session, traveller)
    if said is not None:
        mark(session, one, 0, said, meeting)

    follow(session, AFTER + timedelta(weeks=1))

    assert states(session) == []
    assert not offers(session, one.later)


def test_a_run_that_does_not_need_it_offers_nothing(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller, needed=False)
    mark(session, one, 0, Mark.ABSENT)

    follow(session)

    assert states(session) == []


def test_apologies_sent_ahead_count_once_the_session_is_over(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller)
    wishes.apologise(session, SYSTEM, one.places[0], one.meetings[0].id, at=NOON)

    follow(session, AFTER - timedelta(hours=2))
    assert states(session) == []
    follow(session)
    assert states(session) == [MissedState.KEPT]


def test_a_cancelled_first_session_is_missed_by_nobody_and_the_next_one_is_the_first(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller)
    mark(session, one, 0, Mark.APOLOGIES)
    one.meetings[0].state, one.meetings[0].reason = SessionState.CANCELLED, "Kim is ill."
    session.flush()

    follow(session)
    assert states(session) == []

    mark(session, one, 1, Mark.ABSENT, meeting=1)
    follow(session, AFTER + timedelta(weeks=1))
    assert [row.enrolment_id for row in session.scalars(sa.select(MissedFirst))] == [one.places[1]]


def test_who_joined_late_with_a_reason_missed_nothing(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller)
    person = make_student(session)
    with pytest.raises(ClosedError):
        book(session, one.run.id, person, at=AFTER)
    made = book(session, one.run.id, person, at=AFTER, late="They were in the last group.")
    assert isinstance(made, Enrolled)
    one.places.append(made.enrolment_ids[0])
    mark(session, one, -1, Mark.ABSENT)

    follow(session)

    assert states(session) == []


def test_marks_from_paper_count_weeks_later(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller)
    two_weeks = AFTER + timedelta(weeks=2)
    follow(session, two_weeks)
    mark(session, one, 0, Mark.ABSENT)

    follow(session, two_weeks)

    assert states(session) == [MissedState.KEPT]


# What is kept for them


def test_a_full_next_run_puts_them_on_its_list_behind_who_waits(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller, later_cap=1)
    assert one.later is not None
    fill(session, one.later.id, 1, at=AFTER)
    book(session, one.later.id, make_student(session), at=AFTER)
    forget_notices(session)
    mark(session, one, 0, Mark.ABSENT)

    follow(session)

    assert not offers(session, one.later)
    (letter,) = send(session)
    assert "You are number 2" in " ".join(letter.text.split()) or "number 2" in letter.text
    assert told(session, one.people[0]) == ["missed_first"]


def test_it_comes_before_whoever_asks_later(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller, later_cap=1)
    mark(session, one, 0, Mark.ABSENT)
    follow(session)
    assert one.later is not None

    made = book(session, one.later.id, make_student(session), at=AFTER)

    assert not isinstance(made, Enrolled)
    assert len(offers(session, one.later)) == 1


@pytest.mark.parametrize("asked", [False, True], ids=["", "they had asked for dates themselves"])
def test_without_dates_they_hear_of_the_first_and_are_offered_it(
    session: Session, traveller: time_machine.Traveller, asked: bool
) -> None:
    one = group(session, traveller, later=False)
    if asked:
        wishes.note_interest(session, one.run.course_id, one.people[0], at=NOON)
    mark(session, one, 0, Mark.ABSENT)
    follow(session)
    assert states(session) == [MissedState.LOOKING]
    assert session.scalars(sa.select(Interest.person_id)).all() == [one.people[0]]
    (letter,) = send(session)
    assert "There are no later dates yet" in letter.text
    forget_notices(session)

    new = make_run(
        session,
        course_id=one.run.course_id,
        term_id=one.run.term_id,
        state=RunState.PLANNED,
        published_at=None,
        venue_id=make_venue(session).id,
    )
    made = make_session(session, run_id=new.id, local_date=LATER)
    new.first_starts_at, new.last_ends_at = made.starts_at, made.ends_at
    session.flush()
    run_services.publish_run(session, SYSTEM, new.id)
    hand_out(session, times=2)

    assert [offer.run_id for offer in offers(session, new)] == [new.id]
    assert len(session.scalars(sa.select(Interest.person_id)).all()) == asked
    assert len(send(session)) == 1, "the offer says it all"


def test_who_does_not_want_to_hear_of_dates_is_left_in_peace(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller, later=False)
    mark(session, one, 0, Mark.ABSENT)
    follow(session)
    wishes.forget_interest(session, one.run.course_id, one.people[0])
    later = make_group(session, first=LATER, course_id=one.run.course_id, term_id=one.run.term_id)

    follow(session)

    assert not offers(session, later)


def test_who_comes_with_them_is_kept_a_place_too(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller, people=1)
    both = [
        Body(person_id=one.people[0]),
        Body(guest_name="Auntie Jo", role=Role.SUPPORTER, mode=TakesPart.IN_PERSON),
    ]
    seats.book(session, SYSTEM, one.run.id, both, at=NOON)
    mark(session, one, 0, Mark.ABSENT)

    follow(session)

    (offer,) = offers(session, one.later)
    made = seats.accept(session, SYSTEM, offer.id, at=AFTER)
    assert isinstance(made, Enrolled)
    assert len(made.enrolment_ids) == 2
