"""Who somebody comes along with, and whether the two agreed to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.enrolment.models import (
    Agreement,
    Enrolment,
    EnrolmentState,
    PartyMember,
    Role,
    WaitBody,
    WaitEntry,
    WaitState,
)
from portal.enrolment.queries.waiting import LIVE


def students_of_party(session: Session, party_id: int) -> Sequence[int]:
    """The people who come to learn in a party, with a place. One query."""
    rows = session.scalars(
        sa.select(Enrolment.person_id)
        .join(PartyMember, PartyMember.enrolment_id == Enrolment.id)
        .where(
            PartyMember.party_id == party_id,
            PartyMember.role == Role.STUDENT,
            Enrolment.state == EnrolmentState.ENROLLED,
            Enrolment.person_id.is_not(None),
        )
        .order_by(Enrolment.id)
    )
    return [one for one in rows if one is not None]


def role_in_party(session: Session, party_id: int, enrolment_id: int) -> Role | None:
    """In which part somebody comes with a party; None when they do not any more. One query."""
    return session.scalar(
        sa.select(PartyMember.role)
        .join(Enrolment, Enrolment.id == PartyMember.enrolment_id)
        .where(
            PartyMember.party_id == party_id,
            PartyMember.enrolment_id == enrolment_id,
            Enrolment.state == EnrolmentState.ENROLLED,
        )
    )


def waits_with(session: Session, body_id: int) -> tuple[int, int, Role] | None:
    """(run, student, part) of a wait in which somebody is taken along; None once it is over. One query."""
    row = session.execute(
        sa.select(WaitEntry.run_id, WaitEntry.person_id, WaitBody.role)
        .join(WaitEntry, WaitEntry.id == WaitBody.entry_id)
        .where(WaitBody.id == body_id, WaitEntry.state.in_(LIVE), WaitEntry.person_id.is_not(None))
    ).one_or_none()
    return (row[0], row[1] or 0, row[2]) if row is not None else None


def waited_with(session: Session, body_id: int) -> tuple[WaitEntry, Role] | None:
    """A wait in which somebody was to be taken along, and their part, once it has ended without a place. One
    query.
    """
    row = session.execute(
        sa.select(WaitEntry, WaitBody.role)
        .join(WaitBody, WaitBody.entry_id == WaitEntry.id)
        .where(
            WaitBody.id == body_id,
            WaitEntry.state.not_in((*LIVE, WaitState.ACCEPTED)),
        )
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def comes_otherwise(session: Session, run_id: int, person_id: int) -> bool:
    """Whether somebody has a place on a run, or waits for one. One query."""
    waits = (
        sa.exists()
        .where(WaitBody.entry_id == WaitEntry.id, WaitBody.person_id == person_id)
        .where(WaitEntry.run_id == run_id, WaitEntry.state.in_(LIVE))
    )
    place = sa.exists().where(
        Enrolment.run_id == run_id,
        Enrolment.person_id == person_id,
        Enrolment.state == EnrolmentState.ENROLLED,
    )
    return bool(session.scalar(sa.select(sa.or_(waits, place))))


def agreed_with(session: Session, person_id: int, others: Collection[int]) -> frozenset[int]:
    """Those of the others with whom an agreement stands, whoever of the two made it. One query."""
    pairs = sa.select(Agreement.person_id, Agreement.acting_id).where(
        Agreement.ended_at.is_(None),
        Agreement.acting_id.is_not(None),
        sa.or_(
            sa.and_(Agreement.person_id == person_id, Agreement.acting_id.in_(others)),
            sa.and_(Agreement.acting_id == person_id, Agreement.person_id.in_(others)),
        ),
    )
    return frozenset(
        (acting or 0) if person == person_id else person
        for person, acting in session.execute(pairs)
    )
