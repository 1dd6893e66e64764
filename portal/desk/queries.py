"""Reads of the desk: what is open for an actor, one task, what came of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.desk.models import DeskTask, DeskTry
from portal.plugin_api import TaskInfo

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Tried:
    """One entry of a task's story."""

    outcome: str
    note: str
    by_id: int | None
    at: datetime


def had_task(session: Session, key: str) -> bool:
    """True when there is a task of that key, open or over."""
    session.flush()
    return session.scalar(sa.select(sa.exists().where(DeskTask.key == key))) or False


def info_of(task: DeskTask) -> TaskInfo:
    """A task as plain values."""
    return TaskInfo(
        id=task.id,
        kind=task.kind,
        key=task.key,
        person_id=task.person_id,
        about=task.about,
        due=task.due,
        opened_at=task.opened_at,
        tries=task.tries,
    )


def open_tasks(
    session: Session, kinds: Collection[str], *, limit: int = MOST_SHOWN
) -> list[TaskInfo]:
    """The open tasks of these kinds, the first due first."""
    tasks = session.scalars(
        sa.select(DeskTask)
        .where(DeskTask.state == "open", DeskTask.kind.in_(kinds))
        .order_by(DeskTask.due, DeskTask.id)
        .limit(limit)
    )
    return [info_of(task) for task in tasks]


def task(session: Session, task_id: int, kinds: Collection[str]) -> DeskTask | None:
    """One task, when it is of one of these kinds."""
    return session.scalar(
        sa.select(DeskTask).where(DeskTask.id == task_id, DeskTask.kind.in_(kinds))
    )


def tries_of(session: Session, task_id: int) -> Sequence[Tried]:
    """What came of a task so far, oldest first."""
    rows = session.execute(
        sa.select(DeskTry.outcome, DeskTry.note, DeskTry.by_id, DeskTry.at)
        .where(DeskTry.task_id == task_id)
        .order_by(DeskTry.id)
    )
    return [Tried(*row) for row in rows]


def of_person(session: Session, person_id: int) -> Sequence[DeskTask]:
    """Every task about a person, oldest first."""
    return session.scalars(
        sa.select(DeskTask).where(DeskTask.person_id == person_id).order_by(DeskTask.id)
    ).all()
