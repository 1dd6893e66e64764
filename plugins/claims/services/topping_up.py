"""A better rate became known, or miles before a journey do not count any more: what is still owed for
journeys that were decided is proposed, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import STANDS, Adjustment, AdjustmentKind, Claim, Decision, Line
from plugins.claims.money import mileage
from plugins.claims.money.mileage import Quote
from plugins.claims.money.rates import NoRateError, Rate
from plugins.claims.queries.adjusting import sums
from plugins.claims.queries.prices import VEHICLES, rooms
from plugins.claims.queries.rates import rates
from plugins.claims.services.today import today
from portal.plugin_api import insert_once, now


def propose_top_ups(
    session: Session, *, since: date | None = None, claim_id: int | None = None
) -> int:
    """Propose what is owed since a better rate became known, or since miles before it were declined or
    withdrawn: for journeys on or after a day, or of whoever made one claim.

    Returns how many are new; a second call proposes none. Lines that were declined or taken back are left
    out. Nothing is owed before somebody approves it.
    """
    lines = _decided(session, since, claim_id)
    if not lines:
        return 0
    known, given = rates(session), sums(session, [line.id for line, _round in lines])
    before = rooms(session, [line for line, _round in lines])
    return sum(
        _propose(session, line, round_, known, given.get(line.id, {}), before.get(line.id))
        for line, round_ in lines
    )


def _decided(
    session: Session, since: date | None, claim_id: int | None
) -> Sequence[tuple[Line, int]]:
    """The journeys, each with the round in which it was decided."""
    back = sa.select(Adjustment.id).where(
        Adjustment.line_id == Line.id,
        Adjustment.kind == AdjustmentKind.BACK,
        Adjustment.approved_at.is_not(None),
    )
    found = (
        sa.select(Line, Claim.round)
        .join(Claim, Claim.id == Line.claim_id)
        .where(
            Claim.state.in_(STANDS),
            Line.category.in_(VEHICLES),
            Line.decision != Decision.DECLINED,
            Line.known_on.is_not(None),
            sa.not_(back.exists()),
        )
        .order_by(Line.id)
    )
    if since is not None:
        found = found.where(Line.day >= since)
    if claim_id is not None:
        person = sa.select(Claim.person_id).where(Claim.id == claim_id).scalar_subquery()
        found = found.where(sa.or_(Line.claim_id == claim_id, Claim.person_id == person))
    return [(line, round_) for line, round_ in session.execute(found)]


def _propose(
    session: Session,
    line: Line,
    round_: int,
    known: Sequence[Rate],
    given: Mapping[AdjustmentKind, int],
    before: int | None,
) -> bool:
    made = _made(line, before)
    if made is None:
        return False
    at, topped_up = today(), given.get(AdjustmentKind.TOP_UP, 0)
    try:
        anew = mileage.quote(
            known, made.vehicle, made.on, made.tenths, known=at, before=made.before
        )
        more = mileage.top_up(known, made, known=at, given=topped_up, allowed=line.allowed)
    except NoRateError:
        return False
    rate = max((band.rate for band in anew.bands), key=lambda one: (one.known_from, one.id))
    return more > 0 and insert_once(
        session,
        Adjustment,
        line_id=line.id,
        kind=AdjustmentKind.TOP_UP,
        rate_id=rate.id,
        round=round_,
        pence=more,
        reason="",
        proposed_at=now(),
    )


def _made(line: Line, before: int | None) -> Quote | None:
    """What the line was made with, after the miles that count before it now; its bands are not needed."""
    if line.day is None or not line.tenths or line.pence is None:
        return None
    vehicle = VEHICLES[line.category]
    before = line.before if before is None else before
    return Quote(vehicle, line.day, line.tenths, before or 0, (), line.pence)
