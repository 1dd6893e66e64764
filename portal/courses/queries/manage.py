"""Lists and records of the staff pages: plain values, a fixed number of queries whatever they hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal.courses.models import (
    Assignment,
    Course,
    CourseSession,
    CourseState,
    Mode,
    PairWaiver,
    Perspective,
    Run,
    RunState,
    SessionState,
    Term,
    Topic,
    Venue,
)

PAGE = 20
COMING_RUNS = (RunState.PLANNED, RunState.OPEN, RunState.RUNNING)
COMING_SESSIONS = (SessionState.SCHEDULED, SessionState.MOVED)
OTHER_HALF = (Perspective.PROFESSIONAL, Perspective.SUBJECT)


@dataclass(frozen=True, slots=True)
class CourseFilter:
    """What the list of courses is narrowed to; empty values narrow nothing."""

    text: str = ""
    state: CourseState | None = None
    term_id: int | None = None
    at_risk: bool = False


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course in the list of the staff pages."""

    id: int
    title: str
    topic: str
    state: CourseState
    coming: int  # runs that are planned, open or running
    drafts: int  # of these, not yet published
    next_starts_at: datetime | None
    at_risk: int  # sessions to come without a pair


@dataclass(frozen=True, slots=True)
class CoursePage:
    """One page of courses; `after` is the place where the next begins, if there is one."""

    lines: tuple[CourseLine, ...]
    after: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in a list of the staff pages."""

    id: int
    reference: str
    course_id: int
    course_title: str
    term: str
    state: RunState
    mode: Mode
    venue: str | None
    learning_cap: int
    seats_taken: int
    starts_at: datetime | None
    ends_at: datetime | None
    published: bool
    sessions: int  # not counting cancelled ones
    at_risk: int


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session in a list of the staff pages. `venue` is its own or the run's."""

    id: int
    run_id: int
    reference: str
    course_title: str
    number: int
    day: date
    starts: time
    minutes: int
    starts_at: datetime
    ends_at: datetime
    zone: str
    state: SessionState
    reason: str
    moved_from: datetime | None
    venue: str | None
    version: int
    at_risk: bool


@dataclass(frozen=True, slots=True)
class Leader:
    """Who leads a session; the name is looked up by whoever shows it.

    `holds` is False where it was moved onto another session that they lead.
    """

    person_id: int
    perspective: Perspective
    holds: bool


def without_pair(at: datetime) -> sa.ColumnElement[bool]:
    """True for a session to come that lacks one half of its pair, unless the other may lead it alone.

    Whoever would be in two places at once is no half of a pair. Where nobody leads, a waiver is for nobody.
    """

    def led_with(*perspectives: Perspective) -> sa.ColumnElement[bool]:
        return (
            sa.exists()
            .where(
                Assignment.session_id == CourseSession.id,
                Assignment.perspective.in_(perspectives),
                Assignment.holds,
            )
            .correlate(CourseSession)
        )

    waived = sa.exists().where(PairWaiver.session_id == CourseSession.id).correlate(CourseSession)
    return sa.and_(
        CourseSession.state.in_(COMING_SESSIONS),
        CourseSession.starts_at > at,
        sa.not_(sa.and_(led_with(Perspective.LIVED), led_with(*OTHER_HALF))),
        sa.not_(sa.and_(waived, led_with(*Perspective))),
    )


def without_room() -> sa.ColumnElement[bool]:
    """True for a session to come in person for which no place is known."""
    return sa.and_(
        CourseSession.state.in_(COMING_SESSIONS),
        Run.mode != Mode.ONLINE,
        CourseSession.venue_id.is_(None),
        Run.venue_id.is_(None),
    )


