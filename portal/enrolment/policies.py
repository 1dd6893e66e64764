"""Who may do what to which record: pure questions, without a database."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal import clock
from portal.courses.api import LedSession
from portal.enrolment.models import EnrolmentState
from portal.plugin_api import Actor

TAKE_REGISTER = "enrolment:register:take"
ARRANGE = "enrolment:place:arrange"
KEEP_APART = "enrolment:apart:keep"
BLOCK = "enrolment:person:block"
ADMINISTRATOR = "administrator"
BLOCK_ROLES = ("coordinator", ADMINISTRATOR)
NEEDS_READ = timedelta(days=14)  # after the end of the run: invariant 10


def may_take_register(actor: Actor, one: LedSession) -> bool:
    """Whoever leads the session, and whoever may take any register."""
    return actor.person_id in one.leader_ids or actor.can(TAKE_REGISTER)


def may_have_handouts(state: EnrolmentState) -> bool:
    """Whoever has a place, and whoever had one until the end; nobody who left before."""
    return state in (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED)


def may_see_emergency(actor: Actor, one: LedSession, at: datetime) -> bool:
    """Whoever leads this very session, on its day. No other right opens it."""
    return actor.person_id in one.leader_ids and clock.local_date(at, one.zone) == one.day


def may_read_needs(actor: Actor, one: LedSession, at: datetime) -> bool:
    """Whoever leads a session of this run, until 14 days after its end. No other right opens it."""
    ended = one.last_ends_at is not None and at > one.last_ends_at + NEEDS_READ
    return actor.person_id in one.run_leader_ids and not ended
