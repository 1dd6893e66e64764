"""A break: what is kept, what passes, what the register says of it, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import CourseSession
from portal.desk.models import DeskTask
from portal.enrolment import jobs, reminding
from portal.enrolment.models import (
    AttendanceMark,
    Mark,
    MarkChange,
    MarkedHow,
    Offer,
    Pause,
    PauseEnd,
    WaitEntry,
    WaitState,
)
from portal.enrolment.notices.pauses import over_words
from portal.enrolment.notices.places import offer_words
from portal.enrolment.privacy.pausing import SOURCES
from portal.enrolment.queries.pauses import missed_until, pause_at
from portal.enrolment.queries.waiting import place_in_list
from portal.enrolment.services import check_ins, marks, merging, pauses, seats, spans, wishes
from portal.enrolment.services.outcomes import Enrolled, RefusedError, Waiting
from portal.messages.models import Message
from portal.plugin_api import SYSTEM, Actor, Recipient
from portal.plugin_api.events import OutboxEvent
from tests.factories.enrolment import NOON, book, fill, make_group, make_student

ZONE = "Europe/London"
LAST = date(2027, 3, 10)  # after the second of three sessions: 1, 8 and 15 March
OVER = datetime(2027, 3, 11, 0, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(app: Portal) -> Iterator[None]:
    with app.test_request_context(), time_machine.travel(NOON, tick=False):
        yield


def begin(session: Session, person_id: int, **values: Any) -> int:
    given: dict[str, Any] = {"last_day": LAST, "zone": ZONE, "at": NOON}
    return pauses.begin(session, Actor(person_id=person_id), person_id, **{**given, **values})


def with_a_place(session: Session) -> tuple[int, int, list[int]]:
    """Somebody with a place; their id, their place's, and its sessions in order."""
    run, person_id = make_group(session), make_student(session)
    made = book(session, run.id, person_id)
    assert isinstance(made, Enrolled)
    found = sa.select(CourseSession.id).where(CourseSession.run_id == run.id)
    ids = session.scalars(found.order_by(CourseSession.number)).all()
    return person_id, made.enrolment_ids[0], list(ids)


def said(session: Session, enrolment_id: int) -> dict[int, Mark]:
    rows = session.execute(
        sa.select(AttendanceMark.session_id, AttendanceMark.mark).where(
            AttendanceMark.enrolment_id == enrolment_id
        )
    )
    return dict(rows.all())


def test_sessions_in_it_are_apologies_with_their_source_and_others_are_not(
    session: Session,
) -> None:
    person_id, place, (one, two, three) = with_a_place(session)
    begin(session, person_id)
    assert said(session, place) == {one: Mark.APOLOGIES, two: Mark.APOLOGIES}
    hows = session.scalars(sa.select(MarkChange.how).where(MarkChange.enrolment_id == place)).all()
    assert hows == [MarkedHow.PAUSE, MarkedHow.PAUSE]
    assert three not in said(session, place)


def test_nobody_is_reminded_of_sessions_in_it_and_of_later_ones_they_are(
    session: Session,
) -> None:
    person_id, _, _ = with_a_place(session)
    begin(session, person_id)

    def reminded(moment: datetime) -> int:
        with time_machine.travel(moment, tick=False):
            jobs.tend_pauses(session)
            reminding.remind(session)
        found = sa.select(sa.func.count()).where(
            Message.person_id == person_id, Message.purpose == "enrolment:reminder"
        )
        return session.scalar(found) or 0

    assert reminded(datetime(2027, 3, 8, 9, 0, tzinfo=UTC)) == 0
    assert reminded(datetime(2027, 3, 15, 9, 0, tzinfo=UTC)) == 1


def test_absence_in_it_opens_no_check_in(session: Session) -> None:
    person_id, place, (one, *_) = with_a_place(session)
    begin(session, person_id)
    at = datetime(2027, 3, 1, 12, 30, tzinfo=UTC)
    marks.put(session, SYSTEM, one, place, Mark.ABSENT, how=MarkedHow.FORM, at=at)
    run_id = session.get_one(CourseSession, one).run_id
    check_ins.follow(session, run_id, {place: one}, at=at, zone=ZONE)
    assert session.scalars(sa.select(DeskTask.kind)).all() == []


def test_they_may_come_to_one_all_the_same_and_it_is_not_put_again(session: Session) -> None:
    person_id, place, (one, two, _) = with_a_place(session)
    pause_id = begin(session, person_id)
    wishes.take_back_apology(session, SYSTEM, place, one, at=NOON)
    pauses.tend(session, pause_id, at=NOON)
    assert said(session, place) == {two: Mark.APOLOGIES}


def test_session_moved_into_it_is_excused_and_out_of_it_is_not(session: Session) -> None:
    person_id, place, (one, two, three) = with_a_place(session)
    pause_id = begin(session, person_id)
    moved = session.get_one(CourseSession, two)
    moved.starts_at, moved.ends_at = OVER + timedelta(days=2), OVER + timedelta(days=2, hours=2)
    near = session.get_one(CourseSession, three)
    near.starts_at, near.ends_at = OVER - timedelta(days=1), OVER - timedelta(hours=22)
    session.flush()
    pauses.tend(session, pause_id, at=NOON)
    assert said(session, place) == {one: Mark.APOLOGIES, three: Mark.APOLOGIES}


