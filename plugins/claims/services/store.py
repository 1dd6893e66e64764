"""A claim under its lock, and what each change of it leaves behind."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import Claim, Line, State
from plugins.claims.services.support import writes
from portal.audit import api as audit
from portal.plugin_api import Actor, lock_rows, now

EDITABLE = frozenset({State.DRAFT, State.QUERIED})


def locked(session: Session, claim_id: int) -> Claim:
    """The claim, locked and fresh.

    Raises:
        GoneError: there is none.
    """
    found = lock_rows(session, Claim, [claim_id])
    if not found:
        raise GoneError
    return found[0]


def own(
    session: Session, actor: Actor, claim_id: int, *states: State, written: bool = False
) -> Claim:
    """The actor's own claim, locked, in one of these states; with `written` also one that they write for
    somebody who lets them.

    Raises:
        GoneError: there is none, or it is somebody else's.
        RefusedError: it is in another state by now.
    """
    claim = locked(session, claim_id)
    mine = actor.person_id is not None and claim.person_id == actor.person_id
    if not mine and not (written and writes(session, actor, claim)):
        raise GoneError
    if claim.state not in states:
        raise RefusedError(Why.STATE)
    return claim


def lines_of(session: Session, claim_id: int) -> Sequence[Line]:
    """Its lines, in their order."""
    return session.scalars(
        sa.select(Line)
        .where(Line.claim_id == claim_id)
        .order_by(Line.id)
        .execution_options(populate_existing=True)
    ).all()


def change(session: Session, claim: Claim) -> None:
    """Note that a claim is another one now: whatever was approved or decided of it no longer holds."""
    claim.changed_at = now()
    if claim.state is State.DRAFT:
        return
    claim.version += 1
    for line in lines_of(session, claim.id):
        line.decision, line.allowed, line.reason = None, None, ""


def note(session: Session, actor: Actor, verb: str, claim: Claim) -> None:
    """Put it on record, by its verb, without its words or sums."""
    session.flush()
    audit.record(
        session,
        actor,
        f"claims:claim:{verb}",
        ("claims_claim", claim.id),
        details={"state": claim.state.value, "version": claim.version, "round": claim.round},
    )
