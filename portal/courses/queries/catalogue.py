"""The public list of courses, each with the next run that can still be joined.

By date, the list has two parts: courses with a session that one can begin with, soonest first (the first
of a run, or any of a drop-in), then courses without one, by title. Pages are cut by key, never by
offset, and totals are counted up to `COUNTED` only, so that a page costs the same in a small college
and in a huge one. For the same reason conditions on other tables are scalar subqueries, not joins: both
databases then walk the index of the list's own order and stop when the page is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal.courses.models import (
    CatalogueVersion,
    Course,
    CourseSession,
    CourseState,
    Run,
    Term,
    Topic,
    Venue,
)
from portal.courses.queries import search
from portal.courses.queries.cards import COUNTED, CourseCard, Cursor, Part, Rows, card_of, cards_of
from portal.courses.queries.filters import (
    Condition,
    Filters,
    course_conditions,
    day_start,
    joinable,
    offered,
)

PAGE = 20  # courses on a page


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the catalogue. `total` is None when it is more than `COUNTED`."""

    cards: tuple[CourseCard, ...]
    total: int | None
    following: Cursor | None
    found: search.Found | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to filter by."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the catalogue's form offers, at one version of the catalogue."""

    version: int
    topics: tuple[Choice, ...]
    venues: tuple[Choice, ...]
    terms: tuple[Choice, ...]

    def topic(self, slug: str) -> Choice | None:
        """The topic of that name in the address, if there is one."""
        return _named(self.topics, slug)

    def venue(self, slug: str) -> Choice | None:
        """The venue of that name in the address, if there is one."""
        return _named(self.venues, slug)

    def term(self, slug: str) -> Choice | None:
        """The term of that name in the address, if there is one."""
        return _named(self.terms, slug)


def _named(choices: Sequence[Choice], slug: str) -> Choice | None:
    return next((choice for choice in choices if choice.slug == slug), None)


# Asked by every public page. The table's column, not the mapped one: there is no object to load.
_VERSION = sa.select(
    sa.cast(sa.func.sum(cast(sa.Table, CatalogueVersion.__table__).c.version), sa.BigInteger)
)


def catalogue_version(session: Session | sa.Connection) -> int:
    """Counts up with every change that the public pages show; 0 before the first."""
    return session.scalar(_VERSION) or 0


def choices(session: Session, today: date) -> Choices:
    """Topics in the college's order, venues by name, terms that are not over: one query."""
    version = _VERSION.scalar_subquery()
    empty = sa.literal("")
    rows = session.execute(
        sa.union_all(
            sa.select(
                sa.literal("version"), sa.func.coalesce(version, 0), empty, empty, sa.literal(0)
            ),
            sa.select(sa.literal("topic"), Topic.id, Topic.slug, Topic.name, Topic.order),
            sa.select(sa.literal("venue"), Venue.id, Venue.slug, Venue.name, sa.literal(0)),
            sa.select(sa.literal("term"), Term.id, Term.slug, Term.name, _day_number()).where(
                Term.ends_on >= today
            ),
        )
    ).all()
    kept: dict[str, list[Any]] = {"version": [], "topic": [], "venue": [], "term": []}
    for row in rows:
        kept[row[0]].append(row)

    def in_order(kind: str) -> tuple[Choice, ...]:
        ordered = sorted(kept[kind], key=lambda row: (row[4], row[3].casefold()))
        return tuple(Choice(row[1], row[2], row[3]) for row in ordered)

    return Choices(kept["version"][0][1], in_order("topic"), in_order("venue"), in_order("term"))


def _day_number() -> sa.ColumnElement[int]:
    """A term's first day as a number that sorts."""
    first = Term.starts_on
    return (
        sa.extract("year", first) * 10000
        + sa.extract("month", first) * 100
        + sa.extract("day", first)
    )


def find(
    session: Session,
    filters: Filters,
    *,
    today: date,
    zone: str,
    by_title: bool = False,
    cursor: Cursor | None = None,
    query: search.Query | None = None,
    limit: int = PAGE,
) -> Listing:
    """One page of the catalogue as it stands on a local day: one query, or two with a search.

    A `cursor` that belongs to another list is ignored: the list begins anew.
    """
    start = day_start(max(today, filters.start or today), zone)
    if query is not None and query.words:
        return _find_words(session, filters, query, start, cursor, limit)
    parts = [Part.TITLED] if by_title else _parts_by_date(filters)
    whole = [_cut(part, filters, start, None, COUNTED + 1) for part in parts]
    if cursor is not None and cursor.part in parts:
        parts = parts[parts.index(cursor.part) :]
    else:
        cursor = None
    pieces = [
        _cut(part, filters, start, cursor if index == 0 else None, limit + 1)
        for index, part in enumerate(parts)
    ]
    rows = cards_of(session, sa.union_all(*pieces).limit(limit + 1).subquery(), whole)
    cards = tuple(card_of(row) for row in rows[:limit])
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        part = Part(last.part)
        following = Cursor(part, last.session_id if part is Part.DATED else last.id)
    total = rows[0].total if rows else 0
    return Listing(cards, total if total <= COUNTED else None, following)


