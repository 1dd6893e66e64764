"""Adding a rate: one that is there is never changed, but for its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import RateRow
from plugins.claims.money.rates import ONE_DAY
from plugins.claims.services.today import today
from plugins.claims.services.topping_up import propose_top_ups
from portal.audit import api as audit
from portal.plugin_api import Actor, insert_once


@dataclass(frozen=True, slots=True)
class NewRate:
    """Pence a mile from a day on, and who says so."""

    key: str
    pence: int
    valid_from: date
    source: str


def add_rate(session: Session, actor: Actor, new: NewRate) -> int:
    """Add it, known from today; the one before it ends on the day before.

    Lines that were sent keep the rate they were made with. Where the new one is better for journeys that were
    decided, what is still owed for them is proposed; returns for how many.

    Raises:
        RefusedError: the one before it begins no earlier, so it would be changed in hindsight.
    """
    former = session.scalars(
        sa.select(RateRow)
        .where(RateRow.key == new.key)
        .order_by(RateRow.valid_from.desc(), RateRow.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if former is not None and former.valid_from >= new.valid_from:
        raise RefusedError(Why.EARLIER_RATE)
    added = insert_once(
        session,
        RateRow,
        key=new.key,
        pence=new.pence,
        most_miles=former.most_miles if former is not None else None,
        valid_from=new.valid_from,
        known_from=today(),
        source=new.source,
        status="",
    )
    if not added:  # somebody else adds the same at this moment
        raise RefusedError(Why.EARLIER_RATE)
    if former is not None:
        former.valid_to = new.valid_from - ONE_DAY
    session.flush()
    details = {"pence": new.pence, "valid_from": new.valid_from.isoformat()}
    audit.record(session, actor, "claims:rate:add", ("claims_rate", new.key), details=details)
    return propose_top_ups(session, since=new.valid_from)
