"""Who may do what, the steps of the pathway, and whether somebody fits a session: without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from portal import clock
from portal.courses.api import SessionToLead
from portal.facilitators.models import ClearanceKind, Stage
from portal.facilitators.queries.pool import Busy, Candidate, monday_of

FIND = "facilitators:session:lead"  # find leaders, ask, decide about sessions at risk
MANAGE = "facilitators:person:manage"  # the pathway and what is on record
SUPPORT = "facilitators:adjustment:read"  # what somebody tells the one supporter they named
SUPPORTERS = ("coach", "coordinator")
COORDINATORS = ("coordinator",)

TRAVEL_MINUTES = "facilitators:travel_minutes"
ANSWER_HOURS = "facilitators:answer_hours"
URGENT_HOURS = "facilitators:urgent_hours"
MAX_A_WEEK = "facilitators:max_a_week"
NOTE_DAYS = "facilitators:note_days"
NEEDS: Mapping[ClearanceKind, str] = {
    kind: f"facilitators:needs_{kind.value}" for kind in ClearanceKind
}
WARN_DAYS = (60, 30, 7)
LEAVE = (Stage.LEFT,)
STEPS: Mapping[Stage, tuple[Stage, ...]] = {
    Stage.INTERESTED: (Stage.CHECKS, *LEAVE),
    Stage.CHECKS: (Stage.TRAINED, *LEAVE),
    Stage.TRAINED: (Stage.SHADOWING, Stage.ACTIVE, *LEAVE),
    Stage.SHADOWING: (Stage.ACTIVE, *LEAVE),
    Stage.ACTIVE: (Stage.RESTING, *LEAVE),
    Stage.RESTING: (Stage.ACTIVE, *LEAVE),
    Stage.LEFT: (Stage.INTERESTED,),
}
OWN_STEPS: Mapping[Stage, tuple[Stage, ...]] = {
    Stage.ACTIVE: (Stage.RESTING, Stage.LEFT),
    Stage.RESTING: (Stage.ACTIVE, Stage.LEFT),
    Stage.LEFT: (Stage.INTERESTED,),
}


class Why(StrEnum):
    """Why somebody does not fit a session, as a coordinator is told: never more than they need."""

    NOT_ACTIVE = "not_active"
    RESTING = "resting"
    CLEARANCE = "clearance"
    NOT_THEN = "not_then"  # whatever keeps them: nobody is told what
    LEADS = "leads"
    TRAVEL = "travel"
    LOAD = "load"


def why_not(one: Candidate, meeting: SessionToLead, travel: timedelta) -> Why | None:
    """Why somebody does not fit a session; None when they do. The first reason that there is."""
    if one.stage is not Stage.ACTIVE:
        return Why.RESTING if one.stage is Stage.RESTING else Why.NOT_ACTIVE
    if one.cleared_to is None or one.cleared_to < meeting.day:
        return Why.CLEARANCE
    clash = clash_with(one, meeting, travel)
    if clash is not None:
        return clash
    if not _can_then(one, meeting):
        return Why.NOT_THEN
    if one.weeks.get(monday_of(meeting.day), 0) >= one.max_a_week:
        return Why.LOAD
    return None


def clash_with(one: Candidate, meeting: SessionToLead, travel: timedelta) -> Why | None:
    """Whether something keeps somebody from a session, or they cannot be there in time from it."""
    ordinal = meeting.starts_at.toordinal()
    for near in (ordinal - 1, ordinal, ordinal + 1):
        for busy in one.days.get(near, ()):
            gap = timedelta(0) if busy.place == meeting.venue_id else travel
            if busy.starts_at < meeting.ends_at + gap and busy.ends_at > meeting.starts_at - gap:
                return _named(busy, meeting)
    for since, until in one.stopped:
        if since < meeting.ends_at and until > meeting.starts_at:
            return Why.NOT_THEN
    return None


def _named(busy: Busy, meeting: SessionToLead) -> Why:
    """What a coordinator plans may be named to one; what else somebody does, may not."""
    if not busy.led:
        return Why.NOT_THEN
    overlaps = busy.starts_at < meeting.ends_at and busy.ends_at > meeting.starts_at
    return Why.LEADS if overlaps else Why.TRAVEL


def _can_then(one: Candidate, meeting: SessionToLead) -> bool:
    """Whether a session falls into the times that somebody gave, and on no day that they are away."""
    if any(first <= meeting.day <= last for first, last in one.away):
        return False
    if not one.weekly:
        return True
    on, starts, ends = _on_the_wall(meeting.starts_at, meeting.ends_at, meeting.zone)
    return ends is not None and any(
        weekday == on and since <= starts and ends <= until for weekday, since, until in one.weekly
    )


@lru_cache(maxsize=2_000)  # asked of each session for everybody: a term is 250,000 times
def _on_the_wall(
    starts_at: datetime, ends_at: datetime, zone: str
) -> tuple[int, time, time | None]:
    """The weekday and the times that clocks show there; no end where that is on another day."""
    starts, ends = (clock.utc_to_wall(at, zone) for at in (starts_at, ends_at))
    until = ends.time() if ends.date() == starts.date() else None
    return starts.weekday(), starts.time(), until


def rank(one: Candidate, meeting: SessionToLead) -> tuple[int, int, int, int]:
    """The order of those who fit: who leads least, who likes the topic, who knows the group."""
    return (
        one.load,
        0 if meeting.topic_id in one.topics else 1,
        -one.runs.get(meeting.run_id, 0),
        one.person_id,
    )
