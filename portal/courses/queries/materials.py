"""The materials of a course, as those who plan it, lead it or take part in it may have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import CourseMaterial, Run
from portal.files.api import described, infos


@dataclass(frozen=True, slots=True)
class Material:
    """One handout. `what` says what it is before somebody spends their data on it: "PDF, 2 pages, 120 kB"."""

    id: int
    file_id: int
    title: str
    file_name: str
    what: str


def of_course(session: Session, course_id: int) -> Sequence[Material]:
    """All of a course, in their order. Two queries."""
    return _shown(session, CourseMaterial.course_id == course_id)


def of_run(session: Session, run_id: int) -> Sequence[Material]:
    """All of the course that a run is of, in their order. Two queries."""
    return _shown(session, CourseMaterial.course_id == _course_of(run_id))


def file_of_course(session: Session, course_id: int, material_id: int) -> int | None:
    """The file of one handout of a course; None when there is no such one."""
    return _file(session, CourseMaterial.course_id == course_id, material_id)


def file_of_run(session: Session, run_id: int, material_id: int) -> int | None:
    """The file of one handout of the course that a run is of; None when there is no such one."""
    return _file(session, CourseMaterial.course_id == _course_of(run_id), material_id)


def _course_of(run_id: int) -> sa.ScalarSelect[int]:
    return sa.select(Run.course_id).where(Run.id == run_id).scalar_subquery()


def _file(session: Session, which: sa.ColumnElement[bool], material_id: int) -> int | None:
    statement = sa.select(CourseMaterial.file_id).where(which, CourseMaterial.id == material_id)
    return session.scalar(statement)


def _shown(session: Session, which: sa.ColumnElement[bool]) -> Sequence[Material]:
    rows = session.execute(
        sa.select(CourseMaterial.id, CourseMaterial.file_id, CourseMaterial.title)
        .where(which)
        .order_by(CourseMaterial.place, CourseMaterial.id)
    ).all()
    files = infos(session, [row.file_id for row in rows]) if rows else {}
    return [
        Material(
            row.id,
            row.file_id,
            row.title,
            files[row.file_id].name,
            described(files[row.file_id].kind, files[row.file_id].size, files[row.file_id].pages),
        )
        for row in rows
    ]
