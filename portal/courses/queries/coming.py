"""Sessions that take place, by time: to remind people of them, and to show somebody their own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal.courses.models import Course, CourseSession, Mode, Run, RunState, SessionState, Venue
from portal.db import UTCDateTime


@dataclass(frozen=True, slots=True)
class ComingSession:
    """A session of a public run that takes place. `where` is its venue's name, empty online."""

    id: int
    run_id: int
    number: int
    version: int
    starts_at: datetime
    ends_at: datetime
    zone: str
    course_title: str
    mode: Mode
    where: str


Ids = Collection[int] | sa.Select[Any]

_own, _of_run = aliased(Venue), aliased(Venue)
# Asked whenever somebody opens their page, so it is put together once.
_BETWEEN = (
    sa.select(
        CourseSession.id,
        CourseSession.run_id,
        CourseSession.number,
        CourseSession.version,
        CourseSession.starts_at,
        CourseSession.ends_at,
        CourseSession.zone,
        Course.title,
        Run.mode,
        sa.case((Run.mode == Mode.ONLINE, ""), else_=sa.func.coalesce(_own.name, _of_run.name, "")),
    )
    .join(Run, Run.id == CourseSession.run_id)
    .join(Course, Course.id == Run.course_id)
    .outerjoin(_own, _own.id == CourseSession.venue_id)
    .outerjoin(_of_run, _of_run.id == Run.venue_id)
    .where(
        CourseSession.starts_at < sa.bindparam("end", type_=UTCDateTime),
        CourseSession.ends_at > sa.bindparam("start", type_=UTCDateTime),
        CourseSession.state != SessionState.CANCELLED,
        Run.state != RunState.CANCELLED,
        Run.published_at.is_not(None),
    )
    .order_by(CourseSession.starts_at, CourseSession.id)
)


def sessions_between(
    session: Session,
    start: datetime,
    end: datetime,
    *,
    run_ids: Ids | None = None,
    but_ids: Ids | None = None,
    limit: int | None = None,
) -> Sequence[ComingSession]:
    """What takes place at any time in [start, end), soonest first.

    Of the runs `run_ids` alone, when they are given; without the sessions `but_ids`. Both may be a SELECT of
    ids of the caller's own tables: it is one query all the same.
    """
    chosen = _BETWEEN if run_ids is None else _BETWEEN.where(Run.id.in_(run_ids))
    if but_ids is not None:
        chosen = chosen.where(CourseSession.id.not_in(but_ids))
    if limit is not None:
        chosen = chosen.limit(limit)
    return [ComingSession(*row) for row in session.execute(chosen, {"start": start, "end": end})]


def online_links(session: Session, session_ids: Collection[int]) -> dict[int, str]:
    """The links to join these sessions online, where there are any: for people with a place, nobody else."""
    rows = session.execute(
        sa.select(CourseSession.id, CourseSession.online_link).where(
            CourseSession.id.in_(set(session_ids)), CourseSession.online_link != ""
        )
    )
    return {row.id: row.online_link for row in rows}
