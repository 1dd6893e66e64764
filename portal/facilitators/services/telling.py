"""The one place where this room tells people something. Words are made when it leaves (`notices`)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import people_with_role
from portal.courses.api import SessionToLead
from portal.facilitators.models import AskState, LeadAsk
from portal.messages.api import suppress, tell, told_of

ASK = "facilitators:ask"
TAKEN = "facilitators:taken"
LEADS = "facilitators:leads"
GONE = "facilitators:leads_no_more"
CHANGED = "facilitators:changed"
CLEARANCE = "facilitators:clearance"
LATE = "facilitators:late"
AT_RISK = "facilitators:at_risk"
NOBODY = "facilitators:nobody"
WAYS = ("email", "text")
COORDINATOR = "coordinator"


def asked(session: Session, one: LeadAsk, meeting: SessionToLead) -> None:
    """Can you lead this session?"""
    tell(
        session,
        one.person_id,
        ASK,
        {"ask": one.id, "times": one.times},
        key=f"{ASK}:{one.id}:{one.times}",
        concerning=_about(one),
        expires=meeting.starts_at,
    )


def take_back(session: Session, one: LeadAsk) -> None:
    """They answered, or need not: a question that has not left does not leave."""
    suppress(session, purpose=ASK, concerning=_about(one))


def taken(session: Session, one: LeadAsk) -> None:
    """Somebody else leads it: told to whoever has had the question."""
    if one.state is AskState.TAKEN and one.person_id in told_of(
        session, purpose=ASK, concerning=_about(one)
    ):
        tell(session, one.person_id, TAKEN, {"ask": one.id}, key=f"{TAKEN}:{one.id}:{one.times}")


def leads(session: Session, session_id: int, person_id: int, assignment_id: int) -> None:
    """They lead a session: when and where. Said once of each time that they were given it."""
    about = {"session": session_id, "assignment": assignment_id}
    tell(session, person_id, LEADS, about, key=f"{LEADS}:{session_id}:{person_id}:{assignment_id}")


def leads_no_more(session: Session, session_id: int, person_id: int, occasion: str) -> None:
    """Somebody of the college took a session off them: they need not come."""
    about = {"session": session_id}
    tell(session, person_id, GONE, about, key=f"{GONE}:{session_id}:{person_id}:{occasion}")


def changed(session: Session, session_id: int, run_id: int, version: int, person_id: int) -> None:
    """A session that they lead was moved or cancelled; version 0: the whole run was."""
    what = f"{session_id}:{version}" if version else f"run:{run_id}"
    about = {"session": session_id, "version": version}
    tell(session, person_id, CHANGED, about, key=f"{CHANGED}:{what}:{person_id}")


def lapsing(session: Session, person_id: int, clearance_id: int, days: int) -> bool:
    """Something that they need ends soon. False when that was told before."""
    return tell(
        session,
        person_id,
        CLEARANCE,
        {"clearance": clearance_id},
        key=f"{CLEARANCE}:{clearance_id}:{days}",
    )


def late(session: Session, meeting: SessionToLead, person_id: int, minutes: int, key: str) -> None:
    """Whoever leads comes later: for students on their way."""
    tell(
        session,
        person_id,
        LATE,
        {"session": meeting.id, "minutes": minutes},
        key=f"{LATE}:{meeting.id}:{key}:{person_id}",
        expires=meeting.ends_at,
    )


def pair_lost(session: Session, session_id: int, occasion: str) -> None:
    """A session that is near has lost its pair: to every coordinator, by each way at once."""
    _coordinators(session, AT_RISK, session_id, occasion)


def nobody_found(session: Session, session_id: int, times: str) -> int:
    """Nobody has said yes: the coordinators decide. 1, or 0 when they were told of this round."""
    return _coordinators(session, NOBODY, session_id, times)


def _coordinators(session: Session, purpose: str, session_id: int, key: str) -> int:
    new = 0
    for person_id in sorted(people_with_role(session, COORDINATOR, clock.now())):
        for way in WAYS:
            new |= tell(
                session,
                person_id,
                f"{purpose}_{way}",
                {"session": session_id},
                key=f"{purpose}:{session_id}:{key}:{person_id}:{way}",
            )
    return new


def _about(one: LeadAsk) -> str:
    return f"lead_ask:{one.id}"