def test_back_early_takes_apologies_to_come_back_but_none_that_was_their_own(
    session: Session,
) -> None:
    person_id, place, (one, two, _) = with_a_place(session)
    wishes.apologise(session, SYSTEM, place, two, at=NOON)
    begin(session, person_id)
    assert pauses.resume(session, Actor(person_id=person_id), person_id, at=NOON)
    assert not pauses.resume(session, Actor(person_id=person_id), person_id, at=NOON)
    assert said(session, place) == {two: Mark.APOLOGIES}
    assert pause_at(session, person_id, NOON) is None
    begin(session, person_id, at=NOON + timedelta(minutes=1))  # and again
    assert said(session, place) == {one: Mark.APOLOGIES, two: Mark.APOLOGIES}


def test_places_pass_them_and_they_lose_nothing_in_the_list(session: Session) -> None:
    run = make_group(session, 1)
    (there,) = fill(session, run.id, 1)
    away, other = make_student(session), make_student(session)
    waits, behind = book(session, run.id, away), book(session, run.id, other)
    assert isinstance(waits, Waiting)
    assert isinstance(behind, Waiting)
    begin(session, away)
    seats.withdraw(session, SYSTEM, there, at=NOON)
    offer = session.scalars(sa.select(Offer)).one()
    assert offer.entry_id == behind.entry_id
    assert (
        session.get_one(WaitEntry, waits.entry_id).skips == 0
    )  # their own choice overtakes nobody
    place = place_in_list(session, waits.entry_id, NOON)
    assert place is not None
    assert (place.offer_id, place.position) == (None, 1)


def test_offer_made_in_the_moment_before_is_not_told(session: Session) -> None:
    run = make_group(session, 1)
    (there,) = fill(session, run.id, 1)
    away = make_student(session)
    book(session, run.id, away)
    seats.withdraw(session, SYSTEM, there, at=NOON)
    offer = session.scalars(sa.select(Offer)).one()
    assert offer_words(session, Recipient(away, "Sam", "en"), {"offer": offer.id}) is not None
    begin(session, away)
    assert offer_words(session, Recipient(away, "Sam", "en"), {"offer": offer.id}) is None


def test_offer_that_is_open_passes_when_it_begins_and_comes_again_when_they_are_back(
    session: Session,
) -> None:
    run = make_group(session, 1)
    (there,) = fill(session, run.id, 1)
    away = make_student(session)
    waits = book(session, run.id, away)
    assert isinstance(waits, Waiting)
    seats.withdraw(session, SYSTEM, there, at=NOON)
    begin(session, away)
    assert session.get_one(WaitEntry, waits.entry_id).state is WaitState.WAITING
    pauses.resume(session, Actor(person_id=away), away, at=NOON)
    assert session.get_one(WaitEntry, waits.entry_id).state is WaitState.OFFERED


def test_it_ends_by_itself_without_a_job_and_the_note_is_kind_and_once(session: Session) -> None:
    person_id, _, _ = with_a_place(session)
    pause_id = begin(session, person_id)
    assert pause_at(session, person_id, OVER - timedelta(seconds=1)) is not None
    assert pause_at(session, person_id, OVER) is None
    with time_machine.travel(OVER + timedelta(hours=1), tick=False):
        jobs.tend_pauses(session)
        jobs.tend_pauses(session)
        assert session.get_one(Pause, pause_id).ended_how is PauseEnd.OVER
        words = over_words(session, Recipient(person_id, "Sam", "en"), {"pause": pause_id})
    assert words is not None
    told = session.scalars(sa.select(Message.purpose).where(Message.person_id == person_id)).all()
    assert told.count("enrolment:break_over") == 1
    types = session.scalars(sa.select(OutboxEvent.type)).all()
    assert types.count("enrolment:person_paused") == 1
    assert types.count("enrolment:person_resumed") == 1


def test_courses_that_end_in_it_are_said_before(session: Session) -> None:
    person_id, place, _ = with_a_place(session)
    (some,) = missed_until(session, person_id, NOON, OVER)
    assert (some.enrolment_id, some.sessions, some.last) == (place, 2, False)
    (every,) = missed_until(session, person_id, NOON, OVER + timedelta(days=7))
    assert (every.sessions, every.last) == (3, True)


def test_it_lasts_no_longer_than_promised(
    session: Session, set_number: Callable[[str, int], None]
) -> None:
    person_id = make_student(session)
    for wrong in (NOON.date() - timedelta(days=1), NOON.date() + timedelta(weeks=12, days=1)):
        with pytest.raises(RefusedError) as refused:
            begin(session, person_id, last_day=wrong)
        assert refused.value.field == "last_day"
    set_number(spans.PAUSE_WEEKS, 1)
    with pytest.raises(RefusedError):
        begin(session, person_id)


def test_second_click_begins_no_second_one(session: Session) -> None:
    person_id = make_student(session)
    assert begin(session, person_id) == begin(session, person_id)


def test_merged_records_keep_the_longer_one(session: Session) -> None:
    kept, place, (one, two, three) = with_a_place(session)
    gone = make_student(session)
    begin(session, kept)
    longer = begin(session, gone, last_day=date(2027, 3, 20))
    merging.merge_people(session, kept, gone, at=NOON)
    merging.merge_people(session, kept, gone, at=NOON)
    standing = pause_at(session, kept, NOON)
    assert standing is not None
    assert standing.id == longer
    assert set(said(session, place)) == {one, two, three}


def test_export_has_it_and_erasing_deletes_it(session: Session) -> None:
    person_id = make_student(session)
    begin(session, person_id)
    (source,) = SOURCES
    (row,) = source.export(session, person_id)
    assert row["last_day"] == "2027-03-10"
    source.erase(session, person_id, "delete")
    assert session.scalars(sa.select(Pause)).all() == []
