"""What lines come to, for good: when a claim is sent or answered, and when declined journeys are asked about
again. The miles of one journey count in the price of the next, so each has its turn.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import Claim, Line
from plugins.claims.money.rates import NoRateError
from plugins.claims.queries.prices import VEHICLES, priced_again, prices
from plugins.claims.services import receipts
from plugins.claims.services.store import lines_of
from plugins.claims.services.today import today
from portal.plugin_api import lock_rows


def lock_theirs(session: Session, claim_id: int) -> None:
    """Lock all claims of a claim's person: what a journey comes to depends on the others."""
    person = sa.select(Claim.person_id).where(Claim.id == claim_id).scalar_subquery()
    lock_rows(
        session, Claim, session.scalars(sa.select(Claim.id).where(Claim.person_id == person)).all()
    )


def lock_travellers(session: Session, claim_ids: list[int]) -> None:
    """Lock all claims of whoever made one of these with a journey in it; nothing, where there is none."""
    with_journey = (
        sa.select(Claim.person_id)
        .join(Line, Line.claim_id == Claim.id)
        .where(Claim.id.in_(claim_ids), Line.category.in_(VEHICLES))
    )
    ids = session.scalars(sa.select(Claim.id).where(Claim.person_id.in_(with_journey))).all()
    if ids:
        lock_rows(session, Claim, ids)


def price(session: Session, claim: Claim, total: int) -> None:
    """Give each line its price. `total` is the sum, in pence, that was shown. All claims of its person are
    locked.

    Raises:
        RefusedError: an answer is missing, or it comes to another sum by now.
    """
    lines, known = lines_of(session, claim.id), today()
    try:
        found = prices(session, claim, lines, known)
    except NoRateError:
        raise RefusedError(Why.NO_RATE) from None
    if not lines or any(missing(line) for line in lines):
        raise RefusedError(Why.UNFINISHED)
    if sum(found[line.id].pence for line in lines) != total:
        raise RefusedError(Why.TOTAL)
    turn = _turns(session, claim)
    for line in lines:
        made = found[line.id]
        if made.pence == 0:
            raise RefusedError(Why.UNFINISHED)
        line.pence, line.before = made.pence, made.before
        if made.before is None or not made.kept:
            line.known_on = known if made.before is not None else None
            line.turn = turn = turn + 1
    session.flush()
    receipts.claim_of(session, lines, {line.id: line.pence or 0 for line in lines})


def price_again(session: Session, claim: Claim) -> None:
    """Journeys that were declined count again, behind those that were claimed meanwhile, and come to no more
    than that leaves. All claims of its person are locked.
    """
    lines = lines_of(session, claim.id)
    found, turn = priced_again(session, claim, lines), _turns(session, claim)
    for line in lines:
        if line.id in found:
            line.pence, line.before = found[line.id].pence, found[line.id].before
            line.turn = turn = turn + 1
    session.flush()


def missing(line: Line) -> str:
    """The first question about a line that has no answer yet; empty when all have."""
    journey = line.category in VEHICLES
    asked = (
        ("when", line.day is None),
        ("how_much", line.tenths is None if journey else line.pence is None),
        ("receipt", not journey and line.proof is None),
    )
    return next((name for name, empty in asked if empty), "")


def _turns(session: Session, claim: Claim) -> int:
    """The last turn of a person's journeys."""
    last = (
        sa.select(sa.func.max(Line.turn))
        .join(Claim, Claim.id == Line.claim_id)
        .where(Claim.person_id == claim.person_id)
    )
    return session.scalar(last) or 0
