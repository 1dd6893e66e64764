"""The history of a course, a venue or a term: each change with who and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from flask import abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.api import people_by_ids
from portal.courses.models import ChangeKind, Course, Term, Venue
from portal.courses.policies import SEE_HISTORY, may_edit_course, may_edit_venues
from portal.courses.queries.changes import Change, history
from portal.courses.views.manage import address, blueprint, found, number_of
from portal.courses.words import (
    ACTIONS,
    COURSE_STATES,
    FIELDS,
    KINDS,
    MODES,
    RUN_STATES,
    SESSION_STATES,
)
from portal.db import db
from portal.plugin_api import current_actor, requires
from portal.plugin_api.types import Words
from portal.ui import filters
from portal.ui.history import Difference, Entry

SUBJECTS = {ChangeKind.COURSE: Course, ChangeKind.VENUE: Venue, ChangeKind.TERM: Term}
STATES: Mapping[ChangeKind, Mapping[Any, Words]] = {
    ChangeKind.COURSE: COURSE_STATES,
    ChangeKind.RUN: RUN_STATES,
    ChangeKind.SESSION: SESSION_STATES,
}
UNSAID = frozenset({"version", "moved_from"})  # kept for machines


@blueprint.get("/history/<kind>/<int:subject_id>")
@requires(SEE_HISTORY)
def history_of(kind: str, subject_id: int) -> ResponseReturnValue:
    """What happened to a course with its runs and sessions, to a venue or to a term."""
    if kind not in {known.value for known in SUBJECTS}:
        abort(404)
    subject_kind = ChangeKind(kind)
    row: Any = found(SUBJECTS[subject_kind], subject_id)
    before = number_of("before")
    page = history(db.session, subject_kind, subject_id, before=before)
    people = people_by_ids(
        db.session, {one.actor_person_id for one in page.lines if one.actor_person_id is not None}
    )
    names = {person_id: person.name for person_id, person in people.items()}
    return render_template(
        "courses/manage/history.html",
        title=row.title if isinstance(row, Course) else row.name,
        back=_back(subject_kind, subject_id),
        entries=[_entry(change, names, page.names) for change in page.lines],
        older=address("history_of", kind=kind, subject_id=subject_id, before=page.before)
        if page.before
        else "",
        newest=address("history_of", kind=kind, subject_id=subject_id) if before else "",
    )


def _back(kind: ChangeKind, subject_id: int) -> str:
    """The staff page of the record, for those who may open it."""
    actor = current_actor()
    if kind is ChangeKind.COURSE:
        return address("course", course_id=subject_id) if may_edit_course(actor) else ""
    if not may_edit_venues(actor):
        return ""
    return address("venues" if kind is ChangeKind.VENUE else "terms")


def _entry(
    change: Change, people: Mapping[int, str], names: Mapping[str, Mapping[int, str]]
) -> Entry:
    return Entry(
        at=change.at,
        who=people.get(change.actor_person_id or 0, ""),
        what=ACTIONS.get(change.action, change.action),
        about=_about(change),
        why=change.why,
        differences=tuple(
            Difference(
                FIELDS.get(field, field),
                *(_words(change.kind, field, value, names) for value in pair),
            )
            for field, pair in change.changes.items()
            if field not in UNSAID
        ),
    )


def _about(change: Change) -> str:
    begins = filters.day(change.run_starts_at) if change.run_starts_at else ""
    if change.kind is ChangeKind.SESSION and change.number is not None and begins:
        words = _("Session %(number)d of the run from %(day)s", number=change.number, day=begins)
        return str(words)
    if change.kind is ChangeKind.RUN and begins:
        return str(_("The run from %(day)s", day=begins))
    return str(KINDS[change.kind])


def _words(kind: ChangeKind, field: str, value: Any, names: Mapping[str, Mapping[int, str]]) -> str:
    if value is None or value == "":
        return str(_("nothing"))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if field in names:
        return names[field].get(value, str(_("something since removed")))
    if field == "state":
        return str(STATES[kind].get(value, value))
    if field == "mode" or field == "planned_mode":
        return str(MODES.get(value, value))
    reader = READERS.get(field)
    return reader(value) if reader and isinstance(value, str) else str(value)


READERS: Mapping[str, Callable[[str], str]] = {
    "local_date": lambda text: filters.day(date.fromisoformat(text)),
    "starts_on": lambda text: filters.day(date.fromisoformat(text)),
    "ends_on": lambda text: filters.day(date.fromisoformat(text)),
    "local_time": lambda text: filters.hour(time.fromisoformat(text)),
    "published_at": lambda text: filters.moment(datetime.fromisoformat(text)),
}
