"""Letting somebody write claims for you: begun by you, taken up by them with a code, ended by either."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import (
    AdvanceRow,
    Claim,
    SupportConsent,
    SupportedAdvance,
    SupportedClaim,
)
from plugins.claims.services.refs import new_ref
from portal.audit import api as audit
from portal.plugin_api import Actor, lock_rows, now

CODE_DAYS = 7
_KIND = "claims_support_consent"


def offer(session: Session, actor: Actor, *, paid: bool) -> str:
    """A code to give to whoever is to write claims for the actor; the one before it works no longer.

    Raises:
        GoneError: nobody is signed in.
    """
    if actor.person_id is None:
        raise GoneError
    session.execute(
        sa.delete(SupportConsent).where(
            SupportConsent.person_id == actor.person_id, SupportConsent.code != ""
        )
    )
    at, code = now(), new_ref()
    session.add(
        SupportConsent(
            person_id=actor.person_id,
            code=code,
            code_until=at + timedelta(days=CODE_DAYS),
            paid=paid,
            begun_at=at,
        )
    )
    session.flush()
    return code


def take_up(session: Session, actor: Actor, code: str) -> int:
    """Support whoever gave the code; returns whom.

    Raises:
        RefusedError: there is no such code any more, or it is the actor's own.
    """
    typed = "".join(code.lower().split()).replace("-", "")
    if not typed or actor.person_id is None:
        raise RefusedError(Why.CODE)
    found = session.scalars(
        sa.select(SupportConsent)
        .where(SupportConsent.code == typed, SupportConsent.code_until > now())
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or found.person_id is None:
        raise RefusedError(Why.CODE)
    if found.person_id == actor.person_id:
        raise RefusedError(Why.OWN_CODE)
    for former in _holding(session, found.person_id, actor.person_id):
        former.until = now()
    session.flush()
    found.supporter_id, found.since, found.code = actor.person_id, now(), ""
    session.flush()
    audit.record(session, actor, "claims:support:begin", (_KIND, found.id))
    return found.person_id


def _holding(session: Session, person_id: int, supporter_id: int) -> list[SupportConsent]:
    ids = session.scalars(
        sa.select(SupportConsent.id).where(
            SupportConsent.person_id == person_id,
            SupportConsent.supporter_id == supporter_id,
            SupportConsent.until.is_(None),
        )
    ).all()
    return lock_rows(session, SupportConsent, ids)


def end(session: Session, actor: Actor, consent_id: int) -> None:
    """End it at once, without a reason: whoever let it, or whoever was let. Nothing, where it has ended.

    Raises:
        GoneError: it is between others.
    """
    found = lock_rows(session, SupportConsent, [consent_id])
    if not found or actor.person_id not in {found[0].person_id, found[0].supporter_id}:
        raise GoneError
    if found[0].since is not None and found[0].until is None:
        found[0].until = now()
        session.flush()
        audit.record(session, actor, "claims:support:end", (_KIND, consent_id))


def holding(session: Session, actor: Actor, consent_id: int) -> SupportConsent:
    """The consent with which the actor writes for somebody, locked: it cannot end meanwhile.

    Raises:
        GoneError: there is none, or it has ended.
    """
    found = lock_rows(session, SupportConsent, [consent_id])
    one = found[0] if found else None
    if one is None or one.until is not None or one.since is None or actor.person_id is None:
        raise GoneError
    if one.supporter_id != actor.person_id or one.person_id is None:
        raise GoneError
    return one


def writes(session: Session, actor: Actor, claim: Claim) -> bool:
    """Whether the actor wrote this claim for somebody who still lets them; the consent is locked then."""
    wrote = sa.select(SupportedClaim.consent_id).where(SupportedClaim.claim_id == claim.id)
    return _still(session, actor, wrote, claim.person_id) is not None


def asked_for(session: Session, actor: Actor, one: AdvanceRow) -> int | None:
    """The consent with which the actor asked for this money for somebody who still lets them, locked; None
    where there is none.
    """
    asked = sa.select(SupportedAdvance.consent_id).where(SupportedAdvance.advance_id == one.id)
    return _still(session, actor, asked, one.person_id)


def _still(
    session: Session, actor: Actor, which: sa.Select[int], person_id: int | None
) -> int | None:
    consent_id = session.scalar(which)
    if consent_id is None or person_id is None:
        return None
    try:
        holds = holding(session, actor, consent_id).person_id == person_id
    except GoneError:
        return None
    return consent_id if holds else None
