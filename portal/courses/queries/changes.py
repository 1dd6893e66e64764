"""The history of courses, runs, sessions, venues and terms, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal.courses.models import ChangeKind, CourseChange, CourseSession, Run, Term, Topic, Venue
from portal.courses.queries.manage import names

PAGE = 20
MODELS = {"topic_id": Topic, "term_id": Term, "venue_id": Venue}


@dataclass(frozen=True, slots=True)
class Change:
    """One row of history. `number` and `run_starts_at` say which session or run it was about."""

    id: int
    kind: ChangeKind
    action: str
    at: datetime
    actor_person_id: int | None
    why: str
    changes: Mapping[str, Any]
    run_starts_at: datetime | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A page of history with the names of the topics, terms and venues in it, by field and id."""

    lines: tuple[Change, ...]
    names: Mapping[str, Mapping[int, str]]
    before: int | None


def history(
    session: Session, kind: ChangeKind, subject_id: int, *, before: int | None = None
) -> ChangePage:
    """What happened to a course with all its runs and sessions, or to one other record.

    At most four queries.
    """
    runs = aliased(Run)
    statement = (
        sa.select(
            CourseChange.id,
            CourseChange.subject_kind,
            CourseChange.action,
            CourseChange.at,
            CourseChange.actor_person_id,
            CourseChange.why,
            CourseChange.changes,
            runs.first_starts_at,
            CourseSession.number,
        )
        .outerjoin(
            CourseSession,
            sa.and_(
                CourseChange.subject_kind == ChangeKind.SESSION,
                CourseChange.subject_id == CourseSession.id,
            ),
        )
        .outerjoin(
            runs,
            sa.or_(
                runs.id == CourseSession.run_id,
                sa.and_(
                    CourseChange.subject_kind == ChangeKind.RUN, CourseChange.subject_id == runs.id
                ),
            ),
        )
        .order_by(CourseChange.id.desc())
        .limit(PAGE + 1)
    )
    if kind is ChangeKind.COURSE:
        statement = statement.where(CourseChange.course_id == subject_id)
    else:
        statement = statement.where(
            CourseChange.subject_kind == kind, CourseChange.subject_id == subject_id
        )
    if before is not None:
        statement = statement.where(CourseChange.id < before)
    lines = tuple(Change(*row) for row in session.execute(statement))
    more = lines[PAGE - 1].id if len(lines) > PAGE else None
    lines = lines[:PAGE]
    return ChangePage(lines, {field: _named(session, field, lines) for field in MODELS}, more)


def _named(session: Session, field: str, lines: tuple[Change, ...]) -> dict[int, str]:
    ids = {
        value for line in lines for value in line.changes.get(field, ()) if isinstance(value, int)
    }
    return names(session, MODELS[field], ids)
