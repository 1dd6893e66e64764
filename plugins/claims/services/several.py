"""Approving several claims at once, as they were sent: each by its own checks, at that moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import Claim, Decision, Line, State
from plugins.claims.money.separation import approvers_needed, bar
from plugins.claims.promises import NO_RECEIPT, POUND, TWO_ABOVE
from plugins.claims.queries.alike import twins
from plugins.claims.queries.unproved import unproved, unproved_elsewhere
from plugins.claims.services.deciding import decide
from plugins.claims.services.deciding_line import Decided
from plugins.claims.services.pricing import lock_travellers
from plugins.claims.services.separating import involved_all, own_accounts
from portal.plugin_api import Actor, lock_rows, setting

MOST = 50  # claims at once: a page of the desk
_YES = Decided(Decision.APPROVED)
Seen = Mapping[int, int]  # a claim's id → the version that was looked at


def left_out(
    session: Session, actor: Actor, claims: Sequence[Claim], seen: Seen
) -> dict[int, Why | None]:
    """Why each of these claims is not approved together with others; None where it may be.

    Left out is what the actor has a part in, has approved, or has not seen as it is now; what needs two
    people; and what has something to look at: an appeal, a receipt that is missing or like another.
    At most nine queries, whatever the number of claims.
    """
    lines = _lines(session, [claim.id for claim in claims])
    every = [line for found in lines.values() for line in found]
    alike = twins(session, every, {claim.id: claim.person_id for claim in claims})
    elsewhere = unproved_elsewhere(session, claims, every)
    parts, own = involved_all(session, claims), own_accounts(session, actor.person_id)
    two_above, believed = (int(setting(session, key)) * POUND for key in (TWO_ABOVE, NO_RECEIPT))

    def why(claim: Claim) -> Why | None:
        mine = lines.get(claim.id, [])
        total = sum(line.pence or 0 for line in mine)
        barred = bar(parts[claim.id], actor.person_id, own) if actor.person_id is not None else None
        pence = {line.id: line.pence or 0 for line in mine}
        bare = unproved(mine, pence, believed, elsewhere[claim.id])
        tried = (
            (Why.STATE, actor.person_id is None or claim.state is not State.SUBMITTED),
            (Why(barred.value) if barred else Why.STATE, barred is not None),
            (Why.CHANGED, claim.version != seen.get(claim.id)),
            (Why.OVER_LIMIT, approvers_needed(total, two_above) > 1),
            (Why.LOOK, claim.round > 1 or bool(bare) or any(alike[line.id] for line in mine)),
        )
        return next((one for one, holds in tried if holds), None)

    return {claim.id: why(claim) for claim in claims}


def approve(session: Session, actor: Actor, seen: Seen) -> dict[int, Why | None]:
    """Approve all lines of these claims; returns why one was left out, None for each that is decided now.

    Claims that are gone are not in the answer. What stands in the way of one changes nothing of another.
    """
    found: dict[int, Why | None] = {}
    lock_travellers(session, list(seen)[:MOST])
    for claim in lock_rows(session, Claim, list(seen)[:MOST]):
        # One by one: each that is approved may change what may become of the next.
        found[claim.id] = left_out(session, actor, [claim], seen)[claim.id]
        if found[claim.id] is None:
            found[claim.id] = _approve(session, actor, claim.id, seen[claim.id])
    return found


def _approve(session: Session, actor: Actor, claim_id: int, version: int) -> Why | None:
    said = {line.id: _YES for line in _lines(session, [claim_id])[claim_id]}
    try:
        with session.begin_nested():
            decide(session, actor, claim_id, version, said)
    except RefusedError as refused:
        return refused.why
    except GoneError:
        return Why.STATE
    return None


def _lines(session: Session, claim_ids: Sequence[int]) -> dict[int, list[Line]]:
    rows = session.scalars(
        sa.select(Line).where(Line.claim_id.in_(claim_ids)).order_by(Line.claim_id, Line.id)
    )
    found: dict[int, list[Line]] = {}
    for line in rows:
        found.setdefault(line.claim_id, []).append(line)
    return found
