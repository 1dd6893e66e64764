"""Stopping somebody's places for a time: what is let go of, what stays, who looks at it, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import clock
from portal.app import Portal
from portal.audit.models import AuditPayload
from portal.courses.api import leads_from, led_session, sample_session
from portal.courses.models import CourseSession, Perspective
from portal.courses.services import leaders
from portal.desk.models import DeskTask
from portal.desk.queries import info_of
from portal.desk.services import log_try
from portal.enrolment import jobs
from portal.enrolment.blocking_models import AppealOutcome, Block, BlockAppeal, BlockEnd
from portal.enrolment.blocking_privacy import SOURCES
from portal.enrolment.models import (
    Enrolment,
    EnrolmentState,
    Role,
    Seat,
    WaitEntry,
    WaitState,
)
from portal.enrolment.notices.blocks import blocked_words, unblocked_words
from portal.enrolment.notices.places import left_words
from portal.enrolment.queries.blocks import block_at, blocked_among
from portal.enrolment.services import (
    appeals,
    block_tasks,
    blocked,
    blocks,
    merging,
    register,
    seats,
    spans,
)
from portal.enrolment.services.outcomes import (
    BlockedError,
    Body,
    Enrolled,
    Offered,
    RefusedError,
    Waiting,
)
from portal.messages.models import Message
from portal.plugin_api import SYSTEM, Actor, Recipient, Veto
from portal.plugin_api.events import OutboxEvent
from tests.factories.accounts import make_login
from tests.factories.enrolment import NOON, book, fill, make_group, make_student, student, taken

ZONE = "Europe/London"
LAST, REVIEW = date(2027, 2, 28), date(2027, 2, 1)
OVER = datetime(2027, 3, 1, 0, 0, tzinfo=UTC)
REASON = "Shouted at others, twice, after we had talked about it"


@pytest.fixture(autouse=True)
def noon(app: Portal) -> Iterator[None]:
    with app.test_request_context(), time_machine.travel(NOON, tick=False):
        yield


def coordinator(session: Session, name: str = "Alex") -> Actor:
    login = make_login(session, name=name, roles=("coordinator",))
    return Actor(person_id=login.person_id, name=name)


def decide(session: Session, person_id: int, actor: Actor = SYSTEM, **values: Any) -> int:
    given: dict[str, Any] = {
        "reason": REASON,
        "last_day": LAST,
        "review_on": REVIEW,
        "zone": ZONE,
        "at": NOON,
    }
    return blocks.decide(session, actor, person_id, **{**given, **values})


def state(session: Session, enrolment_id: int) -> tuple[EnrolmentState, str]:
    one = session.get_one(Enrolment, enrolment_id, populate_existing=True)
    return one.state, one.ended_why


def tasks(session: Session, kind: str) -> list[DeskTask]:
    found = sa.select(DeskTask).where(DeskTask.kind == kind, DeskTask.state == "open")
    return list(session.scalars(found.execution_options(populate_existing=True)))


def events(session: Session, name: str) -> list[dict[str, Any]]:
    found = sa.select(OutboxEvent.payload).where(OutboxEvent.type == f"enrolment:{name}")
    return list(session.scalars(found.order_by(OutboxEvent.id)))


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


# --- who looks at it again ------------------------------------------------------------------------------


def test_review_is_a_dated_task_for_somebody_else(session: Session) -> None:
    actor, other, person_id = (
        coordinator(session),
        coordinator(session, "Bo"),
        make_student(session),
    )
    block_id = decide(session, person_id, actor)
    (task,) = tasks(session, block_tasks.REVIEW)
    assert (task.due, task.person_id, task.link) == (
        REVIEW,
        person_id,
        f"/manage/stopped/{block_id}",
    )
    brief = block_tasks.review_brief(session, info_of(task))
    assert brief is not None
    assert "Alex" in str(brief.facts)
    assert REASON not in f"{brief} {task.about}"
    with pytest.raises(RefusedError):
        appeals.review(session, actor, block_id, stands=True, at=NOON)
    assert appeals.review(session, other, block_id, stands=True, at=NOON)
    assert tasks(session, block_tasks.REVIEW) == []
    assert block_at(session, person_id, NOON) is not None


def test_only_one_who_may_looks_at_their_own_decision(session: Session) -> None:
    actor, person_id = coordinator(session), make_student(session)
    block_id = decide(session, person_id, actor)
    assert appeals.review(session, actor, block_id, stands=False, at=NOON)
    assert block_at(session, person_id, NOON) is None


def administrator(session: Session, name: str) -> Actor:
    login = make_login(session, name=name, roles=("administrator",))
    return Actor(person_id=login.person_id, name=name)


def person(actor: Actor) -> int:
    assert actor.person_id is not None
    return actor.person_id


def test_two_who_decide_cannot_stop_each_other_in_turn(session: Session) -> None:
    alex, sam, kim = (administrator(session, name) for name in ("Alex", "Sam", "Kim"))
    first = decide(session, person(sam), alex)

    with pytest.raises(RefusedError):
        decide(session, person(alex), sam)
    assert blocked_among(session, [person(alex)], NOON) == frozenset()

    assert blocks.lift(session, kim, first, at=NOON)
    assert decide(session, person(alex), sam)  # it is no answer to a decision any more


def test_only_administrator_is_not_stopped(session: Session) -> None:
    alex, _, _ = administrator(session, "Alex"), coordinator(session, "Kim"), coordinator(session)

    with pytest.raises(RefusedError):
        decide(session, person(alex), coordinator(session, "Sam"))

    administrator(session, "Robin")
    assert decide(session, person(alex), coordinator(session, "Lee"))


def test_who_decides_is_stopped_only_where_a_third_can_look_at_it(session: Session) -> None:
    alex, sam = administrator(session, "Alex"), administrator(session, "Sam")
    student = make_student(session)

    with pytest.raises(RefusedError):
        decide(session, person(sam), alex)
    assert decide(session, student, alex)  # for a student there is Sam
    kim = coordinator(session, "Kim")
    block = session.get_one(Block, decide(session, person(sam), alex))

    able = [who for who in (alex, sam, kim) if appeals.may_look_again(session, who, block, NOON)]
    assert able == [kim]


def test_appeal_is_a_dated_task_and_its_answer_is_told(session: Session) -> None:
    actor, other, person_id = (
        coordinator(session),
        coordinator(session, "Bo"),
        make_student(session),
    )
    block_id = decide(session, person_id, actor)
    me = Actor(person_id=person_id)
    appeal_id = appeals.appeal(session, me, block_id, "It was not me", today=NOON.date(), at=NOON)
    again = appeals.appeal(session, me, block_id, "Twice", today=NOON.date(), at=NOON)
    assert again == appeal_id
    (task,) = tasks(session, block_tasks.APPEAL)
    assert task.due == date(2027, 1, 18)  # five working days
    log_try(session, actor, task.id, "done", tries=0, today=NOON.date())
    assert len(tasks(session, block_tasks.APPEAL)) == 1  # ticked off is not answered

    answer: dict[str, Any] = {"outcome": AppealOutcome.LIFTED, "words": "You are right", "at": NOON}
    with pytest.raises(RefusedError):
        appeals.answer(session, actor, appeal_id, **answer)
    with pytest.raises(RefusedError):
        appeals.answer(session, other, appeal_id, **{**answer, "words": " "})
    assert appeals.answer(session, other, appeal_id, **answer)
    assert not appeals.answer(session, other, appeal_id, **answer)
    assert tasks(session, block_tasks.APPEAL) == []
    assert block_at(session, person_id, NOON) is None


def test_appeal_after_the_end_is_refused_but_one_before_is_still_answered(
    session: Session,
) -> None:
    actor, person_id = coordinator(session), make_student(session)
    block_id = decide(session, person_id)
    words = {"today": LAST, "at": OVER - timedelta(minutes=1)}
    appeal_id = appeals.appeal(session, Actor(person_id=person_id), block_id, "No", **words)  # type: ignore[arg-type]
    assert session.get_one(BlockAppeal, appeal_id).written_by_id is None
    with time_machine.travel(OVER, tick=False):
        jobs.end_blocks(session)
    (task,) = tasks(session, block_tasks.APPEAL)
    assert block_tasks.appeal_brief(session, info_of(task)) is not None
    assert appeals.answer(
        session, actor, appeal_id, outcome=AppealOutcome.STANDS, words="Sorry", at=OVER
    )
    with pytest.raises(RefusedError):
        appeals.appeal(session, SYSTEM, block_id, "Late", today=LAST, at=OVER)


# --- what is told and kept ------------------------------------------------------------------------------


def test_reason_is_in_no_record_task_event_or_message(session: Session) -> None:
    run, person_id = make_group(session), make_student(session)
    made = book(session, run.id, person_id)
    assert isinstance(made, Enrolled)
    block_id = decide(session, person_id)
    audited = session.scalars(sa.select(AuditPayload)).all()
    assert not any(REASON in f"{one.reason} {one.details}" for one in audited)
    assert {"person_id": person_id, "block_id": block_id} in events(session, "person_blocked")
    to = Recipient(person_id, "Sam", "en")
    words = blocked_words(session, to, {"block": block_id})
    assert words is not None
    assert REASON not in str(words)
    assert "28 February" in words.text
    # One notice says it all: none for each place.
    assert left_words(session, to, {"enrolment": made.enrolment_ids[0]}) is None
    with time_machine.travel(OVER, tick=False):
        assert blocked_words(session, to, {"block": block_id}) is None
    told = session.scalars(sa.select(Message.purpose).where(Message.person_id == person_id)).all()
    assert told.count("enrolment:block") == 1


def test_merged_records_carry_the_block_and_keep_the_longer_one(session: Session) -> None:
    run = make_group(session)
    kept, gone = make_student(session), make_student(session)
    made = book(session, run.id, kept)
    assert isinstance(made, Enrolled)
    longer = decide(session, gone)
    merging.merge_people(session, kept, gone, at=NOON)
    merging.merge_people(session, kept, gone, at=NOON)
    standing = block_at(session, kept, NOON)
    assert standing is not None
    assert standing.id == longer
    assert state(session, made.enrolment_ids[0])[0] is EnrolmentState.RELEASED

    other = make_student(session)
    shorter = decide(session, other, last_day=LAST - timedelta(days=7))
    merging.merge_people(session, kept, other, at=NOON)
    standing = block_at(session, kept, NOON)
    assert standing is not None
    assert standing.id == longer
    assert session.get_one(Block, shorter).ended_how is BlockEnd.REPLACED


def test_merging_whoever_decided_with_whom_leaves_open_by_whom(session: Session) -> None:
    actor, person_id = coordinator(session), make_student(session)
    assert actor.person_id is not None
    block_id = decide(session, person_id, actor)
    merging.merge_people(session, person_id, actor.person_id, at=NOON)
    assert session.get_one(Block, block_id).by_id is None


def test_export_has_the_reason_and_erasing_forgets_it(session: Session) -> None:
    person_id = make_student(session)
    block_id = decide(session, person_id)
    appeals.appeal(
        session, Actor(person_id=person_id), block_id, "It was not me", today=LAST, at=NOON
    )
    given = {source.table: source.export(session, person_id) for source in SOURCES}
    assert given["block"][0]["reason"] == REASON
    assert given["block"][0]["review_on"] == "2027-02-01"
    assert given["block_appeal"][0]["words"] == "It was not me"
    for source in SOURCES:
        source.erase(session, person_id, "delete")
    session.expire_all()
    left = session.get_one(Block, block_id)
    assert REASON not in left.reason
    assert left.ended_at == clock.now()
    assert session.scalars(sa.select(BlockAppeal)).all() == []


def test_without_the_question_a_blocked_person_gets_a_place(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The defence is what refuses, and nothing else."""
    run, person_id = make_group(session), make_student(session)
    decide(session, person_id)
    monkeypatch.setattr(blocked, "refused_among", lambda *_: frozenset())
    assert isinstance(book(session, run.id, person_id), Enrolled | Offered)
