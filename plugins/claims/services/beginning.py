"""Other ways to begin a claim: for somebody who lets you, and of money that was paid ahead."""

from __future__ import annotations

from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import AdvanceClaim, Claim, SupportedClaim
from plugins.claims.services.advances import own as own_advance
from plugins.claims.services.support import holding
from plugins.claims.services.writing import new_draft
from portal.plugin_api import Actor


def begin_for(session: Session, actor: Actor, consent_id: int, what: str) -> Claim:
    """A new draft for somebody who lets the actor write it.

    Raises:
        GoneError: they do not, or not any more.
    """
    consent = holding(session, actor, consent_id)
    claim = new_draft(session, consent.person_id, what)
    session.add(SupportedClaim(claim_id=claim.id, consent_id=consent.id))
    session.flush()
    return claim


def begin_against(session: Session, actor: Actor, advance_id: int) -> Claim:
    """A new draft that says what was spent of money that was paid ahead.

    Raises:
        GoneError: there is no such one of theirs.
        RefusedError: nothing of it is open.
    """
    advance = own_advance(session, actor, advance_id)
    if not advance.left_open:
        raise RefusedError(Why.STATE)
    claim = new_draft(session, actor.person_id, advance.what)
    session.add(AdvanceClaim(claim_id=claim.id, advance_id=advance.id))
    session.flush()
    return claim
