"""Places are stopped for somebody: what is let go of, what is refused, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.api import leads_from, led_session, sample_session
from portal.courses.models import CourseSession, Perspective
from portal.courses.services import leaders
from portal.enrolment import jobs
from portal.enrolment.models import (
    Block,
    BlockEnd,
    EnrolmentState,
    Role,
    Seat,
    WaitEntry,
    WaitState,
)
from portal.enrolment.notices.blocks import unblocked_words
from portal.enrolment.queries.blocks import block_at, blocked_among
from portal.enrolment.services import (
    appeals,
    block_tasks,
    blocks,
    register,
    seats,
    spans,
)
from portal.enrolment.services.outcomes import (
    BlockedError,
    Body,
    Enrolled,
    RefusedError,
    Waiting,
)
from portal.plugin_api import SYSTEM, Recipient, Veto
from tests.factories.enrolment import NOON, book, fill, make_group, make_student, student, taken
from tests.integration.enrolment.blocking import (
    LAST,
    OVER,
    REVIEW,
    coordinator,
    decide,
    events,
    state,
    tasks,
)


@pytest.fixture(autouse=True)
def noon(app: Portal) -> Iterator[None]:
    with app.test_request_context(), time_machine.travel(NOON, tick=False):
        yield


# --- what is let go of, and what stays -------------------------------------------------------------------


def test_places_to_come_go_to_the_next_and_companions_leave_too(session: Session) -> None:
    run = make_group(session, 2)
    person_id = make_student(session)
    made = book(session, run.id, student(person_id), Body(guest_name="Ada", role=Role.SUPPORTER))
    next_id = make_student(session)
    waits = book(session, run.id, next_id)
    assert isinstance(made, Enrolled)
    assert isinstance(waits, Waiting)

    decide(session, person_id)

    theirs, guest = made.enrolment_ids
    assert state(session, theirs) == (EnrolmentState.RELEASED, "blocked")
    assert state(session, guest) == (EnrolmentState.RELEASED, "came_with")
    assert session.get_one(WaitEntry, waits.entry_id).state is WaitState.OFFERED
    assert session.scalar(sa.select(Seat.id).where(Seat.person_id == person_id)) is None


def test_waits_offers_and_parties_of_others_let_go(session: Session) -> None:
    person_id = make_student(session)
    waits_in, offered_in, party_in = (make_group(session, cap) for cap in (1, 1, 2))
    fill(session, party_in.id, 1)
    fill(session, waits_in.id, 1)
    wait = book(session, waits_in.id, person_id)
    (first,) = fill(session, offered_in.id, 1)
    offer = book(session, offered_in.id, person_id)
    seats.withdraw(session, SYSTEM, first, at=NOON)
    party = book(
        session,
        party_in.id,
        student(make_student(session)),
        Body(person_id=person_id, role=Role.SUPPORTER),
    )
    assert isinstance(wait, Waiting)
    assert isinstance(offer, Waiting)
    assert isinstance(party, Waiting)
    assert session.get_one(WaitEntry, offer.entry_id).state is WaitState.OFFERED

    decide(session, person_id)

    for entry_id in (wait.entry_id, offer.entry_id):
        assert session.get_one(WaitEntry, entry_id).state is WaitState.WITHDRAWN
    # The other one waited for two places where one was free; without a companion they get it.
    assert session.get_one(WaitEntry, party.entry_id).state is not WaitState.WITHDRAWN
    assert taken(session, offered_in.id) == 0


def test_what_was_stays_as_it_was(session: Session) -> None:
    over = make_group(session, sessions=1, first=date(2026, 11, 2))
    person_id = make_student(session)
    made = book(session, over.id, person_id, at=datetime(2026, 10, 1, tzinfo=UTC))
    assert isinstance(made, Enrolled)
    decide(session, person_id)
    assert state(session, made.enrolment_ids[0]) == (EnrolmentState.ENROLLED, "")


def test_sessions_to_come_are_led_by_others_and_show_as_at_risk(session: Session) -> None:
    run = make_group(session, sessions=2)
    leader, other = make_student(session), make_student(session)
    coming = session.scalars(
        sa.select(CourseSession.id).where(CourseSession.run_id == run.id)
    ).all()
    past = make_group(session, sessions=1, first=date(2026, 11, 2))
    (was,) = session.scalars(sa.select(CourseSession.id).where(CourseSession.run_id == past.id))
    for session_id in (*coming, was):
        leaders.assign(session, SYSTEM, session_id, leader, Perspective.LIVED)
        leaders.assign(session, SYSTEM, session_id, other, Perspective.PROFESSIONAL)

    decide(session, leader)

    assert leads_from(session, leader, NOON) == []
    assert all(leaders.at_risk(session, session_id) for session_id in coming)
    assert not leaders.at_risk(session, was)
    with pytest.raises(Veto):
        leaders.assign(session, SYSTEM, coming[0], leader, Perspective.LIVED)
    with time_machine.travel(OVER, tick=False):
        leaders.assign(session, SYSTEM, coming[0], leader, Perspective.LIVED)


# --- what is refused ------------------------------------------------------------------------------------


def test_new_places_are_refused_until_the_last_day_is_over_without_any_job(
    session: Session,
) -> None:
    run, full = make_group(session), make_group(session, 1, first=date(2027, 3, 8))
    fill(session, full.id, 1)
    person_id = make_student(session)
    decide(session, person_id)
    for run_id in (run.id, full.id):
        with pytest.raises(BlockedError):
            book(session, run_id, person_id)
        with pytest.raises(BlockedError):
            book(session, run_id, person_id, override="one more")
    late = OVER - timedelta(seconds=1)
    with pytest.raises(BlockedError):
        book(session, run.id, person_id, at=late)
    assert isinstance(book(session, run.id, person_id, at=OVER), Enrolled)


def test_visitor_without_a_place_is_refused_too(session: Session) -> None:
    person_id = make_student(session)
    _, session_id = sample_session(session, NOON.date())
    one = led_session(session, session_id)
    assert one is not None
    decide(session, person_id)
    with pytest.raises(BlockedError):
        register.welcome(
            session, SYSTEM, one, person_id=person_id, name="", key="k", at=NOON, visit=True
        )


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("reason", {"reason": "  "}),
        ("last_day", {"last_day": NOON.date()}),
        ("last_day", {"last_day": NOON.date() + timedelta(weeks=26, days=1)}),
        ("review_on", {"review_on": NOON.date()}),
        ("review_on", {"review_on": LAST}),
    ],
)
def test_decision_needs_a_reason_an_end_and_a_review_before_it(
    session: Session, field: str, values: dict[str, Any]
) -> None:
    person_id = make_student(session)
    with pytest.raises(RefusedError) as refused:
        decide(session, person_id, **values)
    assert refused.value.field == field
    assert block_at(session, person_id, NOON) is None


def test_longest_block_is_a_setting(
    session: Session, set_number: Callable[[str, int], None]
) -> None:
    set_number(spans.BLOCK_WEEKS, 2)
    with pytest.raises(RefusedError):
        decide(session, make_student(session))


def test_nobody_decides_about_themselves(session: Session) -> None:
    actor, _ = coordinator(session), coordinator(session, "Bo")
    assert actor.person_id is not None
    with pytest.raises(RefusedError):
        decide(session, actor.person_id, actor)
    block_id = decide(session, actor.person_id)
    with pytest.raises(RefusedError):
        blocks.lift(session, actor, block_id, at=NOON)
    with pytest.raises(RefusedError):
        appeals.review(session, actor, block_id, stands=False, at=NOON)


def test_schema_refuses_a_block_by_oneself_and_a_second_open_one(session: Session) -> None:
    actor, person_id = coordinator(session), make_student(session)
    decide(session, person_id)
    for who, by in ((actor.person_id, actor.person_id), (person_id, actor.person_id)):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(
                sa.insert(Block).values(
                    person_id=who,
                    by_id=by,
                    reason="x",
                    starts_at=NOON,
                    ends_at=OVER,
                    last_day=LAST,
                    review_on=REVIEW,
                )
            )


# --- how it ends ----------------------------------------------------------------------------------------


def test_block_is_never_extended_without_a_new_decision(session: Session) -> None:
    person_id = make_student(session)
    first = decide(session, person_id)
    with pytest.raises(RefusedError):
        decide(session, person_id, last_day=LAST + timedelta(weeks=2))
    later = decide(session, person_id, last_day=LAST + timedelta(weeks=2), instead_of=first)
    standing = block_at(session, person_id, OVER)
    assert standing is not None
    assert standing.id == later
    assert session.get_one(Block, first).ended_how is BlockEnd.REPLACED
    assert events(session, "person_unblocked") == []


def test_decision_after_one_that_is_over_needs_no_job_first(session: Session) -> None:
    person_id = make_student(session)
    first = decide(session, person_id)
    decide(
        session,
        person_id,
        at=OVER,
        last_day=LAST + timedelta(weeks=4),
        review_on=LAST + timedelta(weeks=2),
    )
    assert session.get_one(Block, first).ended_how is BlockEnd.OVER


def test_lifted_block_is_over_at_once_and_told_once(session: Session) -> None:
    actor, person_id = coordinator(session), make_student(session)
    block_id = decide(session, person_id, actor)
    assert blocks.lift(session, actor, block_id, at=NOON)
    assert not blocks.lift(session, actor, block_id, at=NOON)
    assert blocked_among(session, [person_id], NOON) == frozenset()
    assert len(events(session, "person_unblocked")) == 1
    assert tasks(session, block_tasks.REVIEW) == []


def test_job_only_says_that_it_is_over(session: Session) -> None:
    person_id = make_student(session)
    block_id = decide(session, person_id)
    jobs.end_blocks(session)
    assert session.get_one(Block, block_id).ended_at is None
    with time_machine.travel(OVER + timedelta(hours=3), tick=False):
        jobs.end_blocks(session)
        jobs.end_blocks(session)
        ended = session.get_one(Block, block_id)
        assert (ended.ended_at, ended.ended_how) == (OVER, BlockEnd.OVER)
        to = Recipient(person_id, "Sam", "en")
        assert unblocked_words(session, to, {"block": block_id}) is not None
    assert len(events(session, "person_unblocked")) == 1
