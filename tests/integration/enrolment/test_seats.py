"""The seat engine: the numbered examples of the college's rules, and the rules around them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import CourseSession, Mode, Perspective, Run, SessionState, Venue
from portal.enrolment.models import (
    Enrolment,
    EnrolmentState,
    How,
    Offer,
    OfferState,
    Role,
    Seat,
    TakesPart,
    WaitEntry,
    WaitState,
)
from portal.enrolment.queries.waiting import place_in_list
from portal.enrolment.services import seats
from portal.enrolment.services.outcomes import (
    Body,
    ClosedError,
    Enrolled,
    ModeFullError,
    Offered,
    PartyError,
    TooLate,
    Waiting,
)
from portal.plugin_api import SYSTEM
from tests.factories.courses import make_assignment
from tests.factories.enrolment import NOON, book, fill, make_group, make_student, student, taken

ONLINE = TakesPart.ONLINE
HOUR = timedelta(hours=1)


def party(session: Session, size: int = 2, mode: TakesPart = TakesPart.IN_PERSON) -> list[Body]:
    guests = [
        Body(guest_name=f"Guest {n}", role=Role.SUPPORTER, mode=mode) for n in range(size - 1)
    ]
    return [student(make_student(session), mode), *guests]


def offers(session: Session, run_id: int) -> list[Offer]:
    found = sa.select(Offer).where(Offer.run_id == run_id, Offer.state == OfferState.LIVE)
    return list(session.scalars(found.order_by(Offer.id)))


def offered_people(session: Session, run_id: int) -> list[int | None]:
    return [session.get_one(WaitEntry, one.entry_id).person_id for one in offers(session, run_id)]


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


FRIDAY = datetime(2027, 1, 15, 16, 50, tzinfo=UTC)


def offered_at(
    session: Session, at: datetime, first: date, email: bool = True
) -> tuple[Run, Offer]:
    run = make_group(session, 2, first=first)
    enrolments = fill(session, run.id, 2, at=at)
    book(session, run.id, make_student(session, email=email), at=at)
    book(session, run.id, make_student(session), at=at)
    seats.withdraw(session, SYSTEM, enrolments[0], at=at)
    (offer,) = offers(session, run.id)
    return run, offer


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


def test_room_less_those_who_lead_is_the_most_in_person(session: Session) -> None:
    run = make_group(session, 12, room=6)
    for number in (1, 2):
        one = make_student(session)
        meeting = session.scalars(sa.select(_sessions(run.id, number))).one()
        make_assignment(session, meeting.id, one, Perspective.LIVED)
        if number == 2:
            make_assignment(session, meeting.id, make_student(session), Perspective.SUBJECT)
    outcomes = [book(session, run.id, make_student(session)) for _ in range(6)]
    assert [type(one) for one in outcomes] == [Enrolled] * 4 + [Waiting] * 2


def _sessions(run_id: int, number: int) -> type:
    from portal.courses.models import CourseSession

    return sa.orm.aliased(
        CourseSession,
        sa.select(CourseSession)
        .where(CourseSession.run_id == run_id, CourseSession.number == number)
        .subquery(),
    )


def test_smallest_room_counts_until_its_session_is_over_or_cancelled(session: Session) -> None:
    run = make_group(session, 5, room=5)
    small = Venue(slug="small", name="Small", capacity=2)
    session.add(small)
    session.flush()
    second = (
        session.scalars(
            sa.select(Run).where(Run.id == run.id).options(sa.orm.selectinload(Run.sessions))
        )
        .one()
        .sessions[1]
    )
    second.venue_id = small.id
    session.flush()
    fill(session, run.id, 2)
    waiting = make_student(session)
    assert isinstance(book(session, run.id, waiting), Waiting)
    second.state, second.reason = SessionState.CANCELLED, "The boiler"
    session.flush()
    seats.refresh(session, run.id, at=NOON, changed=True)
    assert offered_people(session, run.id) == [waiting]


def test_room_of_a_session_that_is_over_limits_nobody(session: Session) -> None:
    run = make_group(session, 3, room=3)
    small = Venue(slug="small", name="Small", capacity=1)
    session.add(small)
    session.flush()
    meetings = session.scalars(
        sa.select(CourseSession)
        .where(CourseSession.run_id == run.id)
        .order_by(CourseSession.number)
    ).all()
    meetings[0].venue_id = small.id
    session.flush()
    fill(session, run.id, 1)
    waiting = make_student(session)
    assert isinstance(book(session, run.id, waiting), Waiting)
    seats.refresh(session, run.id, at=meetings[0].ends_at - timedelta(seconds=1))
    assert offers(session, run.id) == []
    seats.refresh(session, run.id, at=meetings[0].ends_at)
    assert offered_people(session, run.id) == [waiting]


def test_who_has_a_place_and_waits_for_a_supporter_needs_one_more(session: Session) -> None:
    run = make_group(session, 3)
    asking = make_student(session)
    book(session, run.id, asking)
    enrolments = fill(session, run.id, 2)
    helper = Body(person_id=make_student(session), role=Role.SUPPORTER)
    assert isinstance(book(session, run.id, asking, helper), Waiting)
    seats.withdraw(session, SYSTEM, enrolments[0], at=NOON)
    (offer,) = offers(session, run.id)
    accepted = seats.accept(session, SYSTEM, offer.id, at=NOON)
    assert isinstance(accepted, Enrolled)
    assert len(accepted.enrolment_ids) == 2
    assert taken(session, run.id) == 3


@pytest.mark.parametrize("lower", [3, 1])
def test_lowered_capacity_honours_everybody_and_offers_nothing(
    session: Session, lower: int
) -> None:
    run = make_group(session, 4)
    enrolments = fill(session, run.id, 4)
    book(session, run.id, make_student(session))
    run.learning_cap = lower
    session.flush()
    seats.refresh(session, run.id, at=NOON, changed=True)
    assert taken(session, run.id) == 4
    for enrolment in enrolments[: 4 - lower]:
        seats.withdraw(session, SYSTEM, enrolment, at=NOON)
    assert offers(session, run.id) == []
    seats.withdraw(session, SYSTEM, enrolments[-1], at=NOON)
    assert len(offers(session, run.id)) == 1


def test_live_offer_is_honoured_when_capacity_is_lowered(session: Session) -> None:
    run, offer = offered_at(session, FRIDAY, first=date(2027, 12, 6))
    run.learning_cap = 1
    session.flush()
    assert isinstance(seats.accept(session, SYSTEM, offer.id, at=FRIDAY + HOUR), Enrolled)


def test_supporter_leaves_with_the_student(session: Session) -> None:
    run = make_group(session, 4)
    supporter = make_student(session)
    made = book(
        session, run.id, make_student(session), Body(person_id=supporter, role=Role.SUPPORTER)
    )
    assert isinstance(made, Enrolled)
    seats.withdraw(session, SYSTEM, made.enrolment_ids[0], at=NOON)
    states = [session.get_one(Enrolment, one).state for one in made.enrolment_ids]
    assert states == [EnrolmentState.WITHDRAWN, EnrolmentState.RELEASED]
    assert taken(session, run.id) == 0


def test_supporter_of_two_students_stays_for_the_other(session: Session) -> None:
    run = make_group(session, 4)
    helper = Body(person_id=make_student(session), role=Role.SUPPORTER)
    one = book(session, run.id, make_student(session), helper)
    two = book(session, run.id, make_student(session), helper)
    assert isinstance(one, Enrolled)
    assert isinstance(two, Enrolled)
    assert taken(session, run.id) == 3
    seats.withdraw(session, SYSTEM, one.enrolment_ids[0], at=NOON)
    assert taken(session, run.id) == 2
    seats.withdraw(session, SYSTEM, two.enrolment_ids[0], at=NOON)
    assert taken(session, run.id) == 0


def test_supporter_who_is_a_student_too_is_one_body(session: Session) -> None:
    run = make_group(session, 2)
    helper = make_student(session)
    made = book(session, run.id, make_student(session), Body(person_id=helper, role=Role.SUPPORTER))
    own = book(session, run.id, helper)
    assert isinstance(made, Enrolled)
    assert own == Enrolled(run.id, (made.enrolment_ids[1],))
    assert taken(session, run.id) == 2
    seats.withdraw(session, SYSTEM, made.enrolment_ids[0], at=NOON)
    assert session.get_one(Enrolment, made.enrolment_ids[1]).state is EnrolmentState.ENROLLED


def test_student_who_supports_somebody_keeps_one_seat(session: Session) -> None:
    run = make_group(session, 2)
    helper = make_student(session)
    book(session, run.id, helper)
    made = book(session, run.id, make_student(session), Body(person_id=helper, role=Role.SUPPORTER))
    assert isinstance(made, Enrolled)
    assert taken(session, run.id) == 2


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


def test_mode_changes_where_there_is_room_and_nobody_waits_for_it(session: Session) -> None:
    run = make_group(session, 4, room=2, mode=Mode.BOTH)
    chairs = fill(session, run.id, 2)
    waiting = make_student(session)
    book(session, run.id, waiting)
    online = book(session, run.id, student(make_student(session), ONLINE))
    assert isinstance(online, Enrolled)
    with pytest.raises(ModeFullError):
        seats.change_mode(session, SYSTEM, online.enrolment_ids[0], TakesPart.IN_PERSON, at=NOON)
    seats.change_mode(session, SYSTEM, chairs[0], ONLINE, at=NOON)
    assert offered_people(session, run.id) == [waiting]
    assert session.get_one(Enrolment, chairs[0]).mode is ONLINE


@pytest.mark.parametrize("values", [{"published_at": None}, {"state": "cancelled"}])
def test_run_that_takes_nobody_is_refused(session: Session, values: dict[str, object]) -> None:
    if values.get("state") == "cancelled":
        values["cancelled_reason"] = "Snow"
    run = make_group(session, 4, **values)
    with pytest.raises(ClosedError):
        book(session, run.id, make_student(session))


def test_run_whose_last_session_has_begun_takes_walk_ins_alone(session: Session) -> None:
    run = make_group(session, 4, sessions=1)
    begun = datetime(2027, 3, 1, 10, 30, tzinfo=UTC)
    with pytest.raises(ClosedError):
        book(session, run.id, make_student(session), at=begun)
    assert isinstance(
        book(session, run.id, make_student(session), at=begun, how=How.WALK_IN), Enrolled
    )


def test_late_joiner_counts_from_the_next_session(session: Session) -> None:
    run = make_group(session, 4, sessions=3)
    between = datetime(2027, 3, 10, 9, 0, tzinfo=UTC)
    made = book(session, run.id, make_student(session), at=between)
    assert isinstance(made, Enrolled)
    assert theirs(session, made) == [3]


def theirs(session: Session, made: Enrolled) -> list[int]:
    """The numbers of the sessions that count for a place, in the order in which they are held."""
    place = session.get_one(Enrolment, made.enrolment_ids[0])
    meetings = sa.select(CourseSession.number).where(CourseSession.run_id == place.run_id)
    return list(
        session.scalars(
            meetings.where(CourseSession.starts_at >= place.from_at).order_by(
                CourseSession.starts_at
            )
        )
    )


def test_late_joiner_comes_to_a_session_that_was_moved_to_the_end(session: Session) -> None:
    run = make_group(session, 4, sessions=4)
    second = session.scalars(
        sa.select(CourseSession).where(CourseSession.run_id == run.id, CourseSession.number == 2)
    ).one()
    second.starts_at += timedelta(weeks=3)
    second.ends_at += timedelta(weeks=3)
    between = datetime(2027, 3, 10, 9, 0, tzinfo=UTC)  # after the first; the third is next
    made = book(session, run.id, make_student(session), at=between)
    assert isinstance(made, Enrolled)
    assert theirs(session, made) == [3, 4, 2]

    after = datetime(2027, 3, 16, 9, 0, tzinfo=UTC)  # the third is over: it is not theirs
    later = book(session, run.id, make_student(session), at=after)
    assert isinstance(later, Enrolled)
    assert theirs(session, later) == [4, 2]


def test_session_that_is_moved_nearer_stays_theirs(session: Session) -> None:
    run = make_group(session, 4, sessions=2)
    made = book(session, run.id, make_student(session))
    assert isinstance(made, Enrolled)
    first = session.scalars(
        sa.select(CourseSession).where(CourseSession.run_id == run.id, CourseSession.number == 1)
    ).one()
    first.starts_at -= timedelta(days=3)
    session.flush()
    assert theirs(session, made) == [1, 2]


@pytest.mark.parametrize(
    "bodies",
    [
        [],
        [Body(guest_name="Sam")],
        [Body(person_id=1, role=Role.SUPPORTER)],
        [Body(person_id=1), Body(person_id=1, role=Role.SUPPORTER)],
        [Body(person_id=1), Body(guest_name="Ama")],
        [Body(person_id=1), Body(guest_name=" ", role=Role.BUDDY)],
        [Body(person_id=1, mode=ONLINE)],
    ],
)
def test_bodies_that_make_no_party_are_refused(session: Session, bodies: list[Body]) -> None:
    run = make_group(session, 4)
    with pytest.raises(PartyError):
        seats.book(session, SYSTEM, run.id, bodies, at=NOON)


def test_end_of_a_run_completes_places_and_empties_the_list(session: Session) -> None:
    run = make_group(session, 2)
    enrolments = fill(session, run.id, 2)
    waiting = book(session, run.id, make_student(session))
    assert isinstance(waiting, Waiting)
    assert seats.end_run(session, run.id, completed=True, at=NOON) == 2
    assert session.get_one(Enrolment, enrolments[0]).state is EnrolmentState.COMPLETED
    assert session.get_one(WaitEntry, waiting.entry_id).state is WaitState.EXPIRED
    session.refresh(run)
    assert (taken(session, run.id), run.seats_taken) == (0, 2)


@pytest.mark.parametrize("same", ["number", "place", "person_id"])
def test_two_units_past_the_lock_collide_in_the_schema(session: Session, same: str) -> None:
    run, other = make_group(session, 2), make_group(session, 2)
    fill(session, run.id, 1)
    (borrowed,) = fill(session, other.id, 1)  # an enrolment to point at
    session.execute(sa.delete(Seat).where(Seat.enrolment_id == borrowed))
    held = session.scalars(sa.select(Seat).where(Seat.run_id == run.id)).one()
    values = {"number": 2, "place": 2, "person_id": make_student(session)}
    values[same] = getattr(held, same)
    session.add(Seat(run_id=run.id, mode=held.mode, enrolment_id=borrowed, **values))
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


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
