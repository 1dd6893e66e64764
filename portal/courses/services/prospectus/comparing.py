"""Checked rows against what is there: what an import would create, change, and leave alone.

Of what changed in the file since the last import, a field is set only where no person has changed it
since. Rows are compared a chunk at a time, with a fixed number of queries for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.courses.models import Course, CourseState, Run, Topic
from portal.courses.queries.rooms import room_bookings
from portal.courses.services import history, schedule
from portal.courses.services.prospectus.report import Action, Kind, Note
from portal.courses.services.prospectus.rows import Facts
from portal.courses.services.runs import CAN_HAVE_DATES

FIELDS = (
    "title",
    "summary",
    "description",
    "planned_sessions",
    "planned_minutes",
    "planned_mode",
    "self_paced",
    "drop_in",
    "for_supporters",
    "adjacent",
    "source_name",
    "source_url",
    "source_note",
)


@dataclass(frozen=True, slots=True)
class Known:
    """A course that an earlier import wrote."""

    id: int
    state: CourseState
    imported: dict[str, Any]


@dataclass(slots=True)
class Verdict:
    """What is to be done about one row."""

    facts: Facts
    known: Known | None
    action: Action = Action.UNCHANGED
    values: dict[str, Any] | None = None  # field → new, for an update
    kept: frozenset[str] = frozenset()  # what a person has changed, so the import does not
    new_run: bool = False
    notes: list[Note] = field(default_factory=list)


class Comparer:
    """Compares the rows of one file. With `writing`, the courses to change are locked on the way."""

    def __init__(self, session: Session, zone: str, *, writing: bool) -> None:
        self._session = session
        self._zone = zone
        self._writing = writing
        self._dated: set[str] = set()  # keys of courses seen on a row with dates
        self.topics: dict[str, int] = {}
        self.topic_names: dict[int, str] = {}
        self.read_topics()

    def read_topics(self) -> None:
        """Learn the categories that there are."""
        for identity, name in self._session.execute(sa.select(Topic.id, Topic.name)):
            self.topics.setdefault(plain_name(name), identity)
            self.topic_names[identity] = name

    def compare(self, chunk: Sequence[Facts]) -> list[Verdict]:
        """What is to be done about each row of the chunk, in its order."""
        keys = [facts.key for facts in chunk]
        known = {
            row.import_key: Known(row.id, row.state, row.imported or {})
            for row in self._session.execute(
                sa.select(Course.id, Course.import_key, Course.state, Course.imported).where(
                    Course.import_key.in_(keys)
                )
            )
        }
        verdicts = [self._judge(facts, known.get(facts.key)) for facts in chunk]
        self._merge([one for one in verdicts if one.values is not None])
        self._compare_runs([one for one in verdicts if one.facts.run is not None])
        return verdicts

    def _judge(self, facts: Facts, known: Known | None) -> Verdict:
        verdict = Verdict(facts, known)
        if facts.run is not None:
            if facts.key in self._dated:  # its first row has dealt with the course itself
                verdict.values = {}
                return verdict
            self._dated.add(facts.key)
        if known is None:
            verdict.action = Action.CREATE
        else:
            verdict.values = {
                name: value
                for name, value in course_facts(facts).items()
                if known.imported.get(name) != value
            }
        return verdict

    def _merge(self, verdicts: Iterable[Verdict]) -> None:
        """Of what changed in the file, keep what no person has changed since."""
        changed = {one.known.id: one for one in verdicts if one.values and one.known}
        if not changed:
            return
        statement = sa.select(Course).where(Course.id.in_(sorted(changed))).order_by(Course.id)
        if self._writing:
            statement = statement.with_for_update()
        statement = statement.execution_options(populate_existing=True)
        for course in self._session.scalars(statement):
            self._merge_one(changed[course.id], course)

    def _merge_one(self, verdict: Verdict, course: Course) -> None:
        before = verdict.known.imported if verdict.known else {}
        new = verdict.values or {}
        current = {name: history.plain(getattr(course, name)) for name in FIELDS}
        current["topic"] = self.topic_names.get(course.topic_id, "")
        verdict.kept = frozenset(
            name
            for name, value in new.items()
            if name in before and current[name] not in (before[name], value)
        )
        for name in sorted(verdict.kept):
            message = _("somebody changed this here since the last import: kept")
            verdict.notes.append(Note(name, Kind.REMARK, message))
        verdict.values = {
            name: value
            for name, value in new.items()
            if name not in verdict.kept and current[name] != value
        }
        if verdict.values:
            verdict.action = Action.UPDATE

    def _compare_runs(self, verdicts: Sequence[Verdict]) -> None:
        if not verdicts:
            return
        keys = [run_key(one.facts) for one in verdicts]
        known = set(
            self._session.scalars(sa.select(Run.import_key).where(Run.import_key.in_(keys)))
        )
        for verdict in verdicts:
            if run_key(verdict.facts) in known:
                continue
            if verdict.known is not None and verdict.known.state not in CAN_HAVE_DATES:
                message = _("the course cannot have dates as it stands: move it on first")
                verdict.notes.append(Note("start", Kind.PROBLEM, message))
                verdict.action = Action.WRONG
                continue
            verdict.new_run = True
            self._check_room(verdict)

    def _check_room(self, verdict: Verdict) -> None:
        run = run_of(verdict.facts)
        start = datetime.fromisoformat(run["start"])
        slots = schedule.weekly(
            start.date(),
            start.time(),
            count=run["count"],
            minutes=run["minutes"],
            zone=self._zone,
        ).slots
        for booking in room_bookings(self._session, run["venue_id"], slots)[:1]:
            message = _(
                "“%(course)s” (%(reference)s) has this room too on %(day)s: check that both fit in",
                course=booking.course_title,
                reference=booking.reference,
                day=str(schedule.say(booking.day)),
            )
            verdict.notes.append(Note("venue", Kind.REMARK, message))


def plain_name(name: str) -> str:
    """A category's name as it is compared: spaces and capitals make no difference."""
    return " ".join(name.casefold().split())


def course_facts(facts: Facts) -> dict[str, Any]:
    """All that the row says about the course itself."""
    return {**facts.fields, "topic": facts.topic}


def run_of(facts: Facts) -> dict[str, Any]:
    """The run that the row asks for.

    Raises:
        ValueError: the row has no dates.
    """
    if facts.run is None:
        raise ValueError(f"row {facts.row} has no dates")
    return facts.run


def run_key(facts: Facts) -> str:
    """Names the run of a row: its course and when it starts."""
    return f"{facts.key}:{run_of(facts)['start']}"
