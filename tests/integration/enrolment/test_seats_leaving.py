"""The seat engine: each click once, who leaves, who is kept apart, who cannot be reached."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from portal.enrolment.models import OfferState
from portal.enrolment.queries.waiting import place_in_list
from portal.enrolment.services import seats
from portal.enrolment.services.outcomes import Enrolled, Offered, Waiting
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import NOON, book, fill, make_group, make_student, taken
from tests.integration.enrolment.seating import FRIDAY, HOUR, offered_at, offered_people, offers


def test_second_click_has_one_effect(session: Session) -> None:
    run = make_group(session, 1)
    one, two = make_student(session), make_student(session)
    first = book(session, run.id, one)
    assert isinstance(first, Enrolled)
    assert book(session, run.id, one) == Enrolled(run.id, first.enrolment_ids, already=True)
    waiting = book(session, run.id, two)
    assert isinstance(waiting, Waiting)
    assert book(session, run.id, two) == Waiting(run.id, waiting.entry_id, 1, already=True)
    seats.withdraw(session, SYSTEM, first.enrolment_ids[0], at=NOON)
    (offer,) = offers(session, run.id)
    assert book(session, run.id, two) == Offered(
        run.id, waiting.entry_id, offer.id, offer.expires_at
    )
    assert taken(session, run.id) == 1


def test_leaving_the_list_hands_the_offered_place_on(session: Session) -> None:
    run, offer = offered_at(session, FRIDAY, first=date(2027, 12, 6))
    assert seats.leave_waiting(session, SYSTEM, offer.entry_id, at=FRIDAY + HOUR)
    assert offer.state is OfferState.WITHDRAWN
    assert len(offers(session, run.id)) == 1
    assert not seats.leave_waiting(session, SYSTEM, offer.entry_id, at=FRIDAY + HOUR)


def test_withdrawing_twice_frees_one_place(session: Session) -> None:
    run = make_group(session, 2)
    enrolments = fill(session, run.id, 2)
    assert seats.withdraw(session, SYSTEM, enrolments[0], at=NOON)
    assert not seats.withdraw(session, SYSTEM, enrolments[0], at=NOON)
    assert taken(session, run.id) == 1


def test_who_is_kept_apart_waits_without_being_told_why(session: Session) -> None:
    from portal.enrolment.services.keeping_apart import keep_apart

    run = make_group(session, 6)
    one, other, third = (make_student(session) for _ in range(3))
    keep_apart(session, SYSTEM, one, other, at=NOON)
    first = book(session, run.id, one)
    assert isinstance(first, Enrolled)
    waiting = book(session, run.id, other)
    assert isinstance(waiting, Waiting)
    assert isinstance(book(session, run.id, third), Enrolled)  # nobody else notices
    seats.refresh(session, run.id, at=NOON, changed=True)
    assert offers(session, run.id) == []
    seats.withdraw(session, SYSTEM, first.enrolment_ids[0], at=NOON)
    assert offered_people(session, run.id) == [other]
    assert isinstance(book(session, run.id, one), Waiting)


def test_unreached_person_keeps_their_place_and_the_next_is_offered(session: Session) -> None:
    run, offer = offered_at(session, FRIDAY, first=date(2027, 12, 6), email=False)
    assert offer.clock_starts_at is None
    # Five working days: until Friday week.
    assert offer.expires_at == datetime(2027, 1, 22, 16, 50, tzinfo=UTC)
    for tried in (1, 2, 3):
        assert seats.log_contact(session, SYSTEM, offer.id, reached=False, at=FRIDAY + tried * HOUR)
    assert offer.state is OfferState.UNREACHED
    (following,) = offers(session, run.id)
    assert following.entry_id > offer.entry_id
    place = place_in_list(session, offer.entry_id, FRIDAY + 4 * HOUR)
    assert place is not None
    assert (place.position, place.offer_id) == (1, None)

    seats.decline(session, SYSTEM, following.id, at=FRIDAY + 5 * HOUR)  # another chance
    (again,) = offers(session, run.id)
    assert again.entry_id == offer.entry_id


def test_unreached_person_alone_in_the_list_does_not_keep_others_out(session: Session) -> None:
    run = make_group(session, 1)
    enrolments = fill(session, run.id, 1)
    book(session, run.id, make_student(session, email=False))
    seats.withdraw(session, SYSTEM, enrolments[0], at=NOON)
    (offer,) = offers(session, run.id)
    seats.refresh(session, run.id, at=offer.expires_at)
    assert offers(session, run.id) == []
    assert isinstance(book(session, run.id, make_student(session), at=offer.expires_at), Enrolled)


def test_clock_of_a_person_without_email_starts_when_they_are_reached(session: Session) -> None:
    _run, offer = offered_at(session, FRIDAY, first=date(2027, 12, 6), email=False)
    monday = datetime(2027, 1, 18, 9, 0, tzinfo=UTC)
    seats.log_contact(session, SYSTEM, offer.id, reached=True, at=monday)
    assert (offer.clock_starts_at, offer.expires_at) == (monday, monday + 48 * HOUR)
    seats.log_contact(session, SYSTEM, offer.id, reached=True, at=monday + HOUR)
    assert offer.clock_starts_at == monday
