"""Beginning a claim from what somebody gave, or saying that they need none."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import LONGEST_WHAT, Claim, Prefill
from plugins.claims.queries.prefill import Offered, offered
from plugins.claims.queries.purposes import purpose_on
from plugins.claims.services import writing
from portal.plugin_api import Actor, insert_once, now


def begin_from(session: Session, actor: Actor, key: str) -> Claim | None:
    """A new draft of what was offered under this key; None where it is offered no longer."""
    one = _take(session, actor, key)
    if one is None:
        return None
    claim = writing.begin(session, actor, one.title[:LONGEST_WHAT])
    claim.activity_id = purpose_on(session, actor.person_id, one.day, one.title)
    session.execute(
        sa.update(Prefill)
        .where(Prefill.person_id == actor.person_id, Prefill.key == key)
        .values(claim_id=claim.id)
    )
    return claim


def wave_away(session: Session, actor: Actor, key: str) -> None:
    """Offer it no more; nothing, where it is offered no longer."""
    _take(session, actor, key)


def _take(session: Session, actor: Actor, key: str) -> Offered | None:
    one = next((each for each in offered(session, actor) if each.key == key), None)
    if one is None:
        return None
    new = insert_once(
        session,
        Prefill,
        person_id=actor.person_id,
        key=key,
        day=one.day,
        claim_id=None,
        at=now(),
    )
    return one if new else None
