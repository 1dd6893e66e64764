"""Which job is due, and running it: one at a time under one lock, never longer than its timeout.

The table `job_run` is the truth. A job that hangs is cut off (see `timed.py`), and its lease keeps a second
run away until it has passed. A job whose worker was killed is due again as soon as its lease has passed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite

from portal import clock
from portal.db import dialect_name, unit_of_work
from portal.plugin_host.guard import note_fault
from portal.plugin_host.models import JobRun
from portal.plugin_host.timed import OutOfTimeError, run_in_time

if TYPE_CHECKING:
    from portal.app import Portal
    from portal.plugin_api.types import Job
    from portal.plugin_host.registry import Registry

log = structlog.get_logger(__name__)
LEASE_MARGIN = timedelta(minutes=1)


def due_jobs(registry: Registry) -> list[str]:
    """Names of the jobs whose time has come and that no worker holds. Needs an app context."""
    now = clock.now()
    with unit_of_work("read") as session:
        rows = {row.name: row for row in session.scalars(sa.select(JobRun))}
    return [name for name in registry.jobs if _is_due(rows.get(name), now)]


def _is_due(row: JobRun | None, now: datetime) -> bool:
    if row is None:
        return True
    if row.leased_until is not None:
        # A run that ended gave its lease back, or was found hanging and waits for its next turn.
        was_killed = row.last_error != OutOfTimeError.__name__
        return row.leased_until <= now and (was_killed or row.next_at <= now)
    return row.next_at <= now


def run_job(app: Portal, registry: Registry, name: str) -> bool:
    """Run a job now unless its lock is held. Returns True when it ran to its end."""
    job = registry.jobs[name]
    lease = _take_lease(name, job)
    if lease is None:
        return False
    error: Exception | None = None
    try:
        run_in_time(app, job.run, job.timeout)
    except Exception as caught:  # noqa: BLE001 - a job is a stranger's code; it is reported and run again when due
        error = caught
        note_fault(registry, name.partition(":")[0], f"job {name}", caught)
    _release(name, lease, error)
    return error is None


def _held(row: JobRun, now: datetime) -> bool:
    return row.leased_until is not None and row.leased_until > now


def _take_lease(name: str, job: Job) -> datetime | None:
    """Until when the job is ours; None while another run holds its lock."""
    now = clock.now()
    lock = job.lock or name
    with unit_of_work() as session:
        # Committed first, so that two jobs that never ran before find each other's row to wait at.
        insert = sqlite.insert if dialect_name(session) == "sqlite" else postgresql.insert
        first = insert(JobRun).values(name=name, lock=lock, next_at=now, last_error="")
        session.execute(first.on_conflict_do_nothing())
    with unit_of_work() as session:
        rows = session.scalars(
            sa.select(JobRun)
            .where(sa.or_(JobRun.lock == lock, JobRun.name == name))
            .order_by(JobRun.name)
            .with_for_update()
        ).all()
        if any(_held(row, now) for row in rows):
            return None
        row = next(row for row in rows if row.name == name)
        row.lock = lock
        row.leased_until = now + job.timeout + LEASE_MARGIN
        row.next_at = now + job.every
        row.last_error = ""
        return row.leased_until


def _release(name: str, lease: datetime, error: Exception | None) -> None:
    """Give the lease back, unless it has passed and is somebody else's by now.

    While a job may still be hanging, its lease stays.
    """
    with unit_of_work() as session:
        row = session.get_one(JobRun, name, with_for_update=True)
        if row.leased_until != lease:
            return
        row.last_error = type(error).__name__ if error else ""
        row.finished_at = clock.now()
        if not isinstance(error, OutOfTimeError):
            row.leased_until = None
