"""The joint between a run and the places on it: the lock, and the numbers that lists show."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import Run
from portal.courses.queries.seats import RunSeats, run_seats
from portal.courses.services import history, runs


def lock_run(session: Session, run_id: int) -> RunSeats:
    """Lock a run for this transaction; what decides about its places, read after the lock was had.

    Raises:
        MissingError: there is none.
    """
    return run_seats(session, runs.locked(session, run_id))


def set_places(session: Session, run_id: int, *, taken: int, free: int | None) -> None:
    """Keep how many bodies hold a place, and how many places everybody is told are free, for the lists.

    `free` None: the caps alone say it. The caller holds the run's lock.
    """
    session.execute(
        sa.update(Run).where(Run.id == run_id).values(seats_taken=taken, places_free=free)
    )
    history.bump_catalogue(session)
