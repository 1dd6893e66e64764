"""What is on the board, and who is interested in what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.facilitators.models import (
    InterestState,
    Opportunity,
    OpportunityInterest,
    OpportunityKind,
)

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class InterestLine:
    """An interest as both sides see it: the same state, the same chat."""

    id: int
    opportunity_id: int
    title: str
    kind: OpportunityKind
    person_id: int
    state: InterestState
    said_at: datetime
    round: int
    chat_at: datetime | None
    chat_with_id: int | None
    chat_place: str
    words: str
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether something is still to come of it."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class BoardLine:
    """An opportunity for the list of those who look after it, with how many wait for a time to be named."""

    opportunity: Opportunity
    open_interests: int
    waiting: int


def is_open(one: Opportunity, today: date) -> bool:
    """Whether it is on the board on that day."""
    return (
        one.published_at is not None
        and one.closed_at is None
        and (one.last_day is None or one.last_day >= today)
    )


def on_board(session: Session, today: date) -> Sequence[Opportunity]:
    """What is on the board, the newest first. One query."""
    return session.scalars(
        sa.select(Opportunity)
        .where(
            Opportunity.published_at.is_not(None),
            Opportunity.closed_at.is_(None),
            sa.or_(Opportunity.last_day.is_(None), Opportunity.last_day >= today),
        )
        .order_by(Opportunity.published_at.desc(), Opportunity.id.desc())
        .limit(MOST_SHOWN)
    ).all()


def opportunity(session: Session, opportunity_id: int) -> Opportunity | None:
    """One, on the board or not."""
    return session.get(Opportunity, opportunity_id)


def all_opportunities(session: Session) -> Sequence[BoardLine]:
    """Every one, with the interest in it; the newest first. One query."""
    still_open = sa.func.count(OpportunityInterest.id).filter(
        OpportunityInterest.ended_at.is_(None)
    )
    waiting = sa.func.count(OpportunityInterest.id).filter(
        OpportunityInterest.state == InterestState.WAITING
    )
    rows = session.execute(
        sa.select(Opportunity, still_open, waiting)
        .outerjoin(OpportunityInterest)
        .group_by(Opportunity.id)
        .order_by(Opportunity.id.desc())
        .limit(MOST_SHOWN)
    )
    return [BoardLine(*row) for row in rows]


_LINES: sa.Select[*tuple[Any, ...]] = sa.select(
    OpportunityInterest.id,
    OpportunityInterest.opportunity_id,
    Opportunity.title,
    Opportunity.kind,
    OpportunityInterest.person_id,
    OpportunityInterest.state,
    OpportunityInterest.said_at,
    OpportunityInterest.round,
    OpportunityInterest.chat_at,
    OpportunityInterest.chat_with_id,
    OpportunityInterest.chat_place,
    OpportunityInterest.words,
    OpportunityInterest.ended_at,
).join(Opportunity)


def interests_of(session: Session, person_id: int) -> Sequence[InterestLine]:
    """What somebody is interested in, the latest first. One query."""
    chosen = _LINES.where(OpportunityInterest.person_id == person_id)
    rows = session.execute(chosen.order_by(OpportunityInterest.said_at.desc()).limit(MOST_SHOWN))
    return [InterestLine(*row) for row in rows]


def interests_in(session: Session, opportunity_id: int) -> Sequence[InterestLine]:
    """Who is interested in one: those to come first, each in the order they said so. One query."""
    chosen = _LINES.where(OpportunityInterest.opportunity_id == opportunity_id)
    order = (OpportunityInterest.ended_at.is_not(None), OpportunityInterest.said_at)
    rows = session.execute(chosen.order_by(*order).limit(MOST_SHOWN))
    return [InterestLine(*row) for row in rows]


def interest(session: Session, interest_id: int) -> InterestLine | None:
    """One interest."""
    row = session.execute(_LINES.where(OpportunityInterest.id == interest_id)).one_or_none()
    return InterestLine(*row) if row else None


def own_interest(session: Session, person_id: int, opportunity_id: int) -> InterestLine | None:
    """Somebody's interest in one opportunity."""
    row = session.execute(
        _LINES.where(
            OpportunityInterest.person_id == person_id,
            OpportunityInterest.opportunity_id == opportunity_id,
        )
    ).one_or_none()
    return InterestLine(*row) if row else None


def is_waiting(session: Session, interest_id: int) -> bool:
    """Whether somebody is to name a time."""
    waits = sa.exists().where(
        OpportunityInterest.id == interest_id,
        OpportunityInterest.state == InterestState.WAITING,
    )
    return session.scalar(sa.select(waits)) or False
