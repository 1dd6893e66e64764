"""Who leads what, for whoever finds leaders: sessions with what they need, and when people are busy leading.

Plain values, and a fixed number of queries however many sessions and people they are asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal.courses.models import (
    Assignment,
    Course,
    CourseSession,
    Mode,
    PairWaiver,
    Perspective,
    Run,
    RunState,
    SessionState,
    Venue,
)
from portal.courses.queries.manage import COMING_RUNS, COMING_SESSIONS, OTHER_HALF, without_pair

EACH = 900  # ids in one question: a database takes only so many


@dataclass(frozen=True, slots=True)
class SessionToLead:
    """A session as somebody needs it who finds people to lead it. Times are UTC, `day` is the local date.

    `venue_id` and `place` are its own or the run's, None and empty online. `has_lived` and `has_other` say
    which halves of the pair lead it already; `waived` that one of them may lead it alone.
    """

    id: int
    run_id: int
    course_id: int
    topic_id: int
    course_title: str
    number: int
    of: int
    day: date
    starts_at: datetime
    ends_at: datetime
    zone: str
    venue_id: int | None
    place: str
    state: SessionState
    run_state: RunState
    published: bool
    has_lived: bool
    has_other: bool
    waived: bool

    @property
    def coming(self) -> bool:
        """True while it is to take place."""
        return self.state in COMING_SESSIONS and self.run_state in COMING_RUNS

    @property
    def at_risk(self) -> bool:
        """True when it is to take place and lacks a half of its pair, unless the other may lead it alone."""
        if not self.coming or (self.has_lived and self.has_other):
            return False
        return not self.waived or not (self.has_lived or self.has_other)

    @property
    def missing(self) -> tuple[Perspective, ...]:
        """What somebody could bring that is missing."""
        lived = () if self.has_lived else (Perspective.LIVED,)
        return lived if self.has_other else (*lived, *OTHER_HALF)


@dataclass(frozen=True, slots=True)
class Lead:
    """One person who leads one session that is on.

    `holds` is False where it was moved onto another that they lead.
    """

    session_id: int
    run_id: int
    course_title: str
    person_id: int
    perspective: Perspective
    starts_at: datetime
    ends_at: datetime
    venue_id: int | None
    place: str
    holds: bool


def sessions_to_lead(session: Session, ids: Collection[int]) -> dict[int, SessionToLead]:
    """These sessions by id, in any state; unknown ids are left out. One query for each 900."""
    asked = sorted(set(ids))
    found: dict[int, SessionToLead] = {}
    for start in range(0, len(asked), EACH):
        chosen = _TO_LEAD.where(CourseSession.id.in_(asked[start : start + EACH]))
        found |= {row[0]: SessionToLead(*row) for row in session.execute(chosen)}
    return found


def sessions_without_pair(
    session: Session, at: datetime, *, until: datetime | None = None, limit: int = 200
) -> Sequence[SessionToLead]:
    """Sessions to come after an instant, and before another, that have no pair, soonest first. One query."""
    chosen = _TO_LEAD.where(Run.state.in_(COMING_RUNS), without_pair(at))
    if until is not None:
        chosen = chosen.where(CourseSession.starts_at < until)
    chosen = chosen.order_by(CourseSession.starts_at, CourseSession.id).limit(limit)
    return [SessionToLead(*row) for row in session.execute(chosen)]


def coming_sessions(session: Session, start: datetime, end: datetime) -> Sequence[SessionToLead]:
    """Sessions that are to take place and begin in [start, end), soonest first. One query."""
    chosen = _TO_LEAD.where(
        CourseSession.starts_at >= start,
        CourseSession.starts_at < end,
        CourseSession.state.in_(COMING_SESSIONS),
        Run.state.in_(COMING_RUNS),
    ).order_by(CourseSession.starts_at, CourseSession.id)
    return [SessionToLead(*row) for row in session.execute(chosen)]


def sessions_on(session: Session, start: datetime, end: datetime) -> Sequence[SessionToLead]:
    """Sessions that begin in [start, end) and are not cancelled, those that are over too. One query."""
    chosen = _TO_LEAD.where(
        CourseSession.starts_at >= start,
        CourseSession.starts_at < end,
        CourseSession.state != SessionState.CANCELLED,
        Run.state != RunState.CANCELLED,
    ).order_by(CourseSession.starts_at, CourseSession.id)
    return [SessionToLead(*row) for row in session.execute(chosen)]


def leads_of_all(
    session: Session,
    start: datetime,
    end: datetime,
    *,
    people: Collection[int] | sa.Select[int] | None = None,
    run_ids: Collection[int] = (),
) -> Sequence[Lead]:
    """Who leads what is on at any time in [start, end), and whenever it is on these runs; by time. One query.

    Of these people alone, when they are given, by their ids or as a question for them.
    """
    when: sa.ColumnElement[bool] = sa.and_(Assignment.starts_at < end, Assignment.ends_at > start)
    if run_ids:
        when = sa.or_(when, CourseSession.run_id.in_(set(run_ids)))
    chosen = _LEADS.where(when)
    if people is not None:
        chosen = chosen.where(Assignment.person_id.in_(people))
    return [Lead(*row) for row in session.execute(chosen)]


def leads_in_sessions(session: Session, ids: Collection[int]) -> Sequence[Lead]:
    """Who leads these sessions, those that are on, in the order they were asked. One query."""
    chosen = _LEADS.where(Assignment.session_id.in_(set(ids))).order_by(None)
    return [Lead(*row) for row in session.execute(chosen.order_by(Assignment.id))]


def overlapping(
    session: Session, person_id: int, start: datetime, end: datetime, *, but_session: int
) -> Lead | None:
    """What the person leads at any time in [start, end), the first of it. One query."""
    chosen = _LEADS.where(
        Assignment.person_id == person_id,
        Assignment.session_id != but_session,
        Assignment.holds,
        Assignment.starts_at < end,
        Assignment.ends_at > start,
    )
    row = session.execute(chosen.limit(1)).one_or_none()
    return Lead(*row) if row else None


_own, _of_run = aliased(Venue), aliased(Venue)
_COUNT = aliased(CourseSession)


def _led_with(*perspectives: Perspective) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(
            Assignment.session_id == CourseSession.id,
            Assignment.perspective.in_(perspectives),
            Assignment.holds,
        )
        .correlate(CourseSession)
    )


_ONLINE = Run.mode == Mode.ONLINE
_VENUE: sa.ColumnElement[Any] = sa.case(
    (_ONLINE, None), else_=sa.func.coalesce(CourseSession.venue_id, Run.venue_id)
)
_PLACE: sa.ColumnElement[str] = sa.case(
    (_ONLINE, ""), else_=sa.func.coalesce(_own.name, _of_run.name, "")
)
_TO_LEAD = (
    sa.select(
        CourseSession.id,
        CourseSession.run_id,
        Run.course_id,
        Course.topic_id,
        Course.title,
        CourseSession.number,
        sa.select(sa.func.count())
        .select_from(_COUNT)
        .where(_COUNT.run_id == Run.id)
        .correlate(Run)
        .scalar_subquery(),
        CourseSession.local_date,
        CourseSession.starts_at,
        CourseSession.ends_at,
        CourseSession.zone,
        _VENUE,
        _PLACE,
        CourseSession.state,
        Run.state,
        Run.published_at.is_not(None),
        _led_with(Perspective.LIVED),
        _led_with(*OTHER_HALF),
        sa.exists().where(PairWaiver.session_id == CourseSession.id).correlate(CourseSession),
    )
    .join_from(CourseSession, Run, CourseSession.run_id == Run.id)
    .join(Course, Run.course_id == Course.id)
    .outerjoin(_own, CourseSession.venue_id == _own.id)
    .outerjoin(_of_run, Run.venue_id == _of_run.id)
)
_LEADS = (
    sa.select(
        Assignment.session_id,
        CourseSession.run_id,
        Course.title,
        Assignment.person_id,
        Assignment.perspective,
        Assignment.starts_at,
        Assignment.ends_at,
        _VENUE,
        _PLACE,
        Assignment.holds,
    )
    .join_from(Assignment, CourseSession, Assignment.session_id == CourseSession.id)
    .join(Run, CourseSession.run_id == Run.id)
    .join(Course, Run.course_id == Course.id)
    .outerjoin(_own, CourseSession.venue_id == _own.id)
    .outerjoin(_of_run, Run.venue_id == _of_run.id)
    .where(Assignment.starts_at.is_not(None))
    .order_by(Assignment.starts_at, Assignment.id)
)


def session_spans(start: datetime, end: datetime) -> sa.Subquery:
    """Sessions that are on at any time in [start, end), as a question to join to another.

    Columns: `id`, `run_id`, `starts_at`, `ends_at`, `venue_id` (None online).
    """
    return (
        sa.select(
            CourseSession.id,
            CourseSession.run_id,
            CourseSession.starts_at,
            CourseSession.ends_at,
            _VENUE.label("venue_id"),
        )
        .join(Run, CourseSession.run_id == Run.id)
        .where(
            CourseSession.starts_at < end,
            CourseSession.ends_at > start,
            CourseSession.state != SessionState.CANCELLED,
            Run.state != RunState.CANCELLED,
        )
        .subquery()
    )
