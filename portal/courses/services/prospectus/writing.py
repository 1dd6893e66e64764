"""The second half of an import: checked rows against what is there, in bulk, in one transaction.

Rows are compared and written `CHUNK` at a time with a fixed number of statements per chunk. An import
sets only what changed in the file since the last one, and leaves alone whatever a person has changed.
Dates are planned through the same service as by hand; a run that is there already is never touched,
because people may have places on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.api import record
from portal.courses.models import ChangeKind, Course, CourseChange, CourseState, Mode, Run, Topic
from portal.courses.queries.rooms import room_bookings
from portal.courses.services import history, schedule
from portal.courses.services.errors import InvalidError, NotAllowedNowError
from portal.courses.services.planning import RunPlan, Weekly, plan_run
from portal.courses.services.prospectus.checking import Checked, Progress
from portal.courses.services.prospectus.report import Action, Kind, Note, Report, RowOutcome
from portal.courses.services.prospectus.rows import Facts
from portal.courses.services.runs import CAN_HAVE_DATES
from portal.courses.services.slugs import slugify
from portal.db import dialect_name
from portal.plugin_api import Actor
from portal.plugin_api.events import CourseChanged, publish_many

_COURSE = cast(sa.Table, Course.__table__)
_CHANGE = cast(sa.Table, CourseChange.__table__)
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
PG_LOCK = 7_702_415_001  # one import at a time; any number that nothing else uses


class RefusedError(Exception):
    """Some rows turned out wrong while they were written: the caller rolls back. Carries the report."""

    def __init__(self, report: Report) -> None:
        super().__init__(f"{report.wrong} rows are wrong")
        self.report = report


@dataclass(frozen=True, slots=True)
class _Known:
    """A course that an earlier import wrote."""

    id: int
    state: CourseState
    imported: dict[str, Any]


@dataclass(slots=True)
class _Verdict:
    """What is to be done about one row."""

    facts: Facts
    known: _Known | None
    action: Action = Action.UNCHANGED
    values: dict[str, Any] | None = None  # field → new, for an update
    kept: frozenset[str] = frozenset()  # what a person has changed, so the import does not
    new_run: bool = False
    notes: list[Note] = field(default_factory=list)


def preview(session: Session, checked: Checked, *, zone: str = "Europe/London") -> Report:
    """What `apply` would do now; only reads."""
    return _Import(session, checked, zone).compare_only()


def apply(
    session: Session,
    actor: Actor,
    checked: Checked,
    *,
    zone: str = "Europe/London",
    state: CourseState = CourseState.LIVE,
    progress: Progress | None = None,
    at: datetime | None = None,
) -> Report:
    """Write the checked rows; new courses begin in `state`. Flushes, never commits.

    `at` is when the rows say they were written: now, but for the demo college, which has a past.

    An import that changes nothing writes nothing at all: no history, no audit entry, no version.
    `progress(done, rows)` is called after each chunk.

    Raises:
        RefusedError: a row is wrong, in the file or against the database. Roll back.
    """
    return _Import(session, checked, zone, at).write(actor, state, progress)


class _Import:
    def __init__(
        self, session: Session, checked: Checked, zone: str, at: datetime | None = None
    ) -> None:
        self._session = session
        self._checked = checked
        self._zone = zone
        self._at = at or clock.now()
        found = checked.report
        self._report = replace(
            found,
            outcomes=list(found.outcomes),
            problems=list(found.problems),
            groups={},
            remarks=list(found.remarks),
        )
        self._topics: dict[str, int] = {}
        self._topic_names: dict[int, str] = {}
        self._dated: set[str] = set()  # keys of courses seen on a row with dates

    # --- the two ways through ----------------------------------------------------------------------

    def compare_only(self) -> Report:
        self._read_topics()
        for chunk in self._checked.chunks():
            for verdict in self._compare(chunk):
                self._tell(verdict)
        return self._report

    def write(self, actor: Actor, state: CourseState, progress: Progress | None) -> Report:
        if not self._report.ok:
            raise RefusedError(self._report)
        if dialect_name(self._session) == "postgresql":
            self._session.execute(sa.select(sa.func.pg_advisory_xact_lock(PG_LOCK)))
        self._read_topics()
        done = 0
        for chunk in self._checked.chunks():
            verdicts = self._compare(chunk)
            if self._report.ok:
                self._make_topics(verdicts)
                self._create(actor, state, [one for one in verdicts if one.values is None])
                self._update(actor, [one for one in verdicts if one.values])
                self._plan_runs(actor, [one for one in verdicts if one.new_run])
            for verdict in verdicts:
                self._tell(verdict)
            done += len(chunk)
            if progress is not None:
                progress(done, self._report.rows)
        if not self._report.ok:
            raise RefusedError(self._report)
        self._finish(actor)
        return self._report

    def _tell(self, verdict: _Verdict) -> None:
        facts = verdict.facts
        notes = [Note(name, Kind.FILLED, text) for name, text in facts.filled.items()]
        notes.extend(Note(name, Kind.REMARK, text) for name, text in facts.remarks)
        notes.extend(verdict.notes)
        if verdict.new_run:
            self._report.runs_created += 1
        elif facts.run is not None and verdict.action is not Action.WRONG:
            self._report.runs_unchanged += 1
        action = verdict.action
        if verdict.new_run and action is Action.UNCHANGED:
            action = Action.CREATE
        self._report.add(RowOutcome(facts.row, facts.fields["title"], action, tuple(notes)))

    def _finish(self, actor: Actor) -> None:
        report = self._report
        if not (report.created or report.updated):
            return
        record(
            self._session,
            actor,
            "courses:prospectus:import",
            ("prospectus", report.digest),
            reason=_("Import of a prospectus"),
            details={
                "rows": report.rows,
                "created": report.created,
                "updated": report.updated,
                "runs": report.runs_created,
            },
        )
        history.bump_catalogue(self._session)
        report.written = True

    # --- comparing ---------------------------------------------------------------------------------

    def _read_topics(self) -> None:
        for identity, name in self._session.execute(sa.select(Topic.id, Topic.name)):
            self._topics.setdefault(_plain(name), identity)
            self._topic_names[identity] = name

    def _compare(self, chunk: Sequence[Facts]) -> list[_Verdict]:
        keys = [facts.key for facts in chunk]
        known = {
            row.import_key: _Known(row.id, row.state, row.imported or {})
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

    def _judge(self, facts: Facts, known: _Known | None) -> _Verdict:
        verdict = _Verdict(facts, known)
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
                for name, value in _facts(facts).items()
                if known.imported.get(name) != value
            }
        return verdict

    def _merge(self, verdicts: Iterable[_Verdict]) -> None:
        """Of what changed in the file, keep what no person has changed since."""
        changed = {one.known.id: one for one in verdicts if one.values and one.known}
        if not changed:
            return
        rows = self._session.execute(
            sa.select(Course)
            .where(Course.id.in_(sorted(changed)))
            .order_by(Course.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).scalars()
        for course in rows:
            self._merge_one(changed[course.id], course)

    def _merge_one(self, verdict: _Verdict, course: Course) -> None:
        assert verdict.values is not None and verdict.known is not None  # noqa: S101, PT018
        before = verdict.known.imported
        current = {name: history.plain(getattr(course, name)) for name in FIELDS}
        current["topic"] = self._topic_names.get(course.topic_id, "")
        verdict.kept = frozenset(
            name
            for name, value in verdict.values.items()
            if name in before and current[name] not in (before[name], value)
        )
        for name in sorted(verdict.kept):
            message = _("somebody changed this here since the last import: kept")
            verdict.notes.append(Note(name, Kind.REMARK, message))
        verdict.values = {
            name: value
            for name, value in verdict.values.items()
            if name not in verdict.kept and current[name] != value
        }
        if verdict.values:
            verdict.action = Action.UPDATE

    def _compare_runs(self, verdicts: Sequence[_Verdict]) -> None:
        if not verdicts:
            return
        keys = [_run_key(one.facts) for one in verdicts]
        known = set(
            self._session.scalars(sa.select(Run.import_key).where(Run.import_key.in_(keys)))
        )
        for verdict in verdicts:
            if _run_key(verdict.facts) in known:
                continue
            if verdict.known is not None and verdict.known.state not in CAN_HAVE_DATES:
                message = _("the course cannot have dates as it stands: move it on first")
                verdict.notes.append(Note("start", Kind.PROBLEM, message))
                verdict.action = Action.WRONG
                continue
            verdict.new_run = True
            self._check_room(verdict)

    def _check_room(self, verdict: _Verdict) -> None:
        run = _run(verdict.facts)
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

    # --- writing -----------------------------------------------------------------------------------

    def _make_topics(self, verdicts: Sequence[_Verdict]) -> None:
        for verdict in verdicts:
            name = verdict.facts.topic
            if _plain(name) in self._topics:
                continue
            topic = Topic(slug=self._free_topic_slug(name), name=name, order=len(self._topics))
            self._session.add(topic)
            self._session.flush()
            self._topics[_plain(name)] = topic.id
            self._topic_names[topic.id] = name

    def _free_topic_slug(self, name: str) -> str:
        base = slugify(name) or "topic"
        taken = set(self._session.scalars(sa.select(Topic.slug).where(Topic.slug.startswith(base))))
        slug, number = base, 2
        while slug in taken:
            slug, number = f"{base[:70]}-{number}", number + 1
        return slug

    def _create(self, actor: Actor, state: CourseState, verdicts: Sequence[_Verdict]) -> None:
        if not verdicts:
            return
        slugs = self._slugs([one.facts for one in verdicts])
        rows = []
        for verdict, slug in zip(verdicts, slugs, strict=True):
            facts = verdict.facts
            rows.append(
                {
                    **self._columns(facts.fields),
                    "slug": slug,
                    "topic_id": self._topics[_plain(facts.topic)],
                    "state": state,
                    "filled": facts.filled,
                    "imported": _facts(facts),
                    "import_key": facts.key,
                    "what_to_expect": "",
                    "what_to_bring": "",
                    "version": 1,
                    "created_at": self._at,
                    "updated_at": self._at,
                }
            )
        # Asking for the ids makes it one statement for all rows, which PostgreSQL's triggers need.
        ids = self._session.scalars(sa.insert(_COURSE).returning(_COURSE.c.id), rows).all()
        self._history_of_new(actor, _COURSE.c.id.in_(ids))
        publish_many(
            self._session, [CourseChanged(course_id=one, state=state.value) for one in ids]
        )

    def _history_of_new(self, actor: Actor, written: sa.ColumnElement[bool]) -> None:
        """One row of history for each new course, without fetching any of them."""
        kind = sa.literal(ChangeKind.COURSE, _CHANGE.c.subject_kind.type)
        constants = {
            "action": sa.literal("imported"),
            "at": sa.literal(self._at, _CHANGE.c.at.type),
            "actor_person_id": sa.literal(actor.person_id, sa.Integer),
            "why": sa.literal(self._why()),
            "changes": sa.literal({}, _CHANGE.c.changes.type),
        }
        self._session.execute(
            sa.insert(_CHANGE).from_select(
                ["subject_kind", "subject_id", "course_id", *constants],
                sa.select(kind, _COURSE.c.id, _COURSE.c.id, *constants.values()).where(written),
            )
        )

    def _update(self, actor: Actor, verdicts: Sequence[_Verdict]) -> None:
        chosen = {one.known.id: one for one in verdicts if one.known is not None}
        courses = {
            course.id: course
            for course in self._session.scalars(sa.select(Course).where(Course.id.in_(chosen)))
        }
        changes_rows: list[dict[str, Any]] = []
        for identity, verdict in sorted(chosen.items()):
            course, values = courses[identity], dict(verdict.values or {})
            topic = values.pop("topic", None)
            new = self._columns(values)
            if topic is not None:
                new["topic_id"] = self._topics[_plain(topic)]
            changes = history.apply(course, new)
            changes["version"] = [course.version, course.version + 1]
            course.version += 1
            course.updated_at = self._at
            course.filled = verdict.facts.filled
            course.imported = {
                name: (course.imported or {}).get(name) if name in verdict.kept else value
                for name, value in _facts(verdict.facts).items()
            }
            changes_rows.append(
                {
                    "subject_kind": ChangeKind.COURSE,
                    "subject_id": identity,
                    "course_id": identity,
                    "action": "imported",
                    "at": self._at,
                    "actor_person_id": actor.person_id,
                    "why": self._why(),
                    "changes": changes,
                }
            )
        if changes_rows:
            self._session.flush()
            self._session.execute(sa.insert(_CHANGE), changes_rows)
            publish_many(
                self._session,
                [
                    CourseChanged(course_id=one.id, state=one.state.value)
                    for one in courses.values()
                ],
            )

    def _plan_runs(self, actor: Actor, verdicts: Sequence[_Verdict]) -> None:
        if not verdicts:
            return
        keys = [one.facts.key for one in verdicts]
        ids: dict[str | None, int] = {
            key: identity
            for identity, key in self._session.execute(
                sa.select(Course.id, Course.import_key).where(Course.import_key.in_(keys))
            )
        }
        for verdict in verdicts:
            run = _run(verdict.facts)
            start = datetime.fromisoformat(run["start"])
            plan = RunPlan(
                term_id=run["term_id"],
                mode=Mode(run["mode"]),
                venue_id=run["venue_id"],
                learning_cap=run["capacity"],
            )
            when = Weekly(
                first_on=start.date(),
                starts=start.time(),
                minutes=run["minutes"],
                count=run["count"],
            )
            try:
                made = plan_run(
                    self._session,
                    actor,
                    ids[verdict.facts.key],
                    plan,
                    when,
                    zone=self._zone,
                    room_shared=True,
                )
                made.import_key = _run_key(verdict.facts)
            except InvalidError as error:
                message = "; ".join(str(words) for words in error.errors.values())
            except NotAllowedNowError as error:
                message = str(error.reason)
            else:
                continue
            verdict.action, verdict.new_run = Action.WRONG, False
            verdict.notes.append(Note("start", Kind.PROBLEM, message))

    def _columns(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The facts as the columns of the table hold them."""
        if "planned_mode" in fields:
            return {**fields, "planned_mode": Mode(fields["planned_mode"])}
        return dict(fields)

    def _slugs(self, chunk: Sequence[Facts]) -> list[str]:
        """A free slug for each course: its title, else with its college's name, else with its key."""
        choices = []
        for facts in chunk:
            base = slugify(facts.fields["title"]) or "course"
            college = slugify(facts.fields["source_name"])[:38].strip("-")
            named = [base, f"{base}-{college}"] if college else [base]
            choices.append([*named, f"{base}-{facts.key[:12]}"])
        wanted = {choice for named in choices for choice in named}
        taken = set(
            self._session.scalars(sa.select(_COURSE.c.slug).where(_COURSE.c.slug.in_(wanted)))
        )
        slugs = []
        for named in choices:
            slug = next(choice for choice in named if choice not in taken)
            taken.add(slug)
            slugs.append(slug)
        return slugs

    def _why(self) -> str:
        return str(_("Import of the prospectus “%(file)s”", file=self._report.file))


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _facts(facts: Facts) -> dict[str, Any]:
    """All that the row says about the course itself."""
    return {**facts.fields, "topic": facts.topic}


def _run(facts: Facts) -> dict[str, Any]:
    if facts.run is None:
        raise ValueError(f"row {facts.row} has no dates")
    return facts.run


def _run_key(facts: Facts) -> str:
    return f"{facts.key}:{_run(facts)['start']}"
