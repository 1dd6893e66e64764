"""The life of a task: opened once for each key, tried, done, or closed because it is not needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal import clock
from portal.audit import api as audit
from portal.db import dialect_name
from portal.desk.models import LONGEST_KEY, LONGEST_NOTE, DeskTask, DeskTry
from portal.desk.policies import NOT_YET, outcomes_of, working_day_after
from portal.desk.queries import info_of
from portal.plugin_api import Actor, TaskInfo, TaskKind, TaskLogged
from portal.plugin_api.dispatch import task_kinds
from portal.plugin_api.notices import About


class TaskError(Exception):
    """Nothing was logged. `code` is "ended", "changed" or "outcome"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def open_task(
    session: Session,
    *,
    kind: str,
    key: str,
    due: date,
    about: About,
    person_id: int | None = None,
    link: str = "",
) -> int:
    """A task, flushed; the open one of that key when there is one, as it stands. Returns its id.

    Raises:
        KeyError: no room or plugin declares the kind.
        ValueError: the key is empty or too long.
    """
    if kind not in task_kinds(session):
        raise KeyError(kind)
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"the key of a task has 1 to {LONGEST_KEY} letters")
    insert = sqlite.insert if dialect_name(session) == "sqlite" else postgresql.insert
    row = insert(DeskTask).values(
        kind=kind,
        key=key,
        about=dict(about),
        person_id=person_id,
        link=link,
        due=due,
        state="open",
        tries=0,
        opened_at=clock.now(),
    )
    session.flush()
    session.execute(
        row.on_conflict_do_nothing(
            index_elements=[DeskTask.key], index_where=sa.text("state = 'open'")
        )
    )
    found = sa.select(DeskTask.id).where(DeskTask.key == key, DeskTask.state == "open")
    return session.scalars(found).one()


def log_try(
    session: Session,
    actor: Actor,
    task_id: int,
    outcome: str,
    note: str = "",
    *,
    tries: int,
    today: date,
) -> bool:
    """Note what came of a task; True when that ended it. Calls the kind's `on_logged`.

    `tries` is how many were logged when the actor looked: a second click, or somebody else's entry meanwhile,
    is not counted again. One that reached nobody is due again on the working day after `today`, the date that
    somebody at the college would write down.

    Raises:
        TaskError: there is no such open task, it has changed meanwhile, or that cannot come of it.
    """
    task = session.scalar(
        sa.select(DeskTask)
        .where(DeskTask.id == task_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if task is None or task.state != "open":
        raise TaskError("ended")
    if task.tries != tries:
        raise TaskError("changed")
    kind = task_kinds(session).get(task.kind)
    if kind is None or outcome not in outcomes_of(kind):
        raise TaskError("outcome")
    return _log(session, actor, task, kind, outcome, note, today)


def _log(
    session: Session,
    actor: Actor,
    task: DeskTask,
    kind: TaskKind,
    outcome: str,
    note: str,
    today: date,
) -> bool:
    now, done = clock.now(), outcome != NOT_YET
    task.tries += 1
    if done:
        task.state, task.finished_at = "done", now
    else:
        task.due = max(task.due, working_day_after(today, 1))
    entry = DeskTry(
        task_id=task.id, outcome=outcome, note=note[:LONGEST_NOTE], by_id=actor.person_id, at=now
    )
    session.add(entry)
    session.flush()
    if task.person_id is not None:
        details = {"task": task.id, "outcome": outcome}
        audit.record(session, actor, "desk:task:log", ("person", task.person_id), details=details)
    if kind.on_logged is not None:
        info: TaskInfo = info_of(task)
        kind.on_logged(session, TaskLogged(info, outcome, entry.note, actor.person_id, now, done))
        session.flush()
    return done


def close_task(session: Session, key: str) -> bool:
    """End the open task of that key: it is not needed any more. False when there is none."""
    session.flush()
    closed = session.scalars(
        sa.update(DeskTask)
        .where(DeskTask.key == key, DeskTask.state == "open")
        .values(state="closed", finished_at=clock.now())
        .returning(DeskTask.id)
    ).all()
    return bool(closed)


def note_reading(session: Session, actor: Actor, task: TaskInfo) -> None:
    """Put on record that somebody looked at how a person can be reached."""
    if task.person_id is not None:
        audit.record(
            session, actor, "desk:task:read", ("person", task.person_id), details={"task": task.id}
        )


def ended_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """The ids of tasks that ended before then."""
    return sa.select(DeskTask.id).where(DeskTask.finished_at < before)


def forget(session: Session, ids: Sequence[int]) -> None:
    """Delete these tasks, with their tries."""
    session.execute(sa.delete(DeskTry).where(DeskTry.task_id.in_(ids)))
    session.execute(sa.delete(DeskTask).where(DeskTask.id.in_(ids)))
