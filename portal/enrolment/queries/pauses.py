"""What is known of breaks: who takes one at an instant, and which sessions it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.api import runs_by_ids
from portal.enrolment.models import (
    AttendanceMark,
    Enrolment,
    EnrolmentState,
    Mark,
    MarkChange,
    MarkedHow,
    Pause,
)


@dataclass(frozen=True, slots=True)
class Missed:
    """A place of which some sessions are in a break. `last`: the last one is, so none comes after it."""

    enrolment_id: int
    title: str
    sessions: int
    last: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """A session to come of somebody's place."""

    run_id: int
    enrolment_id: int
    session_id: int
    starts_at: datetime


def pause_at(session: Session, person_id: int, at: datetime) -> Pause | None:
    """The break that somebody takes at that instant."""
    return session.scalar(
        sa.select(Pause)
        .where(
            Pause.person_id == person_id,
            Pause.ended_at.is_(None),
            Pause.starts_at <= at,
            Pause.ends_at > at,
        )
        .execution_options(populate_existing=True)
    )


def paused_among(session: Session, people: Sequence[int], at: datetime) -> frozenset[int]:
    """Which of these take a break at that instant. One query."""
    found = sa.select(Pause.person_id).where(
        Pause.person_id.in_(people),
        Pause.ended_at.is_(None),
        Pause.starts_at <= at,
        Pause.ends_at > at,
    )
    return frozenset(session.scalars(found))


def breaks_of(session: Session, person_id: int) -> Sequence[tuple[datetime, datetime]]:
    """From when to when somebody took breaks, or takes one. One query."""
    rows = session.execute(
        sa.select(Pause.starts_at, sa.func.coalesce(Pause.ended_at, Pause.ends_at)).where(
            Pause.person_id == person_id
        )
    )
    return [(starts_at, ends_at) for starts_at, ends_at in rows]


def open_pauses(session: Session) -> Sequence[int]:
    """Ids of the breaks that nobody has seen to the end of, whether or not it has come."""
    return session.scalars(
        sa.select(Pause.id).where(Pause.ended_at.is_(None)).order_by(Pause.id)
    ).all()


def sessions_to_come(session: Session, person_id: int, at: datetime) -> Sequence[Coming]:
    """Every session of somebody's places that has not begun, by run: the order in which runs are locked."""
    places = session.execute(
        sa.select(Enrolment.id, Enrolment.run_id, Enrolment.from_at).where(
            Enrolment.person_id == person_id, Enrolment.state == EnrolmentState.ENROLLED
        )
    ).all()
    runs = runs_by_ids(session, {run_id for _, run_id, _ in places})
    return [
        Coming(run_id, enrolment_id, one.id, one.starts_at)
        for enrolment_id, run_id, since in sorted(places, key=lambda place: place[1])
        if run_id in runs and not runs[run_id].cancelled
        for one in runs[run_id].meetings
        if not one.cancelled and one.starts_at > at and one.starts_at >= since
    ]


def missed_until(session: Session, person_id: int, at: datetime, until: datetime) -> list[Missed]:
    """What somebody would miss who takes a break from one instant to another, by place."""
    places: dict[tuple[int, int], list[datetime]] = {}
    for one in sessions_to_come(session, person_id, at):
        places.setdefault((one.run_id, one.enrolment_id), []).append(one.starts_at)
    runs = runs_by_ids(session, {run_id for run_id, _ in places})
    return [
        Missed(
            enrolment_id=enrolment_id,
            title=runs[run_id].course_title,
            sessions=sum(1 for start in starts if start < until),
            last=max(starts) < until,
        )
        for (run_id, enrolment_id), starts in places.items()
        if min(starts) < until
    ]


def apologised_for(session: Session, enrolment_ids: Sequence[int]) -> frozenset[tuple[int, int]]:
    """(session, place) of the apologies that stand because of a break."""
    latest = (
        sa.select(sa.func.max(MarkChange.id))
        .where(MarkChange.enrolment_id.in_(enrolment_ids))
        .group_by(MarkChange.session_id, MarkChange.enrolment_id)
    )
    rows = session.execute(
        sa.select(MarkChange.session_id, MarkChange.enrolment_id)
        .join(
            AttendanceMark,
            sa.and_(
                AttendanceMark.session_id == MarkChange.session_id,
                AttendanceMark.enrolment_id == MarkChange.enrolment_id,
                AttendanceMark.mark == Mark.APOLOGIES,
            ),
        )
        .where(MarkChange.id.in_(latest), MarkChange.how == MarkedHow.PAUSE)
    )
    return frozenset((session_id, enrolment_id) for session_id, enrolment_id in rows)


def spoken_for(
    session: Session, enrolment_ids: Sequence[int], since: datetime
) -> frozenset[tuple[int, int]]:
    """(session, place) that have a mark, or were excused by a break since then: none is put there again."""
    marked = session.execute(
        sa.select(AttendanceMark.session_id, AttendanceMark.enrolment_id).where(
            AttendanceMark.enrolment_id.in_(enrolment_ids)
        )
    ).all()
    put = session.execute(
        sa.select(MarkChange.session_id, MarkChange.enrolment_id).where(
            MarkChange.enrolment_id.in_(enrolment_ids),
            MarkChange.how == MarkedHow.PAUSE,
            MarkChange.mark == Mark.APOLOGIES,
            MarkChange.at >= since,
        )
    ).all()
    return frozenset((session_id, enrolment_id) for session_id, enrolment_id in (*marked, *put))
