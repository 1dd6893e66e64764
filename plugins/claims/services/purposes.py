"""Saying what a claim was for, so that it counts in that budget: its person, and whoever decides about it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import Claim
from plugins.claims.money.separation import bar
from plugins.claims.queries.purposes import all_purposes, own_purposes
from plugins.claims.services.separating import involved, own_accounts
from plugins.claims.services.store import EDITABLE, locked, note, own
from portal.plugin_api import Actor


def say_purpose(session: Session, actor: Actor, claim_id: int, activity_id: int | None) -> None:
    """One of its person's own activities, or nothing that is known. No sum changes by it, and no approval.

    Raises:
        GoneError: there is no such activity of theirs; or see `own`.
        RefusedError: see `own`.
    """
    claim = own(session, actor, claim_id, *EDITABLE)
    known = own_purposes(session, claim.person_id)
    _put(session, actor, claim, activity_id, {one.id for one in known})


def set_purpose(session: Session, actor: Actor, claim_id: int, activity_id: int | None) -> None:
    """The same, said right by somebody who decides about claims, at any time once it was sent.

    Raises:
        GoneError: there is no such claim that was sent, or no such activity.
        RefusedError: the actor has a part in it.
    """
    claim = locked(session, claim_id)
    if claim.sent_at is None or actor.person_id is None:
        raise GoneError
    part = replace(involved(session, claim), approved=frozenset(), decided_before=frozenset())
    why = bar(part, actor.person_id, own_accounts(session, actor.person_id))
    if why is not None:
        raise RefusedError(Why(why.value))
    known = (*own_purposes(session, claim.person_id), *all_purposes(session))
    _put(session, actor, claim, activity_id, {one.id for one in known})


def _put(
    session: Session, actor: Actor, claim: Claim, activity_id: int | None, known: set[int]
) -> None:
    if activity_id not in {None, claim.activity_id, *known}:
        raise GoneError
    claim.activity_id = activity_id
    note(session, actor, "purpose", claim)
