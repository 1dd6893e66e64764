"""What those who arrange places for others look up. Ask for a permission first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.enrolment.models import Enrolment, EnrolmentState, KeepApart


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """A place, and whose. `person_id` None: a guest by name."""

    id: int
    run_id: int
    person_id: int | None
    guest_name: str
    active: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people who get no places in one group."""

    id: int
    one_id: int
    other_id: int


def place_found(session: Session, enrolment_id: int) -> PlaceFound | None:
    """A place in whatever state."""
    row = session.get(Enrolment, enrolment_id)
    if row is None:
        return None
    active = row.state is EnrolmentState.ENROLLED
    return PlaceFound(row.id, row.run_id, row.person_id, row.guest_name, active)


def pairs_apart(session: Session) -> Sequence[Pair]:
    """Every pair, the newest first."""
    rows = session.execute(
        sa.select(KeepApart.id, KeepApart.one_id, KeepApart.other_id).order_by(KeepApart.id.desc())
    )
    return [Pair(*row) for row in rows]
