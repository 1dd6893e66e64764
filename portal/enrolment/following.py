"""What follows when a session is moved or cancelled, or a run changes: everybody it concerns is told.

The worker calls a handler at least once, so whatever is told has a key that is the same each time. A handler
looks at what is true when it runs: of two changes soon after each other, the last one is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.courses.api import Meeting, RunInfo, next_run_of, run_by_id
from portal.enrolment.queries import telling as concerned
from portal.enrolment.queries.mine import interests
from portal.enrolment.services import missed_first, telling
from portal.messages.api import remind_at, was_told
from portal.plugin_api import EventContext
from portal.plugin_api.events import (
    PersonResumed,
    PersonUnblocked,
    RunChanged,
    SessionCancelled,
    SessionMoved,
)

SOON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class _Change:
    """What became of one session, and what people knew of it before."""

    meeting: Meeting
    at: datetime
    reminded: frozenset[int]
    never_told: frozenset[int]  # of its last change: the time that they know is an older one

    def purpose(self, person_id: int) -> str:
        """Which notice says it to this person."""
        if person_id in self.reminded:
            return telling.CORRECTION
        if self.meeting.cancelled:
            return telling.CANCELLED
        starts = [one for one in (self.meeting.starts_at, self.meeting.moved_from) if one]
        soon = min(abs(one - self.at) for one in starts) < SOON
        return telling.MOVED_SOON if soon else telling.MOVED

    def about(self, person_id: int) -> dict[str, int | str]:
        """What the notice is about; the old time only where they know it."""
        said: dict[str, int | str] = {
            "session": self.meeting.id,
            "version": self.meeting.version,
        }
        was = self.meeting.moved_from
        if was is not None and person_id not in self.never_told:
            said["was"] = was.isoformat()
        return said


def session_changed(
    session: Session, event: SessionMoved | SessionCancelled, context: EventContext
) -> None:
    """Reminders that have not left are taken back; whoever has a place, or an offer, hears what is true now.

    A run that is cancelled as a whole is told of once, not session by session.
    """
    reminded = telling.were_reminded(session, event.session_id)
    telling.take_back_reminders(session, event.session_id)
    run = run_by_id(session, event.run_id)
    meeting = _meeting(run, event.session_id)
    if run is None or meeting is None or run.cancelled:
        return
    if meeting.ends_at <= context.at:
        return
    never_told = telling.take_back_older(session, meeting.id, meeting.version)
    change = _Change(meeting, context.at, reminded, never_told)
    _tell_places(session, change)
    _tell_offered(session, run.id, change)


def _tell_places(session: Session, change: _Change) -> None:
    meeting = change.meeting
    due = remind_at(session, meeting.starts_at, meeting.zone)
    # Told so near to the session, the news is the reminder too.
    is_reminder = not meeting.cancelled and due is not None and due <= change.at
    for held in concerned.places_held(session, [meeting.run_id]):
        if held.from_at > meeting.starts_at:
            continue
        key = (
            telling.reminder_key(meeting.id, meeting.version, held.enrolment_id)
            if is_reminder
            else f"enrolment:session:{meeting.id}:{meeting.version}:{held.enrolment_id}"
        )
        about = {**change.about(held.person_id), "enrolment": held.enrolment_id}
        telling.changed(session, held.person_id, change.purpose(held.person_id), about, key=key)


def _tell_offered(session: Session, run_id: int, change: _Change) -> None:
    """Whoever thinks about an offer should know; one that has not left yet says by itself what is true."""
    for offer_id, person_id in concerned.offers_open(session, run_id, change.at):
        if was_told(session, telling.offer_key(offer_id)):
            meeting = change.meeting
            key = f"enrolment:session:{meeting.id}:{meeting.version}:offer:{offer_id}"
            about = {**change.about(person_id), "offer": offer_id}
            telling.changed(session, person_id, change.purpose(person_id), about, key=key)


def run_changed(session: Session, event: RunChanged, context: EventContext) -> None:
    """A run that will not take place is told to everybody who planned to come; new dates to whoever asked."""
    if event.state == "cancelled":
        tell_cancelled(session, event.run_id, at=context.at)
    elif event.state == "open":
        # Whoever missed the first session the last time has been promised more than the dates.
        missed_first.keep_for_those_who_look(session, at=context.at, course_id=event.course_id)
        asked = concerned.interested(session, event.course_id, event.run_id)
        away = concerned.away_among(session, asked, context.at)
        for person_id in asked:
            if person_id not in away:
                telling.dates_are_known(session, person_id, event.run_id)


def came_back(
    session: Session, event: PersonResumed | PersonUnblocked, context: EventContext
) -> None:
    """Dates that became known while somebody took a break, or could take no place, are told now."""
    if event.person_id in concerned.away_among(session, [event.person_id], context.at):
        return
    back = f"{event.event_type}:{_occasion(event)}"
    for course_id in interests(session, event.person_id):
        run_id = next_run_of(session, course_id, context.at)
        if run_id is not None and event.person_id in concerned.interested(
            session, course_id, run_id
        ):
            telling.dates_are_known(session, event.person_id, run_id, back=back)


def _occasion(event: PersonResumed | PersonUnblocked) -> int:
    return event.pause_id if isinstance(event, PersonResumed) else event.block_id


def tell_cancelled(session: Session, run_id: int, *, at: datetime) -> None:
    """A cancelled run is told to whoever had planned to come to what was still ahead."""
    run = run_by_id(session, run_id)
    ahead = [one for one in run.meetings if one.ends_at > at] if run is not None else []
    if run is None or not run.cancelled or not ahead:
        return
    reminded: set[int] = set()
    for one in ahead:
        reminded |= telling.were_reminded(session, one.id)
        telling.take_back_reminders(session, one.id)
    key = f"{telling.RUN_CANCELLED}:{run.id}"
    for held in concerned.places_held(session, [run.id]):
        about = {
            "run": run.id,
            "enrolment": held.enrolment_id,
            "reminded": int(held.person_id in reminded),
        }
        telling.run_cancelled(session, held.person_id, about, key=f"{key}:{held.enrolment_id}")
    for entry_id, person_id in concerned.waited_for(session, run.id):
        about = {"run": run.id, "entry": entry_id}
        telling.run_cancelled(session, person_id, about, key=f"{key}:waited:{entry_id}")


def _meeting(run: RunInfo | None, session_id: int) -> Meeting | None:
    meetings: Iterable[Meeting] = run.meetings if run is not None else ()
    return next((one for one in meetings if one.id == session_id), None)


HANDLERS = (
    (RunChanged, run_changed),
    (PersonResumed, came_back),
    (PersonUnblocked, came_back),
    (SessionMoved, session_changed),
    (SessionCancelled, session_changed),
)
