"""What the public pages of one course, run, venue or term show: plain values.

A run is public once it is published; a cancelled one stays to be seen, because people planned around it.
Links to online rooms are never read here: they are for people with a place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import (
    Assignment,
    Course,
    CourseSession,
    CourseState,
    Mode,
    Perspective,
    Run,
    RunState,
    SessionState,
    Term,
    Topic,
    Venue,
)
from portal.courses.queries.filters import places_free


@dataclass(frozen=True, slots=True)
class Place:
    """A venue, with what people need to know before they come."""

    slug: str
    name: str
    address: str
    postcode: str
    step_free: bool
    hearing_loop: bool
    quiet_room: bool
    accessible_toilet: bool
    parking: bool
    bus: str
    access_note: str
    online: bool


@dataclass(frozen=True, slots=True)
class CourseInfo:
    """A course as its own page shows it."""

    id: int
    slug: str
    title: str
    summary: str
    description: str
    topic: str
    topic_slug: str
    state: CourseState
    planned_sessions: int | None
    planned_minutes: int | None
    planned_mode: Mode | None
    self_paced: bool
    drop_in: bool
    for_supporters: bool
    adjacent: bool
    first_required: bool
    what_to_expect: str
    what_to_bring: str
    source_name: str
    source_url: str
    updated_at: datetime

    @property
    def url(self) -> str:
        """The path of its page."""
        return f"/courses/{self.slug}"


@dataclass(frozen=True, slots=True)
class TermInfo:
    """A term; both days are included."""

    slug: str
    name: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Meeting:
    """One session, as the public may see it. `place` is None where it is the run's, or online."""

    id: int
    run_id: int
    number: int
    uid: str
    version: int
    state: SessionState
    zone: str
    minutes: int
    starts_at: datetime
    ends_at: datetime
    moved_from: datetime | None
    reason: str
    note: str
    place: Place | None
    perspectives: frozenset[Perspective]
    leader_ids: tuple[int, ...]

    @property
    def cancelled(self) -> bool:
        """True when it will not take place."""
        return self.state is SessionState.CANCELLED


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run with its sessions. `places` are those still free, as far as its limits say."""

    id: int
    course_id: int
    course_slug: str
    course_title: str
    reference: str
    state: RunState
    mode: Mode
    term: TermInfo
    place: Place | None
    places: int
    starts_at: datetime | None
    ends_at: datetime | None
    cancelled_reason: str
    version: int
    drop_in: bool
    first_required: bool
    meetings: tuple[Meeting, ...]

    @property
    def url(self) -> str:
        """The path of its page."""
        return f"/courses/{self.course_slug}/{self.reference}"

    @property
    def venue(self) -> str | None:
        """The name of its venue, if it has one."""
        return self.place.name if self.place else None

    @property
    def cancelled(self) -> bool:
        """True when it will not take place."""
        return self.state is RunState.CANCELLED

    @property
    def full(self) -> bool:
        """True when every place that the run's limits allow is taken."""
        return self.state in {RunState.OPEN, RunState.RUNNING} and self.places == 0

    def next_after(self, moment: datetime) -> Meeting | None:
        """The first session that takes place and begins at or after a moment."""
        coming = (one for one in self.meetings if not one.cancelled and one.starts_at >= moment)
        return next(coming, None)

    def opening_after(self, moment: datetime) -> Meeting | None:
        """The session that somebody new would begin with; None when it is too late to begin."""
        held = [one for one in self.meetings if not one.cancelled]
        possible = held[:1] if self.first_required else held
        return next((one for one in possible if one.starts_at > moment), None)

    @property
    def perspectives(self) -> frozenset[Perspective]:
        """What those who lead it bring, taken together."""
        return frozenset().union(*(meeting.perspectives for meeting in self.meetings))

    @property
    def leader_ids(self) -> tuple[int, ...]:
        """The people who lead at least one session, in the order in which they do."""
        return tuple(dict.fromkeys(who for meeting in self.meetings for who in meeting.leader_ids))


COURSE_COLUMNS = (
    Course.id, Course.slug, Course.title, Course.summary, Course.description,
    Topic.name.label("topic"), Topic.slug.label("topic_slug"), Course.state, Course.planned_sessions,
    Course.planned_minutes, Course.planned_mode, Course.self_paced, Course.drop_in,
    Course.for_supporters, Course.adjacent, Course.first_required, Course.what_to_expect,
    Course.what_to_bring, Course.source_name, Course.source_url, Course.updated_at,
)  # fmt: skip
_PLACE_FIELDS = tuple(Place.__dataclass_fields__)


def _place_columns(venue: Any, prefix: str) -> list[Any]:
    return [getattr(venue, name).label(f"{prefix}_{name}") for name in _PLACE_FIELDS]


def _place(row: Any, prefix: str) -> Place | None:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    if values[f"{prefix}_slug"] is None:
        return None
    return Place(*(values[f"{prefix}_{name}"] for name in _PLACE_FIELDS))


def course_of(row: Any) -> CourseInfo:
    """The course in a row of `COURSE_COLUMNS`."""
    return CourseInfo(*row)


def course(session: Session, slug: str) -> CourseInfo | None:
    """The course of that name in the address; retired ones too, whose page says so."""
    statement = sa.select(*COURSE_COLUMNS).join(Topic, Topic.id == Course.topic_id)
    row = session.execute(statement.where(Course.slug == slug)).one_or_none()
    return course_of(row) if row is not None else None


