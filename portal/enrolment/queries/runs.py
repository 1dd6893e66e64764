"""What those who run the college see of a run: who comes, and how full it is. Ask for a permission first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.enrolment.models import (
    Enrolment,
    EnrolmentState,
    How,
    PartyMember,
    Role,
    Seat,
    ShareableNeed,
    TakesPart,
)

ON_ROSTER = (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED)


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A place on a run. `has_needs`: they shared something; reading it is logged, so it is not here."""

    enrolment_id: int
    person_id: int | None
    guest_name: str
    role: Role
    mode: TakesPart
    state: EnrolmentState
    from_at: datetime
    how: How
    party_id: int | None
    has_needs: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """How many bodies hold a place on a run: enrolled, and with an offer that is not answered."""

    enrolled: int
    offered: int


def roster(session: Session, run_id: int) -> Sequence[RosterLine]:
    """Everybody who has a place, or had one to the end, in the order in which they came. One query."""
    party = (
        sa.select(sa.func.min(PartyMember.party_id))
        .where(PartyMember.enrolment_id == Enrolment.id)
        .correlate(Enrolment)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            Enrolment.id,
            Enrolment.person_id,
            Enrolment.guest_name,
            Enrolment.role,
            Enrolment.mode,
            Enrolment.state,
            Enrolment.from_at,
            Enrolment.how,
            party,
            ShareableNeed.id.is_not(None),
            Enrolment.created_at,
        )
        .outerjoin(ShareableNeed, ShareableNeed.enrolment_id == Enrolment.id)
        .where(Enrolment.run_id == run_id, Enrolment.state.in_(ON_ROSTER))
        .order_by(Enrolment.id)
    )
    return [RosterLine(*row) for row in rows]


def held(session: Session, run_id: int) -> Held:
    """How many hold a place on a run at this moment, as it is stored. One query."""
    enrolled, seats = session.execute(
        sa.select(sa.func.count(Seat.enrolment_id), sa.func.count()).where(Seat.run_id == run_id)
    ).one()
    return Held(enrolled, seats - enrolled)
