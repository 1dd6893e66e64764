"""Whom a change concerns: who has a place on a run, who was offered one, who waits, who asked for dates."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.enrolment.models import (
    AttendanceMark,
    Enrolment,
    EnrolmentState,
    Interest,
    Mark,
    Offer,
    OfferState,
    WaitEntry,
)
from portal.enrolment.queries.blocks import blocked_among
from portal.enrolment.queries.pauses import paused_among
from portal.enrolment.queries.waiting import LIVE

RUN_CANCELLED = "run_cancelled"  # why a wait ended, as the seats write it


@dataclass(frozen=True, slots=True)
class PlaceHeld:
    """A place of somebody the college knows. Guests are told by those who bring them."""

    enrolment_id: int
    run_id: int
    person_id: int
    from_at: datetime
    since: datetime


def places_held(session: Session, run_ids: Collection[int]) -> Sequence[PlaceHeld]:
    """Whoever has a place on these runs. One query."""
    rows = session.execute(
        sa.select(
            Enrolment.id,
            Enrolment.run_id,
            Enrolment.person_id,
            Enrolment.from_at,
            Enrolment.created_at,
        )
        .where(
            Enrolment.run_id.in_(set(run_ids)),
            Enrolment.state == EnrolmentState.ENROLLED,
            Enrolment.person_id.is_not(None),
        )
        .order_by(Enrolment.id)
    )
    return [PlaceHeld(row[0], row[1], row[2] or 0, row[3], row[4]) for row in rows]


def excused(session: Session, session_ids: Collection[int]) -> frozenset[tuple[int, int]]:
    """(session, enrolment) of everybody who said that they cannot come to these sessions. One query."""
    rows = session.execute(
        sa.select(AttendanceMark.session_id, AttendanceMark.enrolment_id).where(
            AttendanceMark.session_id.in_(set(session_ids)), AttendanceMark.mark == Mark.APOLOGIES
        )
    )
    return frozenset((session_id, enrolment_id) for session_id, enrolment_id in rows)


def offers_open(session: Session, run_id: int, at: datetime) -> Sequence[tuple[int, int]]:
    """(offer, person) of every offer on a run that stands at an instant."""
    rows = session.execute(
        sa.select(Offer.id, WaitEntry.person_id)
        .join(WaitEntry, WaitEntry.id == Offer.entry_id)
        .where(
            Offer.run_id == run_id,
            Offer.state == OfferState.LIVE,
            Offer.expires_at > at,
            WaitEntry.person_id.is_not(None),
        )
        .order_by(Offer.id)
    )
    return [(offer_id, person_id or 0) for offer_id, person_id in rows]


def waited_for(session: Session, run_id: int) -> Sequence[tuple[int, int]]:
    """(entry, person) of whoever waits for a run, or did until it was cancelled."""
    rows = session.execute(
        sa.select(WaitEntry.id, WaitEntry.person_id)
        .where(
            WaitEntry.run_id == run_id,
            WaitEntry.person_id.is_not(None),
            sa.or_(WaitEntry.state.in_(LIVE), WaitEntry.ended_why == RUN_CANCELLED),
        )
        .order_by(WaitEntry.id)
    )
    return [(entry_id, person_id or 0) for entry_id, person_id in rows]


def away_among(session: Session, people: Sequence[int], at: datetime) -> frozenset[int]:
    """Who of these hears of no dates then: they take a break, or can take no place. Two queries."""
    return paused_among(session, people, at) | blocked_among(session, people, at)


def interested(session: Session, course_id: int, run_id: int) -> Sequence[int]:
    """Whoever asked to be told when a course has dates, the first who asked first.

    Those are left out who have a place on this run already, an offer, or a place in its list.
    """
    has_place = sa.exists().where(
        Enrolment.run_id == run_id,
        Enrolment.person_id == Interest.person_id,
        Enrolment.state == EnrolmentState.ENROLLED,
    )
    waits = sa.exists().where(
        WaitEntry.run_id == run_id,
        WaitEntry.person_id == Interest.person_id,
        WaitEntry.state.in_(LIVE),
    )
    return session.scalars(
        sa.select(Interest.person_id)
        .where(Interest.course_id == course_id, ~has_place, ~waits)
        .order_by(Interest.id)
    ).all()
