"""Everything that somebody has or waits for is given up, because they are being erased."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.enrolment.models import Enrolment, EnrolmentState
from portal.enrolment.queries.blocks import waits_of
from portal.enrolment.services import blocked, seats
from portal.plugin_api import SYSTEM


def let_go(session: Session, person_id: int, *, at: datetime) -> None:
    """Give up every place and leave every list, and let nothing more be given until the commit.

    What is being given to them at this instant is waited for, and given up too; what comes after is refused.
    Runs are locked before the person, as everybody does.
    """
    _give_up(session, person_id, at)
    blocked.wait_for_others(session, person_id)
    _give_up(session, person_id, at)


def _give_up(session: Session, person_id: int, at: datetime) -> None:
    """Places that hold, and waits: run by run, in the order of their locks."""
    places = (
        sa.select(Enrolment.run_id, Enrolment.id)
        .where(Enrolment.person_id == person_id, Enrolment.state == EnrolmentState.ENROLLED)
        .order_by(Enrolment.run_id, Enrolment.id)
    )
    held: dict[int, list[int]] = {}
    for run_id, enrolment_id in session.execute(places):
        held.setdefault(run_id, []).append(enrolment_id)
    waits = set(waits_of(session, person_id))
    for run_id in sorted(held.keys() | waits):
        if run_id in waits:
            seats.leave_parties(session, SYSTEM, run_id, person_id, at=at)
        for enrolment_id in held.get(run_id, ()):
            seats.release(session, SYSTEM, enrolment_id, why="erased", at=at)
