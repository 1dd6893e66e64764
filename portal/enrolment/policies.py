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
# Leading a session opens its register from then on, and no longer than to write down what was on paper.
LEADS_BEFORE, LEADS_AFTER = timedelta(days=28), timedelta(days=14)
# How long ago whoever leads may have shown who they are. What people shared is read on the way to a session
# and looked up in the hall, with a phone in one hand: ten minutes would ask in the middle of it, and four
# hours are a session with what is around it. Whom to call is looked up while somebody lies on the floor: it
# must not ask on the day of a long session, and each look is on record.
NEEDS_FRESH, EMERGENCY_FRESH = timedelta(hours=4), timedelta(hours=8)
# What plugins may veto: opening what somebody leads. The subject is a `Leading`.
OPEN_SESSION = "enrolment:session:open"


def may_prepare(actor: Actor, one: LedSession, at: datetime) -> bool:
    """What names nobody, such as handouts: whoever leads the session, until 14 days after it, and whoever may
    take any register.
    """
    leads = actor.person_id in one.leader_ids and at <= one.ends_at + LEADS_AFTER
    return leads or actor.can(TAKE_REGISTER)


def may_take_register(actor: Actor, one: LedSession, at: datetime) -> bool:
    """Whoever leads the session, once it is near, and whoever may take any register."""
    is_near = at >= one.starts_at - LEADS_BEFORE
    return may_prepare(actor, one, at) and (is_near or actor.can(TAKE_REGISTER))


def may_welcome(actor: Actor, one: LedSession, at: datetime) -> bool:
    """Looking people up by name, and giving a place to who came: for whoever may take any register, and for
    leaders while they still have a session in the run, today or later.
    """
    if actor.can(TAKE_REGISTER):
        return True
    until = one.led_until.get(actor.person_id or 0)
    still = until is not None and clock.local_date(at, one.zone) <= clock.local_date(
        until, one.zone
    )
    return may_take_register(actor, one, at) and still


def may_have_handouts(state: EnrolmentState) -> bool:
    """Whoever has a place, and whoever had one until the end; nobody who left before."""
    return state in (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED)


def may_see_emergency(actor: Actor, one: LedSession, at: datetime) -> bool:
    """Whoever leads this very session, on its day. No other right opens it."""
    return actor.person_id in one.leader_ids and clock.local_date(at, one.zone) == one.day


def may_read_needs(actor: Actor, one: LedSession, at: datetime) -> bool:
    """Whoever leads a session of this run, until 14 days after the last one of theirs (invariant 10: not
    longer than 14 days after the end of the run). No other right opens it.
    """
    until = needs_until(actor, one)
    return until is not None and at <= until


def needs_until(actor: Actor, one: LedSession) -> datetime | None:
    """Until when they may read what people share with those who lead this run; None when they lead none of
    it.
    """
    last = one.led_until.get(actor.person_id or 0)
    return None if last is None else last + LEADS_AFTER
