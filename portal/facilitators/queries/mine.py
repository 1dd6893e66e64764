"""What is one person's own: what they lead, with whom, and what waits for their answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.api import (
    Lead,
    SessionToLead,
    leads_in_sessions,
    leads_of_all,
    session_spans,
    sessions_to_lead,
)
from portal.facilitators.models import AskState, Facilitator, LeadAsk, Stage
from portal.facilitators.queries.asks import FAR, Asked, waiting_for

BACK = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Led:
    """A session that somebody leads, and who leads it with them."""

    meeting: SessionToLead
    own: Lead
    others: tuple[Lead, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A session that somebody is asked to lead."""

    ask: Asked
    meeting: SessionToLead


def led_from(session: Session, person_id: int, at: datetime) -> Sequence[Led]:
    """What somebody leads, from two weeks ago on, by time. Three queries."""
    leads = leads_of_all(session, at - BACK, at + FAR, people=[person_id])
    ids = [one.session_id for one in leads]
    meetings = sessions_to_lead(session, ids)
    others: dict[int, list[Lead]] = {}
    for one in leads_in_sessions(session, ids):
        if one.person_id != person_id:
            others.setdefault(one.session_id, []).append(one)
    return [
        Led(meetings[one.session_id], one, tuple(others.get(one.session_id, ()))) for one in leads
    ]


def questions(session: Session, person_id: int, at: datetime) -> Sequence[Question]:
    """What waits for somebody's answer and is still to come, the soonest session first. Two queries."""
    asks = waiting_for(session, person_id)
    meetings = sessions_to_lead(session, [one.session_id for one in asks])
    found = [Question(one, meetings[one.session_id]) for one in asks]
    coming = [one for one in found if one.meeting.coming and one.meeting.starts_at > at]
    return sorted(coming, key=lambda one: (one.meeting.starts_at, one.ask.id))


def open_questions(session: Session, person_id: int, at: datetime) -> int | None:
    """How many sessions wait for somebody's answer; None for whoever does not lead. One query."""
    coming = session_spans(at, at + FAR)
    waiting = (
        sa.select(sa.func.count())
        .select_from(LeadAsk)
        .join(coming, coming.c.id == LeadAsk.session_id)
        .where(
            LeadAsk.person_id == Facilitator.person_id,
            LeadAsk.state == AskState.WAITING,
            coming.c.starts_at > at,
        )
        .correlate(Facilitator)
        .scalar_subquery()
    )
    return session.scalar(
        sa.select(waiting).where(
            Facilitator.person_id == person_id, Facilitator.stage != Stage.LEFT
        )
    )
