"""What a basis may mean for tax and benefits: a fact is added, never changed but for its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import FactRow, Topic
from plugins.claims.money.rates import ONE_DAY
from plugins.claims.money.recognition import Basis
from plugins.claims.services.today import today
from portal.audit import api as audit
from portal.plugin_api import Actor, insert_once


@dataclass(frozen=True, slots=True)
class NewFact:
    """What holds from a day on, and who says so."""

    basis: Basis
    topic: Topic
    words: str
    valid_from: date
    source: str


def add_fact(session: Session, actor: Actor, new: NewFact) -> None:
    """Add it, known from today; the one before it ends on the day before.

    Raises:
        RefusedError: the one before it begins no earlier, so it would be changed in hindsight.
    """
    former = session.scalars(
        sa.select(FactRow)
        .where(FactRow.basis == new.basis, FactRow.topic == new.topic)
        .order_by(FactRow.valid_from.desc(), FactRow.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if former is not None and former.valid_from >= new.valid_from:
        raise RefusedError(Why.EARLIER_FACT)
    added = insert_once(
        session,
        FactRow,
        basis=new.basis,
        topic=new.topic,
        words=new.words,
        valid_from=new.valid_from,
        known_from=today(),
        source=new.source,
        status="",
    )
    if not added:  # somebody else adds the same at this moment
        raise RefusedError(Why.EARLIER_FACT)
    if former is not None:
        former.valid_to = new.valid_from - ONE_DAY
    session.flush()
    details = {"basis": new.basis.value, "valid_from": new.valid_from.isoformat()}
    audit.record(session, actor, "claims:fact:add", ("claims_fact", new.topic), details=details)
