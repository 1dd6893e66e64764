"""What somebody takes part in: the card on "My page", their list, what they gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.proposals.models import Comment, Contributor, Invitation, Proposal
from plugins.proposals.states import OVER, Stage
from portal.plugin_api import Card, Contribution, local_date

ON_THE_CARD = 3
ZONE = "Europe/London"


@dataclass(frozen=True, slots=True)
class Mine:
    """A proposal that somebody takes part in. `waits` counts comments of others, and
    people who would like to join, without an answer."""

    ref: str
    title: str
    stage: Stage
    since: datetime
    waits: int


def mine(session: Session, person_id: int, *, limit: int = 100) -> list[Mine]:
    """What somebody makes now, the latest change first. One query."""
    unanswered = (
        sa.select(sa.func.count(Comment.id))
        .where(
            Comment.proposal_id == Proposal.id, Comment.answer.is_(None), Comment.among.is_(False)
        )
        .scalar_subquery()
    )
    asking = (
        sa.select(sa.func.count(Invitation.id))
        .where(
            Invitation.proposal_id == Proposal.id,
            Invitation.person_id.is_not(None),
            Invitation.answer.is_(None),
        )
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            Proposal.ref, Proposal.title, Proposal.stage, Proposal.stage_since, unanswered + asking
        )
        .join(Contributor, Contributor.proposal_id == Proposal.id)
        .where(
            Contributor.person_id == person_id,
            Contributor.left_at.is_(None),
            Proposal.stage.not_in(sorted(OVER)),
        )
        .order_by(Proposal.stage_since.desc(), Proposal.id.desc())
        .limit(limit)
    )
    return [Mine(*row) for row in rows]


def card_of(session: Session, person_id: int) -> Sequence[Card]:
    """The card of what somebody makes; none when that is nothing."""
    found = mine(session, person_id, limit=ON_THE_CARD)
    return [Card("proposals/card.html", {"ideas": found}, order=40)] if found else []


def given_by(session: Session, person_id: int) -> list[Contribution]:
    """What somebody designed with others, while they took part and after."""
    rows = session.execute(
        sa.select(Contributor.joined_at, Proposal.title)
        .join(Proposal, Proposal.id == Contributor.proposal_id)
        .where(Contributor.person_id == person_id)
        .order_by(Contributor.id)
    )
    return [
        Contribution(local_date(at, ZONE), _l("Designed a course with others"), title)
        for at, title in rows
    ]
