"""Lines without a receipt on days that come to more than is believed without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Claim, Decision, Line, Proof
from plugins.claims.queries.prices import COUNTED, VEHICLES

Days = Mapping[date, int]  # pence by day


def unproved(
    lines: Sequence[Line], pence: Mapping[int, int], limit: int, elsewhere: Days
) -> set[int]:
    """The ids of those among one claim's lines. `pence` is what each comes to, `limit` what is believed,
    `elsewhere` what the same person's other claims say of those days.
    """
    bare = [line for line in lines if _bare(line)]
    days = dict(elsewhere)
    for line in bare:
        if line.day is not None:
            days[line.day] = days.get(line.day, 0) + pence.get(line.id, 0)
    return {line.id for line in bare if line.day is not None and days[line.day] > limit}


def unproved_elsewhere(
    session: Session, claims: Sequence[Claim], lines: Sequence[Line]
) -> dict[int, Days]:
    """What each claim's person sent without a receipt in other claims, by claim and day, on the days of these
    lines. What was declined or withdrawn does not count. One query, none where all has a receipt.
    """
    days = {line.day for line in lines if _bare(line) and line.day is not None}
    people = {claim.person_id for claim in claims if claim.person_id is not None}
    if not days or not people:
        return {claim.id: {} for claim in claims}
    rows = session.execute(
        sa.select(
            Claim.person_id,
            Claim.id,
            Line.day,
            sa.func.sum(sa.func.coalesce(Line.allowed, Line.pence, 0)),
        )
        .join(Line, Line.claim_id == Claim.id)
        .where(
            Claim.person_id.in_(people),
            Claim.state.in_(COUNTED),
            Line.day.in_(days),
            Line.category.not_in(VEHICLES),
            Line.proof.in_((Proof.NONE, Proof.LOST)),
            sa.or_(Line.decision.is_(None), Line.decision != Decision.DECLINED),
        )
        .group_by(Claim.person_id, Claim.id, Line.day)
    ).all()
    found: dict[int, Days] = {}
    for claim in claims:
        theirs: dict[date, int] = {}
        for person_id, claim_id, day, pence in rows:
            if person_id == claim.person_id and claim_id != claim.id and day is not None:
                theirs[day] = theirs.get(day, 0) + int(pence or 0)
        found[claim.id] = theirs
    return found


def _bare(line: Line) -> bool:
    return line.category not in VEHICLES and line.proof not in {None, Proof.FILE}
