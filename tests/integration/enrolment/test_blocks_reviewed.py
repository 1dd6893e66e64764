"""Somebody else looks at a decision again, and its reason stays among few."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal import clock
from portal.app import Portal
from portal.audit.models import AuditPayload
from portal.desk.queries import info_of
from portal.desk.services import log_try
from portal.enrolment import jobs
from portal.enrolment.models import AppealOutcome, Block, BlockAppeal, BlockEnd, EnrolmentState
from portal.enrolment.notices.blocks import blocked_words
from portal.enrolment.notices.places import left_words
from portal.enrolment.privacy.blocking import SOURCES
from portal.enrolment.queries.blocks import block_at, blocked_among
from portal.enrolment.services import (
    appeals,
    block_tasks,
    blocked,
    blocks,
    merging,
)
from portal.enrolment.services.outcomes import (
    Enrolled,
    Offered,
    RefusedError,
)
from portal.messages.models import Message
from portal.plugin_api import SYSTEM, Actor, Recipient
from tests.factories.accounts import make_login
from tests.factories.enrolment import NOON, book, make_group, make_student
from tests.integration.enrolment.blocking import (
    LAST,
    OVER,
    REASON,
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
