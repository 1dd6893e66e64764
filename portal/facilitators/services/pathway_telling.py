"""What people are told about their own way: words are made when it leaves (`notices/pathway.py`)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.facilitators.models import OpportunityInterest, Reference, SupportSlot
from portal.messages.api import suppress, tell

STEP = "facilitators:step"
READY = "facilitators:ready"
MOVED = "facilitators:moved_on"
CHAT = "facilitators:chat"
SUPPORT = "facilitators:support"
REFERENCE = "facilitators:reference"


def step_done(session: Session, person_id: int, mark_id: int) -> None:
    """A step is behind them."""
    key = f"{STEP}:{mark_id}"
    tell(session, person_id, STEP, {"mark": mark_id}, key=key, concerning=key)


def forget_step(session: Session, person_id: int, mark_id: int) -> None:
    """That was a slip: what has not left does not leave."""
    suppress(session, purpose=STEP, concerning=f"{STEP}:{mark_id}", person_id=person_id)


def may_lead(session: Session, person_id: int, since: str) -> None:
    """They may be asked to lead. `since` tells one time from the next."""
    tell(session, person_id, READY, {"person": person_id}, key=f"{READY}:{person_id}:{since}")


def moved_on(session: Session, person_id: int, move_id: int) -> None:
    """Somebody moved them on by hand: why, they read on their page."""
    tell(session, person_id, MOVED, {"move": move_id}, key=f"{MOVED}:{move_id}")


def chat_named(session: Session, interest: OpportunityInterest) -> None:
    """A time for a chat was named: does it suit them?"""
    tell(
        session,
        interest.person_id,
        CHAT,
        {"interest": interest.id, "round": interest.round},
        key=f"{CHAT}:{interest.id}:{interest.round}",
        concerning=_of(interest),
        expires=interest.chat_at,
    )


def chat_settled(session: Session, interest: OpportunityInterest) -> None:
    """They answered, or need not."""
    suppress(session, purpose=CHAT, concerning=_of(interest), person_id=interest.person_id)


def support_planned(session: Session, slot: SupportSlot) -> None:
    """A time for support was planned, moved or cancelled."""
    tell(
        session,
        slot.person_id,
        SUPPORT,
        {"slot": slot.id, "version": slot.version},
        key=f"{SUPPORT}:{slot.id}:{slot.version}",
        expires=slot.starts_at,
    )


def reference_signed(session: Session, reference: Reference) -> None:
    """Their reference is ready."""
    about = {"reference": reference.id}
    tell(session, reference.person_id, REFERENCE, about, key=f"{REFERENCE}:{reference.id}")


def _of(interest: OpportunityInterest) -> str:
    return f"opportunity_interest:{interest.id}"
