"""The words people read for the room's states and choices. One place, so that all pages agree."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.courses.models import ChangeKind, CourseState, Mode, Perspective, RunState, SessionState
from portal.courses.queries.manage import RunLine
from portal.courses.queries.pages import RunInfo
from portal.plugin_api.types import Words
from portal.ui.filters import day

COURSE_STATES: Mapping[CourseState, Words] = {
    CourseState.IDEA: _l("Idea"),
    CourseState.CO_PRODUCTION: _l("Being made together"),
    CourseState.PILOT: _l("Pilot"),
    CourseState.APPROVED: _l("Approved"),
    CourseState.LIVE: _l("Live"),
    CourseState.RESTING: _l("Resting"),
    CourseState.RETIRED: _l("Retired"),
}
# What it means for a course to be there, for whoever is about to move it.
COURSE_STATE_MEANINGS: Mapping[CourseState, Words] = {
    CourseState.IDEA: _l("Somebody suggested it. Nothing is decided."),
    CourseState.CO_PRODUCTION: _l(
        "A group is making it together. Visitors can see that it is coming."
    ),
    CourseState.PILOT: _l("It runs for the first time, and we ask how it went."),
    CourseState.APPROVED: _l("The college has said yes. It can have dates."),
    CourseState.LIVE: _l("It is part of what we offer."),
    CourseState.RESTING: _l("It takes a break. It stays in the catalogue and can come back."),
    CourseState.RETIRED: _l("It has ended for good. It leaves the catalogue; its history stays."),
}
RUN_STATES: Mapping[RunState, Words] = {
    RunState.PLANNED: _l("Planned"),
    RunState.OPEN: _l("Open"),
    RunState.RUNNING: _l("Running"),
    RunState.FINISHED: _l("Finished"),
    RunState.CANCELLED: _l("Cancelled"),
}
SESSION_STATES: Mapping[SessionState, Words] = {
    SessionState.SCHEDULED: _l("On"),
    SessionState.MOVED: _l("Moved"),
    SessionState.CANCELLED: _l("Cancelled"),
    SessionState.DELIVERED: _l("Took place"),
}
MODES: Mapping[Mode, Words] = {
    Mode.IN_PERSON: _l("In person"),
    Mode.ONLINE: _l("Online"),
    Mode.BOTH: _l("In person and online"),
}
PERSPECTIVES: Mapping[Perspective, Words] = {
    Perspective.LIVED: _l("Lived experience"),
    Perspective.PROFESSIONAL: _l("Professional experience"),
    Perspective.SUBJECT: _l("Knows the subject"),
}
KINDS: Mapping[ChangeKind, Words] = {
    ChangeKind.COURSE: _l("Course"),
    ChangeKind.RUN: _l("Run"),
    ChangeKind.SESSION: _l("Session"),
    ChangeKind.TERM: _l("Term"),
    ChangeKind.VENUE: _l("Venue"),
}
ACTIONS: Mapping[str, Words] = {
    "created": _l("Created"),
    "edited": _l("Changed"),
    "deleted": _l("Removed"),
    "copied": _l("Copied"),
    "state": _l("Moved on"),
    "planned": _l("Planned"),
    "published": _l("Published"),
    "unpublished": _l("Taken off the public pages"),
    "cancelled": _l("Cancelled"),
    "moved": _l("Moved"),
    "settled": _l("Everybody was told"),
    "delivered": _l("Took place"),
    "added": _l("Added"),
    "assigned": _l("Somebody was asked to lead"),
    "unassigned": _l("Somebody no longer leads"),
    "waived": _l("May go ahead without a pair"),
    "started": _l("Began"),
    "finished": _l("Finished"),
    "imported": _l("Came from a prospectus"),
    "handout_added": _l("A handout was added"),
    "handout_changed": _l("A handout was changed"),
    "handout_removed": _l("A handout was removed"),
    "handout_moved": _l("The order of the handouts was changed"),
}
FIELDS: Mapping[str, Words] = {
    "title": _l("Title"),
    "summary": _l("Summary"),
    "description": _l("Description"),
    "topic_id": _l("Topic"),
    "state": _l("Where it stands"),
    "planned_sessions": _l("Number of sessions"),
    "planned_minutes": _l("Minutes a session"),
    "self_paced": _l("At your own pace"),
    "drop_in": _l("Drop in"),
    "for_supporters": _l("For supporters too"),
    "adjacent": _l("A neighbouring service"),
    "first_required": _l("First session needed"),
    "what_to_expect": _l("What to expect"),
    "what_to_bring": _l("What to bring"),
    "source_name": _l("Where the idea came from"),
    "source_url": _l("Link to where it came from"),
    "source_note": _l("Note on where it came from"),
    "name": _l("Name"),
    "starts_on": _l("First day"),
    "ends_on": _l("Last day"),
    "address": _l("Address"),
    "postcode": _l("Postcode"),
    "capacity": _l("People in the room"),
    "step_free": _l("Step-free"),
    "hearing_loop": _l("Hearing loop"),
    "quiet_room": _l("Quiet room"),
    "accessible_toilet": _l("Accessible toilet"),
    "parking": _l("Parking"),
    "bus": _l("Bus"),
    "access_note": _l("Getting in"),
    "online": _l("Online place"),
    "term_id": _l("Term"),
    "venue_id": _l("Venue"),
    "mode": _l("How people take part"),
    "learning_cap": _l("Places"),
    "online_cap": _l("Places online"),
    "published_at": _l("Published"),
    "cancelled_reason": _l("Why it was cancelled"),
    "local_date": _l("Date"),
    "local_time": _l("Start"),
    "minutes": _l("Minutes"),
    "online_link": _l("Link"),
    "note": _l("Note to students"),
    "reason": _l("Reason"),
    "copied_from": _l("Copied from"),
    "sessions": _l("Sessions"),
    "perspective": _l("Perspective"),
}


def run_name(run: RunInfo | RunLine) -> str:
    """What people call a run: its course, when it begins, and where."""
    title, where = run.course_title, _where(run)
    if run.starts_at is None:
        return str(_("%(course)s, no dates yet", course=title))
    begins = day(run.starts_at)
    if not where:
        return str(_("%(course)s, from %(day)s", course=title, day=begins))
    return str(_("%(course)s, from %(day)s, %(place)s", course=title, day=begins, place=where))


def run_begins(run: RunInfo | RunLine) -> str:
    """The same where the course is plain already: when a run begins, and where."""
    where = _where(run)
    if run.starts_at is None:
        return str(_("No dates yet"))
    begins = day(run.starts_at)
    if not where:
        return str(_("From %(day)s", day=begins))
    return str(_("From %(day)s, %(place)s", day=begins, place=where))


def _where(run: RunInfo | RunLine) -> str:
    if run.mode is Mode.ONLINE:
        return str(_("online"))
    return run.venue or ""
