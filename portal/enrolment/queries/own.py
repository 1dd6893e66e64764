"""What is one person's alone: their place for their own page, what comes next, when they are busy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.api import ComingSession, sessions_between
from portal.enrolment.models import (
    AttendanceMark,
    Enrolment,
    EnrolmentState,
    Mark,
    Offer,
    OfferState,
    WaitEntry,
)
from portal.enrolment.queries.mine import MyPlace, my_place

FAR = timedelta(days=730)  # no session is planned further ahead than that


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """A place that is kept for somebody. `answer_by` (UTC) is empty until they were reached."""

    offer_id: int
    run_id: int
    answer_by: datetime | None


def own_place(session: Session, person_id: int, enrolment_id: int) -> MyPlace | None:
    """A place by its id, if the person takes it themselves; somebody else's is None, whoever asked for it."""
    own = sa.select(Enrolment.id).where(
        Enrolment.id == enrolment_id, Enrolment.person_id == person_id
    )
    return my_place(session, person_id, enrolment_id) if session.scalar(own) else None


def next_sessions(
    session: Session, person_id: int, at: datetime, *, limit: int
) -> Sequence[ComingSession]:
    """The person's next sessions, those left out that they cannot come to. One query."""
    return _sessions(session, person_id, at, at + FAR, limit=limit)


def busy_between(
    session: Session, person_id: int, start: datetime, end: datetime
) -> Sequence[ComingSession]:
    """The person's sessions in [start, end), those left out that they cannot come to. One query."""
    return _sessions(session, person_id, start, end)


def _sessions(
    session: Session, person_id: int, start: datetime, end: datetime, limit: int | None = None
) -> Sequence[ComingSession]:
    runs = sa.select(Enrolment.run_id).where(
        Enrolment.person_id == person_id, Enrolment.state == EnrolmentState.ENROLLED
    )
    away = (
        sa.select(AttendanceMark.session_id)
        .join(Enrolment, Enrolment.id == AttendanceMark.enrolment_id)
        .where(Enrolment.person_id == person_id, AttendanceMark.mark == Mark.APOLOGIES)
    )
    return sessions_between(session, start, end, run_ids=runs, but_ids=away, limit=limit)


def open_offers(session: Session, person_id: int, at: datetime) -> Sequence[OpenOffer]:
    """The places that are kept for somebody at an instant, the one to be answered first first. One query."""
    rows = session.execute(
        sa.select(Offer.id, Offer.run_id, Offer.expires_at, Offer.clock_starts_at)
        .join(WaitEntry, WaitEntry.id == Offer.entry_id)
        .where(
            WaitEntry.person_id == person_id,
            Offer.state == OfferState.LIVE,
            Offer.expires_at > at,
        )
        .order_by(Offer.expires_at, Offer.id)
    )
    return [
        OpenOffer(offer_id, run_id, ends if starts is not None else None)
        for offer_id, run_id, ends, starts in rows
    ]
