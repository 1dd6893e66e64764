"""Other ways to begin: a claim or money ahead for somebody who lets you; a claim of what was paid ahead."""

from __future__ import annotations

from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import (
    AdvanceClaim,
    AdvanceRow,
    Claim,
    SupportedAdvance,
    SupportedClaim,
)
from plugins.claims.services.advance_moves import locked
from plugins.claims.services.advances import Wish, ask
from plugins.claims.services.support import asked_for, holding
from plugins.claims.services.telling import tell_about_advance
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


def ask_for(session: Session, actor: Actor, consent_id: int, wish: Wish) -> AdvanceRow:
    """Ask for money ahead for somebody who lets the actor do so; they are told.

    Raises:
        GoneError: they do not, or not any more.
        RefusedError: the event is over.
    """
    consent = holding(session, actor, consent_id)
    if not consent.ahead:
        raise GoneError
    one = ask(session, actor, wish, person_id=consent.person_id)
    session.add(SupportedAdvance(advance_id=one.id, consent_id=consent.id))
    session.flush()
    tell_about_advance(session, one, "claims:advance_asked_for")
    return one


def begin_against(session: Session, actor: Actor, advance_id: int) -> Claim:
    """A new draft that says what was spent of money that was paid ahead; also by whoever asked for it for
    somebody who still lets them.

    Raises:
        GoneError: there is no such one of theirs.
        RefusedError: nothing of it is open.
    """
    advance = locked(session, advance_id)
    mine = actor.person_id is not None and advance.person_id == actor.person_id
    consent_id = None if mine else asked_for(session, actor, advance)
    if not mine and consent_id is None:
        raise GoneError
    if not advance.left_open:
        raise RefusedError(Why.STATE)
    claim = new_draft(session, advance.person_id, advance.what)
    session.add(AdvanceClaim(claim_id=claim.id, advance_id=advance.id))
    if consent_id is not None:
        session.add(SupportedClaim(claim_id=claim.id, consent_id=consent_id))
    session.flush()
    return claim