def courses(
    session: Session,
    wanted: CourseFilter,
    at: datetime,
    *,
    after: tuple[str, int] | None = None,
) -> CoursePage:
    """A page of courses by title, with what needs doing about each. One query."""
    coming = sa.select(sa.func.count(Run.id)).where(
        Run.course_id == Course.id, Run.state.in_(COMING_RUNS)
    )
    at_risk = (
        sa.select(sa.func.count(CourseSession.id))
        .join(Run, CourseSession.run_id == Run.id)
        .where(Run.course_id == Course.id, Run.state.in_(COMING_RUNS), without_pair(at))
    )
    next_starts = sa.select(sa.func.min(CourseSession.starts_at)).join(
        Run, CourseSession.run_id == Run.id
    )
    next_starts = next_starts.where(
        Run.course_id == Course.id,
        Run.state.in_(COMING_RUNS),
        CourseSession.state.in_(COMING_SESSIONS),
        CourseSession.starts_at > at,
    )
    statement = (
        sa.select(
            Course.id,
            Course.title,
            Topic.name,
            Course.state,
            coming.scalar_subquery(),
            coming.where(Run.published_at.is_(None)).scalar_subquery(),
            next_starts.scalar_subquery(),
            at_risk.scalar_subquery(),
        )
        .join(Topic, Course.topic_id == Topic.id)
        .where(*_narrowed(wanted, at))
        .order_by(Course.title, Course.id)
        .limit(PAGE + 1)
    )
    if after is not None:
        statement = statement.where(sa.tuple_(Course.title, Course.id) > sa.tuple_(*after))
    lines = tuple(CourseLine(*row) for row in session.execute(statement))
    if len(lines) > PAGE:
        last = lines[PAGE - 1]
        return CoursePage(lines[:PAGE], (last.title, last.id))
    return CoursePage(lines, None)


def _narrowed(wanted: CourseFilter, at: datetime) -> list[sa.ColumnElement[bool]]:
    clauses: list[sa.ColumnElement[bool]] = []
    if wanted.text:
        clauses.append(Course.title.icontains(wanted.text, autoescape=True))
    if wanted.state is not None:
        clauses.append(Course.state == wanted.state)
    if wanted.term_id is not None:
        clauses.append(sa.exists().where(Run.course_id == Course.id, Run.term_id == wanted.term_id))
    if wanted.at_risk:
        clauses.append(
            sa.exists(
                sa.select(CourseSession.id)
                .join(Run, CourseSession.run_id == Run.id)
                .where(Run.course_id == Course.id, Run.state.in_(COMING_RUNS), without_pair(at))
            )
        )
    return clauses


def runs(
    session: Session, at: datetime, *, course_id: int | None = None, run_id: int | None = None
) -> tuple[RunLine, ...]:
    """The runs of a course, latest first, or one run. One query."""
    on = sa.select(sa.func.count(CourseSession.id)).where(
        CourseSession.run_id == Run.id, CourseSession.state != SessionState.CANCELLED
    )
    at_risk = sa.select(sa.func.count(CourseSession.id)).where(
        CourseSession.run_id == Run.id, Run.state.in_(COMING_RUNS), without_pair(at)
    )
    statement = (
        sa.select(
            Run.id,
            Run.reference,
            Run.course_id,
            Course.title,
            Term.name,
            Run.state,
            Run.mode,
            Venue.name,
            Run.learning_cap,
            Run.seats_taken,
            Run.first_starts_at,
            Run.last_ends_at,
            Run.published_at.is_not(None),
            on.correlate(Run).scalar_subquery(),
            at_risk.correlate(Run).scalar_subquery(),
        )
        .join_from(Run, Course, Run.course_id == Course.id)
        .join(Term, Run.term_id == Term.id)
        .outerjoin(Venue, Run.venue_id == Venue.id)
        .order_by(Run.first_starts_at.desc(), Run.id.desc())
    )
    if course_id is not None:
        statement = statement.where(Run.course_id == course_id)
    if run_id is not None:
        statement = statement.where(Run.id == run_id)
    return tuple(RunLine(*row) for row in _rows(session, statement))


