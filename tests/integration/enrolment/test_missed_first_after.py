"""What comes after an offer of the next run: a yes, a no, a corrected mark, the first session itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.api import led_session
from portal.courses.services import sessions as session_services
from portal.enrolment import missing
from portal.enrolment.models import (
    Enrolment,
    EnrolmentState,
    How,
    Interest,
    Mark,
    MarkedHow,
    MissedState,
    WaitEntry,
    WaitState,
)
from portal.enrolment.queries.mine import expectations
from portal.enrolment.services import missed_first, register, seats, wishes
from portal.enrolment.services.outcomes import Enrolled
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import NOON, book, fill, make_group, make_student
from tests.factories.telling import forget_notices, hand_out, notices, send, told
from tests.integration.enrolment.missing_first import (
    AFTER,
    FIRST,
    SetNumber,
    follow,
    group,
    mark,
    offers,
    state_of,
    states,
    tasks,
)


@pytest.fixture(autouse=True)
def traveller(app: Portal) -> Iterator[time_machine.Traveller]:
    with app.test_request_context(), time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


# What they decide


def test_a_yes_frees_the_earlier_place_and_one_message_says_so(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller)
    mark(session, one, 0, Mark.ABSENT)
    follow(session)
    forget_notices(session)
    (offer,) = offers(session, one.later)

    seats.accept(session, SYSTEM, offer.id, at=AFTER)
    hand_out(session, times=2)

    place = session.get_one(Enrolment, one.places[0], populate_existing=True)
    assert (place.state, place.ended_why) == (EnrolmentState.RELEASED, missed_first.MOVED_ON)
    assert states(session) == [MissedState.SETTLED]
    assert [letter.subject for letter in send(session)] == ["You have a place"]
    assert missed_first.MISSED not in tasks(session)


def test_a_no_leaves_their_place_alone_and_a_person_asks_them(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller)
    mark(session, one, 0, Mark.ABSENT)
    follow(session)
    (offer,) = offers(session, one.later)

    seats.decline(session, SYSTEM, offer.id, at=AFTER)
    follow(session)

    assert state_of(session, one.places[0]) is EnrolmentState.ENROLLED
    assert not offers(session, one.later)
    assert tasks(session) == {missed_first.MISSED: one.people[0]}


def test_the_cap_of_a_term_does_not_stop_who_moves_on(
    session: Session, set_number: SetNumber, traveller: time_machine.Traveller
) -> None:
    set_number("enrolment:term_cap", 1)
    one = group(session, traveller)
    mark(session, one, 0, Mark.ABSENT)
    follow(session)
    (offer,) = offers(session, one.later)

    assert isinstance(seats.accept(session, SYSTEM, offer.id, at=AFTER), Enrolled)


def test_who_cannot_be_written_to_is_rung_once(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller, people=1, by_phone=True)
    place = one.places[0]
    led = led_session(session, one.meetings[0].id)
    assert led is not None
    tap = register.Tap(key="k", enrolment_id=place, mark=Mark.ABSENT, version=0)
    register.take(session, SYSTEM, led, [tap], how=MarkedHow.PAPER, at=AFTER)
    assert set(tasks(session)) == {"enrolment:check_in"}

    follow(session)
    send(session)

    assert "enrolment:check_in" not in tasks(session), "one call is enough"
    assert missed_first.MISSED in tasks(session)
    assert notices(session, "by_hand") == {"offer": 1}


# They were there after all


@pytest.mark.parametrize("heard", [False, True], ids=["before it left", "after it left"])
def test_a_corrected_mark_takes_it_back(
    session: Session, traveller: time_machine.Traveller, heard: bool
) -> None:
    one = group(session, traveller)
    mark(session, one, 0, Mark.ABSENT)
    follow(session)
    if heard:
        send(session)

    mark(session, one, 0, Mark.PRESENT)
    follow(session)
    follow(session)

    assert states(session) == [MissedState.TAKEN_BACK]
    assert not offers(session, one.later)
    ended = session.scalars(sa.select(WaitEntry.state)).all()
    assert ended == [WaitState.WITHDRAWN]
    assert tasks(session) == {}
    assert state_of(session, one.places[0]) is EnrolmentState.ENROLLED
    subjects = [letter.subject for letter in send(session)]
    assert subjects == (["Our message was not right"] if heard else [])


def test_a_mark_changed_and_changed_back_is_told_again(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller, later=False)
    for said in (Mark.ABSENT, Mark.PRESENT, Mark.ABSENT):
        mark(session, one, 0, said)
        follow(session)
        send(session)

    assert told(session, one.people[0]) == ["missed_first", "was_there", "missed_first"]
    assert states(session) == [MissedState.LOOKING]


def test_what_they_asked_to_hear_themselves_stays_when_it_is_taken_back(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller, later=False)
    wishes.note_interest(session, one.run.course_id, one.people[0], at=NOON)
    mark(session, one, 0, Mark.ABSENT)
    follow(session)
    mark(session, one, 0, Mark.PRESENT)
    follow(session)

    assert session.scalars(sa.select(Interest.person_id)).all() == [one.people[0]]


# Nobody joins after it


def test_after_it_nobody_joins_by_themselves(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller)
    about = expectations(session, one.run.id, None, AFTER)
    assert about is not None
    assert (about.takes_people, about.next_session) == (False, None)
    assert about.run.places == 0

    loose = group(session, traveller, needed=False)
    about = expectations(session, loose.run.id, None, AFTER)
    assert about is not None
    assert about.takes_people


@pytest.mark.parametrize(("meeting", "welcome"), [(0, True), (1, False)])
def test_who_simply_comes_may_begin_at_the_first_session_alone(
    session: Session, traveller: time_machine.Traveller, meeting: int, welcome: bool
) -> None:
    one = group(session, traveller)
    led = led_session(session, one.meetings[meeting].id)
    assert led is not None
    written_down = led.ends_at + timedelta(hours=3)
    person = make_student(session)
    if welcome:
        assert register.welcome(
            session, SYSTEM, led, person_id=person, name="", key="k", at=written_down
        )
        return
    with pytest.raises(register.FullError) as refused:
        register.welcome(session, SYSTEM, led, person_id=person, name="", key="k", at=written_down)
    assert refused.value.may_visit


def test_an_offer_ends_when_the_first_session_begins(
    session: Session, traveller: time_machine.Traveller
) -> None:
    run = make_group(session, 1, first=FIRST, first_required=True)
    (place,) = fill(session, run.id, 1)
    person = make_student(session)
    begins = datetime(2027, 3, 1, 10, 0, tzinfo=UTC)
    book(session, run.id, person, how=How.ONLINE)
    seats.withdraw(session, SYSTEM, place, at=begins - timedelta(hours=1))

    (offer,) = offers(session, run)

    assert offer.expires_at == begins


def test_the_job_does_it_in_units_of_its_own(
    app: Portal, session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller, people=3)
    for index in (0, 2):
        mark(session, one, index, Mark.ABSENT)
    later: Any = one.later
    session.commit()

    missing.follow(session)
    missing.follow(session)

    session.rollback()
    assert len(offers(session, later)) == 2


def test_a_session_that_is_moved_ahead_of_time_is_not_missed_before_it_is_over(
    session: Session, traveller: time_machine.Traveller
) -> None:
    one = group(session, traveller)
    mark(session, one, 0, Mark.APOLOGIES)
    traveller.move_to(AFTER - timedelta(hours=6))
    to = session_services.NewTime(day=FIRST + timedelta(days=2), starts=time(10), minutes=120)
    session_services.move_session(
        session, SYSTEM, one.meetings[0].id, to, version=0, reason="No heating."
    )

    follow(session)

    assert states(session) == []
