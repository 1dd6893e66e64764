"""Telling people what became of their claim."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import AdvanceRow, Claim, Offer, Question
from portal.messages.api import tell
from portal.plugin_api import Actor


def tell_payee(session: Session, claim: Claim, purpose: str, *, key: str) -> None:
    """Tell whoever is to be paid, once for each key."""
    if claim.person_id is not None:
        tell(session, claim.person_id, purpose, {"claim": claim.id}, key=f"claims:{claim.id}:{key}")


def tell_about_offer(session: Session, offer: Offer, purpose: str, *, key: str) -> None:
    """Tell whoever takes something for their time, once for each key."""
    if offer.person_id is not None:
        about, name = {"offer": offer.id}, f"claims:offer:{offer.id}:{key}"
        tell(session, offer.person_id, purpose, about, key=name)


def tell_about_advance(session: Session, advance: AdvanceRow, purpose: str) -> None:
    """Tell whoever asked for money ahead, once of each kind."""
    if advance.person_id is not None:
        about = {"advance": advance.id}
        tell(session, advance.person_id, purpose, about, key=f"{purpose}:{advance.id}")


def tell_sent_for(session: Session, actor: Actor, claim: Claim) -> None:
    """Tell whom a claim is for each time that somebody else sends it, or an answer."""
    if claim.person_id == actor.person_id:
        return
    asked = session.scalar(
        sa.select(sa.func.count(Question.id)).where(Question.claim_id == claim.id)
    )
    tell_payee(session, claim, "claims:sent_for", key=f"sent_for:{asked}")