def runs(session: Session, *conditions: Any, meetings: bool = True) -> tuple[RunInfo, ...]:
    """Public runs that meet the conditions, soonest first, with their sessions: three queries."""
    rows = session.execute(
        sa.select(
            Run.id,
            Run.course_id,
            Course.slug.label("course_slug"),
            Course.title.label("course_title"),
            Run.reference,
            Run.state,
            Run.mode,
            places_free(Run).label("places"),
            Run.first_starts_at,
            Run.last_ends_at,
            Run.cancelled_reason,
            Run.version,
            Course.drop_in,
            Run.first_required,
            Term.slug.label("term_slug"),
            Term.name.label("term_name"),
            Term.starts_on,
            Term.ends_on,
            *_place_columns(Venue, "run"),
        )
        .join(Course, Course.id == Run.course_id)
        .join(Term, Term.id == Run.term_id)
        .outerjoin(Venue, Venue.id == Run.venue_id)
        .where(Run.published_at.is_not(None), *conditions)
        .order_by(Run.first_starts_at.is_(None), Run.first_starts_at, Run.id)
    ).all()
    held = _meetings(session, [row.id for row in rows]) if meetings else {}
    return tuple(_run(row, held.get(row.id, ())) for row in rows)


def _run(row: Any, meetings: Sequence[Meeting]) -> RunInfo:
    return RunInfo(
        id=row.id,
        course_id=row.course_id,
        course_slug=row.course_slug,
        course_title=row.course_title,
        reference=row.reference,
        state=row.state,
        mode=row.mode,
        term=TermInfo(row.term_slug, row.term_name, row.starts_on, row.ends_on),
        place=_place(row, "run"),
        places=max(row.places, 0),
        starts_at=row.first_starts_at,
        ends_at=row.last_ends_at,
        cancelled_reason=row.cancelled_reason,
        version=row.version,
        drop_in=row.drop_in,
        first_required=row.first_required,
        meetings=tuple(meetings),
    )


def _meetings(session: Session, run_ids: Collection[int]) -> dict[int, list[Meeting]]:
    rows = session.execute(
        sa.select(CourseSession, *_place_columns(Venue, "own"))
        .outerjoin(Venue, Venue.id == CourseSession.venue_id)
        .where(CourseSession.run_id.in_(run_ids))
        .order_by(CourseSession.starts_at, CourseSession.number)
    ).all()
    leaders: dict[int, list[tuple[int, Perspective]]] = defaultdict(list)
    chosen = sa.select(Assignment.session_id, Assignment.person_id, Assignment.perspective)
    for session_id, person_id, perspective in session.execute(
        chosen.join(CourseSession, CourseSession.id == Assignment.session_id)
        .where(CourseSession.run_id.in_(run_ids))
        .order_by(Assignment.id)
    ):
        leaders[session_id].append((person_id, perspective))
    held: dict[int, list[Meeting]] = defaultdict(list)
    for row in rows:
        one: CourseSession = row.CourseSession
        held[one.run_id].append(_meeting(one, _place(row, "own"), leaders[one.id]))
    return held


def _meeting(
    one: CourseSession, place: Place | None, leaders: Sequence[tuple[int, Perspective]]
) -> Meeting:
    return Meeting(
        id=one.id,
        run_id=one.run_id,
        number=one.number,
        uid=one.uid,
        version=one.version,
        state=one.state,
        zone=one.zone,
        minutes=one.minutes,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        moved_from=one.moved_from,
        reason=one.reason,
        note=one.note,
        place=place,
        perspectives=frozenset(perspective for _, perspective in leaders),
        leader_ids=tuple(person_id for person_id, _ in leaders),
    )


def runs_of_course(session: Session, course_id: int, since: datetime) -> tuple[RunInfo, ...]:
    """The course's runs that are not over, cancelled ones that were to come, and undated ones."""
    ends = sa.func.coalesce(Run.last_ends_at, Run.first_starts_at)
    to_come = (
        sa.exists()
        .where(CourseSession.run_id == Run.id, CourseSession.ends_at >= since)
        .correlate(Run)
    )
    fits = sa.or_(ends.is_(None), ends >= since, to_come)
    return runs(session, Run.course_id == course_id, Run.state != RunState.FINISHED, fits)


def run(session: Session, course_slug: str, reference: str) -> RunInfo | None:
    """One public run, whatever its state."""
    return next(
        iter(runs(session, Course.slug == course_slug, Run.reference == reference)),
        None,
    )


def places(session: Session) -> tuple[Place, ...]:
    """Every venue, by name."""
    rows = session.execute(sa.select(*_place_columns(Venue, "own")).order_by(Venue.name, Venue.id))
    return tuple(Place(*row) for row in rows)


def place(session: Session, slug: str) -> Place | None:
    """The venue of that name in the address."""
    return next((one for one in places(session) if one.slug == slug), None)


def terms(session: Session, today: date | None = None) -> tuple[TermInfo, ...]:
    """Terms by their first day; with `today`, those that are not over."""
    statement = sa.select(Term.slug, Term.name, Term.starts_on, Term.ends_on)
    if today is not None:
        statement = statement.where(Term.ends_on >= today)
    return tuple(
        TermInfo(*row) for row in session.execute(statement.order_by(Term.starts_on, Term.id))
    )
