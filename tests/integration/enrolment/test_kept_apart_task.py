"""Who waits only because of who is there already: one task asks a coordinator, and says nothing of why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import Run
from portal.desk.api import TaskBrief
from portal.desk.models import DeskTask
from portal.desk.queries import info_of
from portal.desk.services import log_try
from portal.enrolment.queries.waiting import place_in_list
from portal.enrolment.services import seats
from portal.enrolment.services.keeping_apart import end_keep_apart, keep_apart
from portal.enrolment.services.outcomes import Enrolled, Waiting
from portal.enrolment.services.waiting_help import KIND
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import NOON, book, fill, make_group, make_student


@pytest.fixture(autouse=True)
def noon(app: Portal) -> Iterator[None]:
    with app.test_request_context(), time_machine.travel(NOON, tick=False):
        yield


def tasks(session: Session, state: str = "open") -> list[DeskTask]:
    found = sa.select(DeskTask).where(DeskTask.kind == KIND.kind, DeskTask.state == state)
    return list(session.scalars(found.execution_options(populate_existing=True)))


def two_apart(session: Session, cap: int = 3) -> tuple[Run, Enrolled, Waiting, int, int]:
    run = make_group(session, cap)
    one, other = make_student(session), make_student(session)
    pair = keep_apart(session, SYSTEM, one, other, at=NOON)
    there, waits = book(session, run.id, one), book(session, run.id, other)
    assert isinstance(there, Enrolled)
    assert isinstance(waits, Waiting)
    return run, there, waits, other, pair


def said(session: Session, task: DeskTask) -> TaskBrief | None:
    assert KIND.brief is not None
    return KIND.brief(session, info_of(task))


def test_person_kept_apart_is_given_to_a_coordinator_once(session: Session) -> None:
    run, _, waits, other, _ = two_apart(session)
    for hours in range(3):
        seats.refresh(session, run.id, at=NOON + timedelta(hours=hours))
    (task,) = tasks(session)
    assert task.person_id == other
    assert task.about == {"entry": waits.entry_id, "run": run.id}
    log_try(session, SYSTEM, task.id, "done", tries=0, today=NOON.date())
    seats.refresh(session, run.id, at=NOON + timedelta(hours=4))
    assert tasks(session) == []
    assert len(tasks(session, "done")) == 1


def test_task_names_neither_a_reason_nor_the_other_person(session: Session) -> None:
    _, there, *_ = two_apart(session)
    (task,) = tasks(session)
    brief = said(session, task)
    assert brief is not None
    words = f"{KIND.title} {KIND.next_step} {brief.text} {brief.facts} {task.about}".lower()
    assert "apart" not in words
    assert "student" not in words
    assert str(there.enrolment_ids[0]) not in {str(value) for value in task.about}


def test_full_run_needs_no_task_yet(session: Session) -> None:
    run, *_ = two_apart(session, cap=1)
    assert tasks(session) == []
    run.learning_cap = 2
    seats.refresh(session, run.id, at=NOON, changed=True)
    assert len(tasks(session)) == 1


def test_pair_made_while_one_waits_is_given_to_a_coordinator(session: Session) -> None:
    run = make_group(session, 2)
    one, other = make_student(session), make_student(session)
    book(session, run.id, one)
    (filler,) = fill(session, run.id, 1)
    book(session, run.id, other)
    keep_apart(session, SYSTEM, one, other, at=NOON)
    assert tasks(session) == []
    seats.withdraw(session, SYSTEM, filler, at=NOON)
    (task,) = tasks(session)
    assert task.person_id == other


@pytest.mark.parametrize("end", ["leaves", "other_leaves", "pair_ends"])
def test_task_is_not_needed_once_nothing_stands_in_the_way(session: Session, end: str) -> None:
    run, there, waits, other, pair = two_apart(session)
    (task,) = tasks(session)
    if end == "leaves":
        seats.leave_waiting(session, SYSTEM, waits.entry_id, at=NOON)
    elif end == "other_leaves":
        seats.withdraw(session, SYSTEM, there.enrolment_ids[0], at=NOON)
    else:
        end_keep_apart(session, SYSTEM, pair)
        seats.refresh(session, run.id, at=NOON)
    assert said(session, task) is None
    assert other


def test_person_kept_apart_sees_an_ordinary_wait(session: Session) -> None:
    _, _, waits, _, _ = two_apart(session)
    place = place_in_list(session, waits.entry_id, NOON)
    assert place is not None
    assert place.position == 1
