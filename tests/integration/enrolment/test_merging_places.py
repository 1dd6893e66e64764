"""Two records of one person become one place; erasing somebody, and what they are given."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.enrolment.models import (
    Enrolment,
    EnrolmentState,
    Offer,
    OfferState,
    Role,
    Seat,
    WaitEntry,
    WaitState,
)
from portal.enrolment.privacy.places import SOURCES
from portal.enrolment.queries.waiting import waiting_for_run
from portal.enrolment.services import seats, wishes
from portal.enrolment.services.keeping_apart import keep_apart
from portal.enrolment.services.merging import merge_people
from portal.enrolment.services.outcomes import Body, Enrolled, Waiting
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import NOON, book, fill, make_group, make_student, taken

# Merging


def test_merging_two_places_on_one_run_frees_one_seat(session: Session) -> None:
    run = make_group(session, 2)
    kept, gone, waiting = (make_student(session) for _ in range(3))
    supporter = Body(person_id=kept, role=Role.SUPPORTER)
    session.flush()
    first = book(session, run.id, gone)
    assert isinstance(first, Enrolled)
    seats.withdraw(session, SYSTEM, first.enrolment_ids[0], at=NOON)
    student = make_student(session)
    run.learning_cap = 3
    session.flush()
    book(session, run.id, student, supporter)
    book(session, run.id, gone)
    assert isinstance(book(session, run.id, waiting), Waiting)

    for _ in range(2):  # safe to run twice
        merge_people(session, kept, gone, at=NOON)
        assert taken(session, run.id) == 3  # the third is offered to who waited
    enrolment = session.scalars(
        sa.select(Enrolment).where(
            Enrolment.person_id == kept, Enrolment.state == EnrolmentState.ENROLLED
        )
    ).one()
    assert enrolment.role is Role.STUDENT
    assert session.scalar(sa.select(Enrolment.id).where(Enrolment.person_id == gone)) is None
    assert session.scalars(sa.select(Offer.state)).all() == [OfferState.LIVE]


def test_merging_a_student_with_their_own_supporter_keeps_the_party_theirs(
    session: Session,
) -> None:
    run = make_group(session, 4)
    kept, gone = make_student(session), make_student(session)
    guest = Body(guest_name="Auntie Jo", role=Role.BUDDY)
    book(session, run.id, Body(person_id=gone), Body(person_id=kept, role=Role.SUPPORTER), guest)

    merge_people(session, kept, gone, at=NOON)
    assert taken(session, run.id) == 2
    enrolment_id = session.scalars(
        sa.select(Enrolment.id).where(
            Enrolment.person_id == kept, Enrolment.state == EnrolmentState.ENROLLED
        )
    ).one()
    seats.withdraw(session, SYSTEM, enrolment_id, at=NOON)

    assert taken(session, run.id) == 0  # the guest came only with them


def test_merging_somebody_who_waits_with_somebody_who_has_a_place(session: Session) -> None:
    run = make_group(session, 1)
    kept, gone = make_student(session), make_student(session)
    book(session, run.id, kept)
    waiting = book(session, run.id, gone)
    assert isinstance(waiting, Waiting)
    merge_people(session, kept, gone, at=NOON)
    entry = session.get_one(WaitEntry, waiting.entry_id)
    assert (entry.state, entry.ended_why, entry.person_id) == (WaitState.WITHDRAWN, "merged", kept)


def test_merging_two_waits_keeps_the_longer(session: Session) -> None:
    run = make_group(session, 1)
    fill(session, run.id, 1)
    kept, gone = make_student(session), make_student(session)
    longer = book(session, run.id, gone)
    book(session, run.id, kept)
    merge_people(session, kept, gone, at=NOON)
    (line,) = waiting_for_run(session, run.id, NOON)
    assert isinstance(longer, Waiting)
    assert (line.entry_id, line.person_id) == (longer.entry_id, kept)
    assert [body.person_id for body in line.bodies] == [kept]


def test_merging_moves_pairs_that_are_kept_apart(session: Session) -> None:
    run = make_group(session, 3)
    kept, gone, other = (make_student(session) for _ in range(3))
    keep_apart(session, SYSTEM, gone, other, at=NOON)
    keep_apart(session, SYSTEM, kept, other, at=NOON)
    keep_apart(session, SYSTEM, kept, gone, at=NOON)
    merge_people(session, kept, gone, at=NOON)
    book(session, run.id, other)
    assert isinstance(book(session, run.id, kept), Waiting)


# Erasure


def test_erasing_somebody_frees_their_places_and_takes_them_out_of_the_past(
    session: Session,
) -> None:
    run = make_group(session, 1)
    over = make_group(session, 3)
    person, waiting = make_student(session), make_student(session)
    book(session, over.id, person, Body(guest_name="Sam", role=Role.SUPPORTER))
    seats.end_run(session, over.id, completed=True, at=NOON)
    book(session, run.id, person)
    book(session, run.id, waiting)
    elsewhere = make_group(session, 1)
    fill(session, elsewhere.id, 1)
    book(session, elsewhere.id, person)
    for source in SOURCES:
        source.erase(session, person, "pseudonymise")
    session.flush()
    for source in SOURCES:
        assert source.export(session, person) == [], source.table
    assert session.scalars(sa.select(Seat.person_id).where(Seat.run_id == run.id)).all() == [
        waiting
    ]
    assert waiting_for_run(session, elsewhere.id, NOON) == []
    completed = sa.select(Enrolment.guest_name).where(Enrolment.run_id == over.id)
    assert sorted(session.scalars(completed)) == ["Sam", "–"]


def test_export_holds_what_is_kept_about_somebody(session: Session) -> None:
    run = make_group(session, 1)
    person = make_student(session)
    made = book(session, run.id, person)
    assert isinstance(made, Enrolled)
    wishes.share_needs(session, made.enrolment_ids[0], "By the door, please", at=NOON)
    rows = {source.table: source.export(session, person) for source in SOURCES}
    assert rows["enrolment"][0]["run_id"] == run.id
    assert rows["shareable_need"][0]["words"] == "By the door, please"
    assert len(rows["seat"]) == 1
