"""The second half of an import: checked rows against what is there, in bulk, in one transaction.

Rows are compared and written `CHUNK` at a time with a fixed number of statements per chunk. An import
sets only what changed in the file since the last one, and leaves alone whatever a person has changed.
Dates are planned through the same service as by hand; a run that is there already is never touched,
because people may have places on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.api import record
from portal.courses.models import ChangeKind, Course, CourseChange, CourseState, Mode, Topic
from portal.courses.services import history
from portal.courses.services.errors import InvalidError, NotAllowedNowError
from portal.courses.services.planning import RunPlan, Weekly, plan_run
from portal.courses.services.prospectus.checking import Checked, Progress
from portal.courses.services.prospectus.comparing import (
    Comparer,
    Verdict,
    course_facts,
    plain_name,
    run_key,
    run_of,
)
from portal.courses.services.prospectus.report import Action, Kind, Note, Report, RowOutcome
from portal.courses.services.prospectus.rows import Facts
from portal.courses.services.slugs import slugify
from portal.db import dialect_name
from portal.plugin_api import Actor
from portal.plugin_api.events import CourseChanged, publish_many

_COURSE = cast(sa.Table, Course.__table__)
_CHANGE = cast(sa.Table, CourseChange.__table__)
PG_LOCK = 7_702_415_001  # one import at a time; any number that nothing else uses


class RefusedError(Exception):
    """Some rows turned out wrong while they were written: the caller rolls back. Carries the report."""

    def __init__(self, report: Report) -> None:
        super().__init__(f"{report.wrong} rows are wrong")
        self.report = report


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
        self._topics: dict[str, int] = {}
        found = checked.report
        self._report = replace(
            found,
            outcomes=list(found.outcomes),
            problems=list(found.problems),
            groups={},
            remarks=list(found.remarks),
        )

    # --- the two ways through ----------------------------------------------------------------------

    def compare_only(self) -> Report:
        comparer = Comparer(self._session, self._zone, writing=False)
        for chunk in self._checked.chunks():
            for verdict in comparer.compare(chunk):
                self._tell(verdict)
        return self._report

    def write(self, actor: Actor, state: CourseState, progress: Progress | None) -> Report:
        if not self._report.ok:
            raise RefusedError(self._report)
        if dialect_name(self._session) == "postgresql":
            self._session.execute(sa.select(sa.func.pg_advisory_xact_lock(PG_LOCK)))
        comparer = Comparer(self._session, self._zone, writing=True)
        self._topics = comparer.topics
        done = 0
        for chunk in self._checked.chunks():
            verdicts = comparer.compare(chunk)
            if self._report.ok:
                self._make_topics(verdicts, comparer)
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

    def _tell(self, verdict: Verdict) -> None:
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

    # --- writing -----------------------------------------------------------------------------------

    def _make_topics(self, verdicts: Sequence[Verdict], comparer: Comparer) -> None:
        for verdict in verdicts:
            name = verdict.facts.topic
            if plain_name(name) in self._topics:
                continue
            topic = Topic(slug=self._free_topic_slug(name), name=name, order=len(self._topics))
            self._session.add(topic)
            self._session.flush()
            self._topics[plain_name(name)] = topic.id
            comparer.topic_names[topic.id] = name

    def _free_topic_slug(self, name: str) -> str:
        base = slugify(name) or "topic"
        taken = set(self._session.scalars(sa.select(Topic.slug).where(Topic.slug.startswith(base))))
        slug, number = base, 2
        while slug in taken:
            slug, number = f"{base[:70]}-{number}", number + 1
        return slug

    def _create(self, actor: Actor, state: CourseState, verdicts: Sequence[Verdict]) -> None:
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
                    "topic_id": self._topics[plain_name(facts.topic)],
                    "state": state,
                    "filled": facts.filled,
                    "imported": course_facts(facts),
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

    def _update(self, actor: Actor, verdicts: Sequence[Verdict]) -> None:
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
                new["topic_id"] = self._topics[plain_name(topic)]
            changes = history.apply(course, new)
            changes["version"] = [course.version, course.version + 1]
            course.version += 1
            course.updated_at = self._at
            course.filled = verdict.facts.filled
            course.imported = {
                name: (course.imported or {}).get(name) if name in verdict.kept else value
                for name, value in course_facts(verdict.facts).items()
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

    def _plan_runs(self, actor: Actor, verdicts: Sequence[Verdict]) -> None:
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
            run = run_of(verdict.facts)
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
                made.import_key = run_key(verdict.facts)
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
