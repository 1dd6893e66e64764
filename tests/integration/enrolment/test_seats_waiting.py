"""The seat engine: who is in, who waits in which order, and to whom a free place is offered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import Mode
from portal.enrolment.models import OfferState, Role, TakesPart, WaitEntry, WaitState
from portal.enrolment.queries.waiting import place_in_list
from portal.enrolment.services import seats
from portal.enrolment.services.outcomes import Body, Enrolled, ModeFullError, TooLate, Waiting
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import NOON, book, fill, make_group, make_student, student, taken
from tests.integration.enrolment.seating import (
    FRIDAY,
    HOUR,
    ONLINE,
    offered_at,
    offered_people,
    offers,
    party,
)


@pytest.mark.parametrize(
    ("cap", "before", "asking"), [(12, 11, 20), (12, 0, 14), (3, 3, 2), (1, 0, 2)]
)
def test_full_run_makes_the_others_wait_in_order(
    session: Session, cap: int, before: int, asking: int
) -> None:
    run = make_group(session, cap)
    fill(session, run.id, before)
    outcomes = [book(session, run.id, make_student(session)) for _ in range(asking)]
    free = cap - before
    assert all(isinstance(one, Enrolled) for one in outcomes[:free])
    assert [one.position for one in outcomes[free:] if isinstance(one, Waiting)] == list(
        range(1, asking - free + 1)
    )
    session.refresh(run)
    assert (taken(session, run.id), run.seats_taken) == (cap, cap)


@pytest.mark.parametrize(("cap", "before", "size"), [(12, 10, 2), (12, 9, 3), (5, 1, 4)])
def test_party_that_comes_first_is_in_and_the_single_waits(
    session: Session, cap: int, before: int, size: int
) -> None:
    run = make_group(session, cap)
    fill(session, run.id, before)
    assert isinstance(book(session, run.id, *party(session, size)), Enrolled)
    assert isinstance(book(session, run.id, make_student(session)), Waiting)
    assert taken(session, run.id) == cap


@pytest.mark.parametrize(("cap", "before", "size"), [(12, 10, 2), (12, 9, 3), (5, 1, 4)])
def test_party_that_comes_second_waits_whole(
    session: Session, cap: int, before: int, size: int
) -> None:
    run = make_group(session, cap)
    fill(session, run.id, before)
    assert isinstance(book(session, run.id, make_student(session)), Enrolled)
    assert isinstance(book(session, run.id, *party(session, size)), Waiting)
    assert taken(session, run.id) == before + 1


@pytest.mark.parametrize("size", [2, 3, 5])
def test_one_place_free_is_offered_to_the_next_who_fits(session: Session, size: int) -> None:
    run = make_group(session, 12)
    enrolments = fill(session, run.id, 12)
    first = book(session, run.id, *party(session, size))
    single = make_student(session)
    book(session, run.id, single)
    seats.withdraw(session, SYSTEM, enrolments[0], at=NOON)
    assert offered_people(session, run.id) == [single]
    assert isinstance(first, Waiting)
    place = place_in_list(session, first.entry_id, NOON)
    assert place is not None
    assert place.position == 1
    assert session.get_one(WaitEntry, first.entry_id).skips == 1


@pytest.mark.parametrize(
    ("made", "lapses"),
    [
        (FRIDAY, datetime(2027, 1, 19, 16, 50, tzinfo=UTC)),
        (datetime(2027, 1, 16, 10, 0, tzinfo=UTC), datetime(2027, 1, 20, 0, 0, tzinfo=UTC)),
        # Good Friday and Easter Monday; the clocks go forward on the Sunday in between.
        (datetime(2027, 3, 25, 16, 50, tzinfo=UTC), datetime(2027, 3, 31, 15, 50, tzinfo=UTC)),
        (datetime(2026, 12, 24, 9, 0, tzinfo=UTC), datetime(2026, 12, 30, 9, 0, tzinfo=UTC)),
        # The clocks go back on Sunday 31 October 2027.
        (datetime(2027, 10, 29, 15, 0, tzinfo=UTC), datetime(2027, 11, 2, 16, 0, tzinfo=UTC)),
    ],
)
def test_offer_lapses_after_working_hours_on_the_wall(
    session: Session, made: datetime, lapses: datetime
) -> None:
    run, offer = offered_at(session, made, first=date(2027, 12, 6))
    assert offer.expires_at == lapses

    late = seats.accept(session, SYSTEM, offer.id, at=lapses)
    assert late == TooLate(run.id, OfferState.LAPSED)
    (following,) = offers(session, run.id)  # the next is protected, and no job has run
    assert following.entry_id > offer.entry_id
    assert isinstance(book(session, run.id, make_student(session), at=lapses), Waiting)


def test_offer_is_accepted_a_minute_before_it_lapses(session: Session) -> None:
    run, offer = offered_at(session, FRIDAY, first=date(2027, 12, 6))
    at = offer.expires_at - timedelta(minutes=1)
    first = seats.accept(session, SYSTEM, offer.id, at=at)
    assert isinstance(first, Enrolled)
    again = seats.accept(session, SYSTEM, offer.id, at=at)
    assert again == Enrolled(run.id, first.enrolment_ids, already=True)
    assert taken(session, run.id) == 2


def test_lapsed_offer_goes_on_when_somebody_else_looks_first(session: Session) -> None:
    run, offer = offered_at(session, FRIDAY, first=date(2027, 12, 6))
    seats.refresh(session, run.id, at=offer.expires_at)
    assert offer.state is OfferState.LAPSED
    assert session.get_one(WaitEntry, offer.entry_id).state is WaitState.EXPIRED
    assert len(offers(session, run.id)) == 1


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(hours=30)])
def test_offer_never_outlives_the_start_of_the_first_session(
    session: Session, ahead: timedelta
) -> None:
    start = datetime(2027, 3, 2, 10, 0, tzinfo=UTC)
    _run, offer = offered_at(session, start - ahead, first=start.date())
    assert offer.expires_at == start


def test_offer_over_bank_holidays_depends_on_the_setting(
    session: Session, set_number: object
) -> None:
    set_number("enrolment:offer_hours", 24)  # type: ignore[operator]
    _run, offer = offered_at(session, FRIDAY, first=date(2027, 12, 6))
    assert offer.expires_at == datetime(2027, 1, 18, 16, 50, tzinfo=UTC)


def test_two_skips_hold_freed_places_for_the_party(session: Session) -> None:
    run = make_group(session, 6, first=date(2027, 6, 7))
    enrolments = fill(session, run.id, 6)
    waiting = book(session, run.id, *party(session))
    assert isinstance(waiting, Waiting)
    singles = [make_student(session) for _ in range(4)]
    for one in singles:
        book(session, run.id, one)
    for enrolment in enrolments[:3]:
        seats.withdraw(session, SYSTEM, enrolment, at=NOON)
    entry = session.get_one(WaitEntry, waiting.entry_id)
    # Two singles were offered; the third place is kept for the party.
    assert offered_people(session, run.id) == singles[:2]
    assert (entry.skips, entry.hold_until) == (2, NOON + 72 * HOUR)
    assert isinstance(book(session, run.id, make_student(session), at=NOON + HOUR), Waiting)

    seats.withdraw(session, SYSTEM, enrolments[3], at=NOON + 2 * HOUR)
    assert offered_people(session, run.id)[-1] == entry.person_id


def test_hold_that_is_over_lets_the_next_go_on(session: Session) -> None:
    run = make_group(session, 6, first=date(2027, 6, 7))
    enrolments = fill(session, run.id, 6)
    waiting = book(session, run.id, *party(session))
    assert isinstance(waiting, Waiting)
    singles = [make_student(session) for _ in range(3)]
    for one in singles:
        book(session, run.id, one)
    for enrolment in enrolments[:3]:
        seats.withdraw(session, SYSTEM, enrolment, at=NOON)
    # By then the first two offers have lapsed as well, so the party fits: keep those answered.
    for offer in offers(session, run.id):
        seats.accept(session, SYSTEM, offer.id, at=NOON + HOUR)
    seats.refresh(session, run.id, at=NOON + 72 * HOUR)
    assert offered_people(session, run.id) == [singles[2]]
    assert session.get_one(WaitEntry, waiting.entry_id).skips == 1


def test_public_booking_overtakes_nobody_while_an_offer_is_live(session: Session) -> None:
    run = make_group(session, 4, first=date(2027, 6, 7))
    enrolments = fill(session, run.id, 4)
    book(session, run.id, make_student(session))
    pair = book(session, run.id, *party(session))
    assert isinstance(pair, Waiting)
    seats.withdraw(session, SYSTEM, enrolments[0], at=NOON)  # offered to the single
    seats.withdraw(session, SYSTEM, enrolments[1], at=NOON)  # one place, and the party needs two
    newcomer = make_student(session)
    assert isinstance(book(session, run.id, newcomer, at=NOON + HOUR), Waiting)
    seats.refresh(session, run.id, at=NOON + HOUR)
    assert len(offers(session, run.id)) == 1
    seats.decline(session, SYSTEM, offers(session, run.id)[0].id, at=NOON + 2 * HOUR)
    assert offered_people(session, run.id) == [session.get_one(WaitEntry, pair.entry_id).person_id]


def test_public_booking_takes_what_nobody_in_the_list_can_use(session: Session) -> None:
    run = make_group(session, 3)
    enrolments = fill(session, run.id, 3)
    pair = book(session, run.id, *party(session))
    assert isinstance(pair, Waiting)
    seats.withdraw(session, SYSTEM, enrolments[0], at=NOON)
    assert isinstance(book(session, run.id, make_student(session)), Enrolled)
    assert session.get_one(WaitEntry, pair.entry_id).skips == 1


def test_who_waits_for_a_chair_is_not_overtaken_by_one_online(session: Session) -> None:
    run = make_group(session, 4, room=2, mode=Mode.BOTH)
    fill(session, run.id, 2)
    waiting = book(session, run.id, make_student(session))
    assert isinstance(waiting, Waiting)
    assert isinstance(book(session, run.id, student(make_student(session), ONLINE)), Enrolled)
    assert session.get_one(WaitEntry, waiting.entry_id).skips == 0


def test_hold_begins_when_a_place_is_free_not_when_somebody_asks(session: Session) -> None:
    run = make_group(session, 6, first=date(2027, 6, 7))
    enrolments = fill(session, run.id, 6)
    book(session, run.id, *party(session))
    for _ in range(2):
        book(session, run.id, make_student(session))
    for enrolment in enrolments[:2]:
        seats.withdraw(session, SYSTEM, enrolment, at=NOON)
    for offer in offers(session, run.id):
        seats.accept(session, SYSTEM, offer.id, at=NOON)
    seats.withdraw(session, SYSTEM, enrolments[2], at=NOON)
    held, free = NOON + 71 * HOUR, NOON + 72 * HOUR
    assert isinstance(book(session, run.id, make_student(session), at=held), Waiting)
    (entry,) = (one for one in session.scalars(sa.select(WaitEntry)) if one.joined_at == held)
    seats.leave_waiting(session, SYSTEM, entry.id, at=held)
    assert isinstance(book(session, run.id, make_student(session), at=free), Enrolled)


def test_who_leaves_a_run_is_in_nobodys_waiting_party_any_more(session: Session) -> None:
    run = make_group(session, 2)
    helper, asking = make_student(session), make_student(session)
    own = book(session, run.id, helper)
    fill(session, run.id, 1)
    together = book(session, run.id, asking, Body(person_id=helper, role=Role.SUPPORTER))
    assert isinstance(own, Enrolled)
    assert isinstance(together, Waiting)
    seats.withdraw(session, SYSTEM, own.enrolment_ids[0], at=NOON)
    (offer,) = offers(session, run.id)
    accepted = seats.accept(session, SYSTEM, offer.id, at=NOON)
    assert isinstance(accepted, Enrolled)
    assert len(accepted.enrolment_ids) == 1
    assert taken(session, run.id) == 2


def test_who_has_an_offer_answers_it_before_their_party_is_asked(session: Session) -> None:
    run = make_group(session, 2)
    enrolments = fill(session, run.id, 2)
    helper, asking = make_student(session), make_student(session)
    book(session, run.id, helper)
    book(session, run.id, asking, Body(person_id=helper, role=Role.SUPPORTER))
    for enrolment in enrolments:
        seats.withdraw(session, SYSTEM, enrolment, at=NOON)
    assert offered_people(session, run.id) == [helper]
    seats.accept(session, SYSTEM, offers(session, run.id)[0].id, at=NOON)
    assert offered_people(session, run.id) == [asking]
    assert taken(session, run.id) == 2


def test_mode_is_not_changed_into_a_chair_that_a_party_waits_for(session: Session) -> None:
    run = make_group(session, 4, room=2, mode=Mode.BOTH)
    fill(session, run.id, 1)
    online = book(session, run.id, student(make_student(session), ONLINE))
    assert isinstance(online, Enrolled)
    assert isinstance(book(session, run.id, *party(session)), Waiting)
    with pytest.raises(ModeFullError):
        seats.change_mode(session, SYSTEM, online.enrolment_ids[0], TakesPart.IN_PERSON, at=NOON)
