"""What the desk keeps about people, and how it is given back or erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.desk.models import DeskTask, DeskTry
from portal.desk.queries import of_person, tries_of
from portal.desk.services import ended_before, forget
from portal.plugin_api import EraseMode, Erasure, Keeping, PrivacySource, moved


def export_tasks(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """What the college had to do for the person."""
    return [
        {
            "kind": task.kind,
            "about": dict(task.about),
            "due": task.due.isoformat(),
            "state": task.state,
            "opened_at": task.opened_at.isoformat(),
        }
        for task in of_person(session, person_id)
    ]


def erase_tasks(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them, with what was written about them."""
    theirs = sa.select(DeskTask.id).where(DeskTask.person_id == person_id)
    session.execute(sa.delete(DeskTry).where(DeskTry.task_id.in_(theirs)))
    gone = sa.delete(DeskTask).where(DeskTask.person_id == person_id).returning(DeskTask.id)
    return Erasure("desk_task", erased=len(session.scalars(gone).all()))


def export_tries(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """What came of tasks for the person, and of those that the person saw to for others; no notes."""
    about = [
        {"outcome": one.outcome, "at": one.at.isoformat()}
        for task in of_person(session, person_id)
        for one in tries_of(session, task.id)
    ]
    by = session.execute(
        sa.select(DeskTry.outcome, DeskTry.at)
        .where(DeskTry.by_id == person_id)
        .order_by(DeskTry.id)
    )
    return [*about, *({"outcome": row[0], "at": row[1].isoformat(), "by_you": True} for row in by)]


def record_tries(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """Notes about the person. Whoever wrote one may have named somebody else in it."""
    return [
        {"at": one.at.isoformat(), "outcome": one.outcome, "note": one.note}
        for task in of_person(session, person_id)
        for one in tries_of(session, task.id)
        if one.note
    ]


def erase_tries(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - others' tasks stand
    """Takes the person's name off what they did for others."""
    by = (
        sa.update(DeskTry)
        .where(DeskTry.by_id == person_id)
        .values(by_id=None)
        .returning(DeskTry.id)
    )
    return Erasure("desk_try", erased=len(session.scalars(by).all()))


_KEPT = _l("A year after it was done, unless the college chooses another time")

SOURCES = (
    PrivacySource(
        table="desk_task",
        subject="person_id",
        what=_l("What we have to do for you, such as a call or a letter"),
        purpose=_l("To reach people who use no computer, and to forget nobody"),
        lawful_basis=_l("Needed to provide what you asked for"),
        sensitivity="confidential",
        retention=_KEPT,
        keeping=(Keeping(ended_before, forget, setting="desk:record_days"),),
        export=export_tasks,
        erase=erase_tasks,
        merge=moved(DeskTask.person_id),
    ),
    PrivacySource(
        table="desk_try",
        subject="task_id, by_id",
        what=_l("What came of a call or a letter"),
        on_erasure="pseudonymise",
        purpose=_l("To know what has been tried, so that nobody is rung twice"),
        lawful_basis=_l("Needed to provide what you asked for"),
        sensitivity="confidential",
        retention=_KEPT,
        export=export_tries,
        record=record_tries,
        erase=erase_tries,
        merge=moved(DeskTry.by_id),
    ),
)
