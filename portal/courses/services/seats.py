"""The joint between a run and the places on it: the lock, and the numbers that lists show."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import Run
from portal.courses.queries.seats import RunSeats, run_seats
from portal.courses.services import history
from portal.courses.services.errors import MissingError
from portal.db import forget_loaded, table_of

# Done for every booking, so put together once.
_RUN = table_of(Run)
_LOCKED = sa.select(_RUN).where(_RUN.c.id == sa.bindparam("run_id")).with_for_update()
_PLACES = sa.update(_RUN).where(_RUN.c.id == sa.bindparam("run_id"))


def lock_run(session: Session, run_id: int) -> RunSeats:
    """Lock a run for this transaction; what decides about its places, read after the lock was had.

    Raises:
        MissingError: there is none.
    """
    session.flush()
    run = session.execute(_LOCKED, {"run_id": run_id}).one_or_none()
    if run is None:
        raise MissingError(run_id)
    forget_loaded(session, Run, run_id)
    return run_seats(session, run)


def set_places(session: Session, run_id: int, *, taken: int, free: int | None) -> None:
    """Keep how many bodies hold a place, and how many places everybody is told are free, for the lists.

    `free` None: the caps alone say it. The caller holds the run's lock.
    """
    session.execute(_PLACES, {"run_id": run_id, "seats_taken": taken, "places_free": free})
    forget_loaded(session, Run, run_id)
    history.bump_catalogue(session)
