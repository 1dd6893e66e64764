"""What happened in a week with the ideas that somebody takes part in."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals.models import Comment, Contributor, Proposal, Step, Version
from portal.messages.api import full_link


def news_of(session: Session, person_id: int, since: str, until: str) -> list[tuple[str, str, int]]:
    """(title, address, how much happened) of each idea with news from one instant to before another."""
    start, end = datetime.fromisoformat(since), datetime.fromisoformat(until)

    def number(model: type[Comment | Step | Version]) -> sa.ScalarSelect[int]:
        return (
            sa.select(sa.func.count(model.id))
            .where(model.proposal_id == Proposal.id, model.at >= start, model.at < end)
            .scalar_subquery()
        )

    total = number(Comment) + number(Step) + number(Version)
    rows = session.execute(
        sa.select(Proposal.title, Proposal.ref, total)
        .join(Contributor, Contributor.proposal_id == Proposal.id)
        .where(
            Contributor.person_id == person_id,
            Contributor.left_at.is_(None),
            Contributor.digest.is_(True),
            total > 0,
        )
        .order_by(Proposal.id)
    )
    return [(title, full_link("proposals.show", ref=ref), many) for title, ref, many in rows]


def readers(session: Session) -> list[int]:
    """Ids of the people who would like the week's letter."""
    found = sa.select(Contributor.person_id).where(
        Contributor.digest.is_(True),
        Contributor.left_at.is_(None),
        Contributor.person_id.is_not(None),
    )
    return sorted({one for one in session.scalars(found) if one is not None})
