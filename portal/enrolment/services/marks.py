"""The only code that writes marks. Each change is kept, so that a mark has a version and a history."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.enrolment.models import AttendanceMark, Mark, MarkChange, MarkedHow
from portal.plugin_api import Actor


def put(
    session: Session,
    actor: Actor,
    session_id: int,
    enrolment_id: int,
    mark: Mark | None,
    *,
    how: MarkedHow,
    at: datetime,
    tapped_at: datetime | None = None,
    key: str = "",
) -> int:
    """Set a mark, or take it back with None; returns its new version. The caller holds the place's lock.

    `tapped_at` is when it was said, if that was before it came in; `key` makes it one change for ever.
    """
    said = min(tapped_at or at, at)
    row = session.scalar(
        sa.select(AttendanceMark).where(
            AttendanceMark.session_id == session_id, AttendanceMark.enrolment_id == enrolment_id
        )
    )
    if mark is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        row = AttendanceMark(session_id=session_id, enrolment_id=enrolment_id, mark=mark)
        row.by_id, row.at = actor.person_id, said
        session.add(row)
    else:
        row.mark, row.by_id, row.at = mark, actor.person_id, said
    change = MarkChange(
        key=key or uuid.uuid4().hex,
        session_id=session_id,
        enrolment_id=enrolment_id,
        mark=mark,
        how=how,
        by_id=actor.person_id,
        tapped_at=said,
        at=at,
    )
    session.add(change)
    session.flush()
    return change.id
