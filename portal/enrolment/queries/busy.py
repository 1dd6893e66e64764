"""When many people are taken up as students, or are given nothing: for whoever finds leaders. No titles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.api import session_spans
from portal.db import UTCDateTime
from portal.enrolment.models import AttendanceMark, Block, Enrolment, EnrolmentState, Mark


@dataclass(frozen=True, slots=True)
class BusyLine:
    """When somebody comes to a session, at a venue or online (None); `stopped`: they are given nothing."""

    person_id: int
    starts_at: datetime
    ends_at: datetime
    venue_id: int | None
    stopped: bool


def busy_among(
    session: Session,
    people: Collection[int] | sa.Select[int],
    start: datetime,
    end: datetime,
) -> Sequence[BusyLine]:
    """When these people are taken up in [start, end), those sessions left out that they cannot come to.

    `people` are their ids, or a question for them. One query.
    """
    meeting = session_spans(start, end)
    excused = sa.exists().where(
        AttendanceMark.enrolment_id == Enrolment.id,
        AttendanceMark.session_id == meeting.c.id,
        AttendanceMark.mark == Mark.APOLOGIES,
    )
    learns = (
        sa.select(
            Enrolment.person_id,
            meeting.c.starts_at,
            meeting.c.ends_at,
            meeting.c.venue_id,
            sa.false().label("stopped"),
        )
        .join(meeting, meeting.c.run_id == Enrolment.run_id)
        .where(
            Enrolment.person_id.in_(people),
            Enrolment.state == EnrolmentState.ENROLLED,
            ~excused,
        )
    )
    stopped = sa.select(
        Block.person_id,
        sa.type_coerce(Block.starts_at, UTCDateTime),
        sa.type_coerce(Block.ends_at, UTCDateTime),
        sa.null(),
        sa.true(),
    ).where(
        Block.person_id.in_(people),
        Block.ended_at.is_(None),
        Block.starts_at < end,
        Block.ends_at > start,
    )
    return [BusyLine(*row) for row in session.execute(sa.union_all(learns, stopped))]