def _find_words(
    session: Session,
    filters: Filters,
    query: search.Query,
    start: datetime,
    cursor: Cursor | None,
    limit: int,
) -> Listing:
    found = search.look_up(session, query, narrowed=filters != Filters())
    asked = _part(Part.TITLED, filters, start).where(search.matches(session, found))
    rows = cards_of(session, sa.select(asked.subquery()).subquery(), [])
    ranked = sorted(
        rows, key=lambda row: (-search.rank(found, row.title, row.summary), row.title, row.id)
    )
    first = cursor.after if cursor is not None and cursor.part is Part.FOUND else 0
    cards = tuple(card_of(row, Part.FOUND) for row in ranked[first : first + limit])
    following = Cursor(Part.FOUND, first + limit) if len(ranked) > first + limit else None
    total = len(ranked) if len(ranked) <= COUNTED else None
    return Listing(cards, total, following, found)


def _parts_by_date(filters: Filters) -> list[Part]:
    return [Part.DATED] if filters.about_runs else [Part.DATED, Part.UNDATED]


def _part(part: Part, filters: Filters, start: datetime) -> Rows:
    """The rows (part, course_id, session_id) of one part, in no order; one of the ids may be NULL."""
    label = sa.literal(part.value).label("part")
    nothing = sa.cast(sa.null(), sa.Integer)
    course_id, session_id = Course.id.label("course_id"), CourseSession.id.label("session_id")
    rows: Rows
    if part is Part.DATED:
        rows = sa.select(label, nothing.label("course_id"), session_id)
        return rows.where(CourseSession.starts_at >= start, _is_first(filters, start))
    of_course = [Course.state != CourseState.RETIRED, *course_conditions(filters)]
    first = _first(Filters() if part is Part.UNDATED else filters, start)
    if part is Part.UNDATED:
        rows = sa.select(label, course_id, nothing.label("session_id"))
        return rows.where(offered(filters), *of_course, first.is_(None))
    rows = sa.select(label, course_id, first.label("session_id")).where(*of_course)
    if filters.about_runs:
        return rows.where(first.is_not(None))
    undated = offered(filters)
    if filters.how is not None or filters.length:
        # What a course plans counts only while it has no dates, which may say otherwise.
        undated = sa.and_(undated, _first(Filters(), start).is_(None))
    return rows.where(sa.or_(undated, first.is_not(None)))


def _is_first(filters: Filters, start: datetime) -> Condition:
    """One can begin a course with this `CourseSession`, and with none before it."""
    meeting, run = aliased(CourseSession), aliased(Run)
    sooner = (
        sa.select(meeting.id)
        .join(run, run.id == meeting.run_id)
        .where(
            run.course_id == Course.id,
            *joinable(meeting, run, filters, start),
            sa.tuple_(meeting.starts_at, meeting.id)
            < sa.tuple_(CourseSession.starts_at, CourseSession.id),
        )
        .limit(1)
        .correlate(Course, CourseSession)
        .scalar_subquery()
    )
    course = (
        sa.select(Course.id)
        .join(Run, Run.course_id == Course.id)
        .where(
            Run.id == CourseSession.run_id,
            *joinable(CourseSession, Run, filters, start),
            Course.state != CourseState.RETIRED,
            *course_conditions(filters),
            sooner.is_(None),
        )
        .correlate(CourseSession)
        .scalar_subquery()
    )
    return course.is_not(None)


def _first(filters: Filters, start: datetime) -> sa.ScalarSelect[int]:
    """The id of the session with which one can begin the row's course soonest."""
    meeting, run = aliased(CourseSession), aliased(Run)
    return (
        sa.select(meeting.id)
        .join(run, run.id == meeting.run_id)
        .where(run.course_id == Course.id, *joinable(meeting, run, filters, start))
        .order_by(meeting.starts_at, meeting.id)
        .limit(1)
        .correlate(Course)
        .scalar_subquery()
    )


def _cut(part: Part, filters: Filters, start: datetime, cursor: Cursor | None, limit: int) -> Rows:
    """At most `limit` rows of a part, in its order, after the cursor."""
    rows = _part(part, filters, start)
    table: Any = CourseSession if part is Part.DATED else Course
    key = CourseSession.starts_at if part is Part.DATED else Course.title
    if cursor is not None:
        other = aliased(table)
        value = sa.select(getattr(other, key.key)).where(other.id == cursor.after)
        after = sa.tuple_(value.scalar_subquery(), sa.literal(cursor.after))
        rows = rows.where(sa.tuple_(key, table.id) > after)
    return sa.select(rows.order_by(key, table.id).limit(limit).subquery())
