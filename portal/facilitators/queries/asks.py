"""What people were asked, and what they said. Names are looked up by whoever shows them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.api import session_spans
from portal.facilitators.models import AskState, LeadAsk

FAR = timedelta(days=730)  # no session is planned further ahead than that


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, as it stands."""

    id: int
    session_id: int
    person_id: int
    state: AskState
    asked_at: datetime
    answered_at: datetime | None


_ASKED = sa.select(
    LeadAsk.id,
    LeadAsk.session_id,
    LeadAsk.person_id,
    LeadAsk.state,
    LeadAsk.asked_at,
    LeadAsk.answered_at,
)


def asked_for(session: Session, session_ids: Collection[int]) -> Sequence[Asked]:
    """Everybody who was asked to lead these sessions, in the order they were asked. One query."""
    found = _ASKED.where(LeadAsk.session_id.in_(set(session_ids)))
    return [Asked(*row) for row in session.execute(found.order_by(LeadAsk.asked_at, LeadAsk.id))]


def waiting_for(session: Session, person_id: int) -> Sequence[Asked]:
    """What waits for somebody's answer, the first asked first. Sessions that are over are among it."""
    found = _ASKED.where(LeadAsk.person_id == person_id, LeadAsk.state == AskState.WAITING)
    return [Asked(*row) for row in session.execute(found.order_by(LeadAsk.asked_at, LeadAsk.id))]


def one_asked(session: Session, ask_id: int) -> Asked | None:
    """One question by its id."""
    row = session.execute(_ASKED.where(LeadAsk.id == ask_id)).one_or_none()
    return Asked(*row) if row else None


def waiting_over(session: Session, before: datetime, at: datetime) -> dict[int, str]:
    """Sessions after an instant for which people were asked before another, or have all said no.

    Session's id → a key of this round of asking. One query.
    """
    coming = session_spans(at, at + FAR)
    waits = sa.case((LeadAsk.state == AskState.WAITING, 1), else_=0)
    rows = session.execute(
        sa.select(LeadAsk.session_id, sa.func.sum(LeadAsk.times))
        .join(coming, coming.c.id == LeadAsk.session_id)
        .where(LeadAsk.state.in_((AskState.WAITING, AskState.NO)), coming.c.starts_at > at)
        .group_by(LeadAsk.session_id)
        .having(sa.or_(sa.func.max(LeadAsk.asked_at) <= before, sa.func.sum(waits) == 0))
        .order_by(LeadAsk.session_id)
    )
    return {session_id: str(times) for session_id, times in rows}
