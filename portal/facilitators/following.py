"""What follows when a session gets or loses a leader or its pair, moves or is cancelled: those whom it
concerns are told.

The worker calls a handler at least once, so whatever is told has a key that is the same each time. A handler
looks at what is true when it runs.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from portal.courses.api import RunState, led_session, lock_run, sessions_to_lead
from portal.enrolment.api import still_leads
from portal.facilitators.policies import URGENT_HOURS
from portal.facilitators.services import asking, telling
from portal.plugin_api import Actor, EventContext
from portal.plugin_api.dispatch import setting
from portal.plugin_api.events import (
    LeaderGiven,
    LeaderGone,
    PairLost,
    SessionCancelled,
    SessionMoved,
)


def pair_lost(session: Session, event: PairLost, context: EventContext) -> None:
    """The desk shows it by itself; when the session is near, every coordinator is told at once."""
    meeting = sessions_to_lead(session, [event.session_id]).get(event.session_id)
    if meeting is None or not meeting.at_risk or meeting.starts_at <= context.at:
        return
    near = timedelta(hours=int(setting(session, URGENT_HOURS)))
    if meeting.starts_at - context.at <= near:
        telling.pair_lost(session, meeting.id, context.event_id)


def leader_given(session: Session, event: LeaderGiven, context: EventContext) -> None:
    """Whoever was given a session, on whichever page, hears of it; of others no answer is needed any more."""
    one = led_session(session, event.session_id)
    if one is None or one.ends_at <= context.at or event.person_id not in one.leader_ids:
        return
    telling.leads(session, one.id, event.person_id, event.assignment_id)
    lock_run(session, one.run_id)
    asking.close_when_found(session, one.id)


def leader_gone(session: Session, event: LeaderGone, context: EventContext) -> None:
    """Whoever had a session taken off them hears that they need not come. Whoever has left knows it."""
    one = led_session(session, event.session_id)
    if event.by_themselves or one is None or one.starts_at <= context.at:
        return
    if event.person_id in one.leader_ids:
        return
    if still_leads(session, Actor(person_id=event.person_id), one.id):
        telling.leads_no_more(session, one.id, event.person_id, context.event_id)


def session_changed(
    session: Session, event: SessionMoved | SessionCancelled, context: EventContext
) -> None:
    """Whoever leads it hears of it; of a whole run that is cancelled once, not session by session."""
    one = led_session(session, event.session_id)
    if one is None or one.ends_at <= context.at:
        return
    version = 0 if one.run_state is RunState.CANCELLED else event.version
    for person_id in sorted(one.leader_ids):
        telling.changed(session, one.id, one.run_id, version, person_id)


HANDLERS = (
    (PairLost, pair_lost),
    (LeaderGiven, leader_given),
    (LeaderGone, leader_gone),
    (SessionMoved, session_changed),
    (SessionCancelled, session_changed),
)