def sessions(
    session: Session,
    at: datetime,
    *,
    run_id: int | None = None,
    session_id: int | None = None,
    only_without_room: bool = False,
    limit: int = 200,
) -> tuple[SessionLine, ...]:
    """The sessions of a run, one session, or the whole college's that lack a room. One query."""
    own, run_venue = aliased(Venue), aliased(Venue)
    statement = (
        sa.select(
            CourseSession.id,
            Run.id,
            Run.reference,
            Course.title,
            CourseSession.number,
            CourseSession.local_date,
            CourseSession.local_time,
            CourseSession.minutes,
            CourseSession.starts_at,
            CourseSession.ends_at,
            CourseSession.zone,
            CourseSession.state,
            CourseSession.reason,
            CourseSession.moved_from,
            sa.func.coalesce(own.name, run_venue.name),
            CourseSession.version,
            sa.and_(Run.state.in_(COMING_RUNS), without_pair(at)),
        )
        .join_from(CourseSession, Run, CourseSession.run_id == Run.id)
        .join(Course, Run.course_id == Course.id)
        .outerjoin(own, CourseSession.venue_id == own.id)
        .outerjoin(run_venue, Run.venue_id == run_venue.id)
        .limit(limit)
    )
    if run_id is not None:
        statement = statement.where(CourseSession.run_id == run_id).order_by(CourseSession.number)
    if session_id is not None:
        statement = statement.where(CourseSession.id == session_id)
    if only_without_room:
        statement = statement.where(
            Run.state.in_(COMING_RUNS), CourseSession.starts_at > at, without_room()
        ).order_by(CourseSession.starts_at, CourseSession.id)
    return tuple(SessionLine(*row) for row in _rows(session, statement))


def _rows(session: Session, statement: sa.Executable) -> Iterator[tuple[Any, ...]]:
    return (tuple(row) for row in session.execute(statement))


def leaders(session: Session, session_id: int) -> tuple[Leader, ...]:
    """Who leads a session, in the order they were asked."""
    rows = session.execute(
        sa.select(Assignment.person_id, Assignment.perspective, Assignment.holds)
        .where(Assignment.session_id == session_id)
        .order_by(Assignment.id)
    )
    return tuple(Leader(*row) for row in rows)


def waiver(session: Session, session_id: int) -> PairWaiver | None:
    """Why the session may go ahead without a pair, if somebody said so."""
    return session.scalar(sa.select(PairWaiver).where(PairWaiver.session_id == session_id))


def topics(session: Session) -> Sequence[Topic]:
    """All topics in their order."""
    return session.scalars(sa.select(Topic).order_by(Topic.order, Topic.name)).all()


def topic_name(session: Session, topic_id: int) -> str:
    """The name of a topic."""
    return session.scalars(sa.select(Topic.name).where(Topic.id == topic_id)).one()


def terms(session: Session) -> Sequence[Term]:
    """All terms, the latest first."""
    return session.scalars(sa.select(Term).order_by(Term.starts_on.desc(), Term.id)).all()


def venues(session: Session) -> Sequence[Venue]:
    """All venues by name."""
    return session.scalars(sa.select(Venue).order_by(Venue.name, Venue.id)).all()


def names(session: Session, model: Any, ids: set[int]) -> dict[int, str]:
    """Id → name of topics, terms or venues. One query, or none."""
    if not ids:
        return {}
    return dict(session.execute(sa.select(model.id, model.name).where(model.id.in_(ids))).all())


def course_titles(session: Session, ids: Collection[int]) -> dict[int, str]:
    """Id → title; unknown ids are left out. One query."""
    rows = session.execute(sa.select(Course.id, Course.title).where(Course.id.in_(set(ids))))
    return {row.id: row.title for row in rows}


def courses_titled(session: Session, words: str, most: int) -> list[tuple[int, str]]:
    """(id, title) of courses that are not retired, whose title holds every word, by title. One query."""
    rows = session.execute(
        sa.select(Course.id, Course.title)
        .where(
            Course.state != CourseState.RETIRED,
            *(Course.title.icontains(word, autoescape=True) for word in words.split()),
        )
        .order_by(Course.title, Course.id)
        .limit(most)
    )
    return [(row.id, row.title) for row in rows]
