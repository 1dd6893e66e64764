"""How people see the making of a proposal: the ladder of participation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median_low

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals.models import Contributor, Proposal, Rung
from plugins.proposals.states import Perspective

LEAST = 3  # ratings before their middle is shown, so that nobody is found by theirs


@dataclass(frozen=True, slots=True)
class Ladder:
    """What whoever began it `declared`, and the middle of what people of lived experience see, the lower rung
    where it lies between two; 0: not shown.

    `by_part` holds each one's own rung, for themselves alone.
    """

    declared: int
    rated: int
    by_part: Mapping[int, int]


def seen(session: Session, proposal_id: int) -> Ladder:
    """The ladder of one proposal. One query."""
    rows = session.execute(
        sa.select(Rung.contributor_id, Rung.rung, Contributor.started, Contributor.perspective)
        .join(Contributor, Contributor.id == Rung.contributor_id)
        .where(Contributor.proposal_id == proposal_id)
        .order_by(Rung.contributor_id)
    ).all()
    rated = [
        rung
        for _part, rung, started, perspective in rows
        if perspective is Perspective.LIVED and not started
    ]
    return Ladder(
        declared=next((rung for _part, rung, started, _how in rows if started), 0),
        rated=median_low(rated) if len(rated) >= LEAST else 0,
        by_part={part: rung for part, rung, _started, _how in rows},
    )


def address_of(session: Session, proposal_id: int) -> tuple[str, str]:
    """(address, title) of a proposal."""
    row = session.execute(
        sa.select(Proposal.ref, Proposal.title).where(Proposal.id == proposal_id)
    ).one()
    return row.ref, row.title
