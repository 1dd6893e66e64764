"""A first session that is needed: said before anybody decides; the next run is kept for who misses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.api import led_session
from portal.courses.models import CourseSession, Run, RunState, SessionState
from portal.courses.services import runs as run_services
from portal.courses.services import sessions as session_services
from portal.desk.models import DeskTask
from portal.enrolment import missing
from portal.enrolment.missed_models import MissedFirst, MissedState
from portal.enrolment.models import (
    Enrolment,
    EnrolmentState,
    How,
    Interest,
    Mark,
    Offer,
    OfferState,
    Role,
    TakesPart,
    WaitEntry,
    WaitState,
)
from portal.enrolment.queries.mine import expectations
from portal.enrolment.queries.missed_first import were_there
from portal.enrolment.register_models import MarkedHow
from portal.enrolment.services import marks, missed_first, register, seats, wishes
from portal.enrolment.services.outcomes import Body, ClosedError, Enrolled
from portal.plugin_api import SYSTEM
from tests.factories.courses import make_run, make_session, make_venue
from tests.factories.enrolment import NOON, book, fill, make_group, make_student
from tests.factories.messages import make_reachable
from tests.factories.telling import forget_notices, hand_out, notices, send, told

SetNumber = Callable[[str, int], None]
FIRST = date(2027, 3, 1)
AFTER = datetime(2027, 3, 1, 13, 0, tzinfo=UTC)  # the first session ended at noon
LATER = date(2027, 4, 12)


@pytest.fixture(autouse=True)
def traveller(app: Portal) -> Iterator[time_machine.Traveller]:
    with app.test_request_context(), time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@dataclass
class Group:
    """A run whose first session is needed, with people on it, and the run of its course that comes next."""

    run: Run
    later: Run | None
    people: list[int]
    places: list[int]
    meetings: list[CourseSession]


def group(
    session: Session,
    traveller: time_machine.Traveller,
    people: int = 2,
    *,
    later: bool = True,
    later_cap: int = 12,
    needed: bool = True,
    by_phone: bool = False,
) -> Group:
    """The people have their places, have been told of them, and the first session is just over."""
    run = make_group(session, 12, first=FIRST, first_required=needed)
    coming = None
    if later:
        coming = make_group(
            session,
            later_cap,
            first=LATER,
            course_id=run.course_id,
            term_id=run.term_id,
            first_required=needed,
        )
    ids = [
        make_reachable(session, f"Phone {number}", landline=f"01323 49000{number}")
        if by_phone
        else make_student(session)
        for number in range(people)
    ]
    places: list[int] = []
    for person in ids:
        made = book(session, run.id, person)
        assert isinstance(made, Enrolled)
        places += made.enrolment_ids
    forget_notices(session)
    hand_out(session)
    run.state = RunState.RUNNING
    session.flush()
    traveller.move_to(AFTER)
    return Group(run, coming, ids, places, list(run_services.sessions_of(session, run.id)))


def mark(session: Session, one: Group, index: int, said: Mark | None, meeting: int = 0) -> None:
    place, where = one.places[index], one.meetings[meeting].id
    marks.put(session, SYSTEM, where, place, said, how=MarkedHow.PAPER, at=AFTER)


def follow(session: Session, at: datetime = AFTER) -> None:
    """What the job does, here and now, and what comes of its events."""
    for missed_id in were_there(session):
        missed_first.take_back(session, missed_id, at=at)
    for place, first in missed_first.new_ones(session, at):
        missed_first.take_up(session, place, first, at=at)
    missed_first.keep_for_those_who_look(session, at=at)
    hand_out(session)


def states(session: Session) -> list[MissedState]:
    session.flush()
    return list(session.scalars(sa.select(MissedFirst.state).order_by(MissedFirst.id)))


def offers(session: Session, run: Run | None) -> list[Offer]:
    assert run is not None
    session.flush()
    live = sa.select(Offer).where(Offer.run_id == run.id, Offer.state == OfferState.LIVE)
    return list(session.scalars(live.order_by(Offer.id)))


def tasks(session: Session) -> dict[str, int | None]:
    session.flush()
    rows = session.scalars(sa.select(DeskTask).where(DeskTask.state == "open"))
    return {task.kind: task.person_id for task in rows}


def state_of(session: Session, place: int) -> EnrolmentState:
    return session.get_one(Enrolment, place, populate_existing=True).state


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
