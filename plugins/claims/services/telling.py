"""Telling people what became of their claim."""

from __future__ import annotations

from sqlalchemy.orm import Session

from plugins.claims.models import Claim
from portal.messages.api import tell


def tell_payee(session: Session, claim: Claim, purpose: str, *, key: str) -> None:
    """Tell whoever is to be paid, once for each key."""
    if claim.person_id is not None:
        tell(session, claim.person_id, purpose, {"claim": claim.id}, key=f"claims:{claim.id}:{key}")
