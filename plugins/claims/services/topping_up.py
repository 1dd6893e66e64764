"""A better rate became known, or miles of the same year do not count any more: what follows for journeys that
were decided is proposed, once.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Adjustment, AdjustmentKind, Claim
from plugins.claims.money.years import Due, due
from plugins.claims.queries.rates import rates
from plugins.claims.queries.years import travellers, years
from plugins.claims.services.today import today
from portal.plugin_api import lock_rows, now


def propose_top_ups(
    session: Session, *, since: date | None = None, claim_id: int | None = None
) -> int:
    """Propose what is owed since a better rate became known, or since miles of the same year were declined,
    withdrawn or taken back: to whoever made a journey on or after a day, or made one claim. Less is proposed
    where a journey that was taken back has kept what those after it no longer need.

    Returns how many are new; a second call proposes none. Nothing is changed before somebody approves it.
    """
    people = travellers(session, claim_id=claim_id, since=since)
    if not people:
        return 0
    # Two that look at one year at once would both propose what it lacks.
    theirs = sa.select(Claim.id).where(Claim.person_id.in_(people))
    lock_rows(session, Claim, session.scalars(theirs).all())
    known, at = rates(session), today()
    found = [one for year in years(session, people) for one in due(known, year, at)]
    for one in found:
        _propose(session, one)
    session.flush()
    return len(found)


def _propose(session: Session, one: Due) -> None:
    kind = AdjustmentKind.TOP_UP if one.pence > 0 else AdjustmentKind.ANEW
    waits = session.scalars(
        sa.select(Adjustment).where(
            Adjustment.line_id == one.id,
            Adjustment.kind == kind,
            Adjustment.approved_at.is_(None),
            Adjustment.dropped_at.is_(None),
        )
    ).one_or_none()
    if waits is not None:  # another sum needs each yes anew
        waits.pence, waits.by_id, waits.rate_id = (waits.pence or 0) + one.pence, None, one.rate_id
        return
    session.add(
        Adjustment(
            line_id=one.id, kind=kind, rate_id=one.rate_id, pence=one.pence, proposed_at=now()
        )
    )
