"""Which job is due, and running it: one at a time under one lock, never longer than its timeout.

The table `job_run` is the truth. A job that hangs cannot be killed inside its thread, so its connection is
cut: nothing it did is kept, and its lease keeps a second run away until the thread has ended or the
lease has passed.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from portal import clock
from portal.db import db, transaction_mode, unit_of_work
from portal.plugin_host.guard import note_fault
from portal.plugin_host.models import JobRun

if TYPE_CHECKING:
    from portal.app import Portal
    from portal.plugin_api.types import Job
    from portal.plugin_host.registry import Registry

log = structlog.get_logger(__name__)
LEASE_MARGIN = timedelta(minutes=1)


class JobTimeoutError(Exception):
    """A job did not end within its timeout."""


def due_jobs(registry: Registry) -> list[str]:
    """Names of the jobs whose time has come and that no worker holds. Needs an app context."""
    now = clock.now()
    with unit_of_work("read") as session:
        rows = {row.name: row for row in session.scalars(sa.select(JobRun))}
    return [
        name
        for name in registry.jobs
        if (row := rows.get(name)) is None or (row.next_at <= now and not _held(row, now))
    ]


def run_job(app: Portal, registry: Registry, name: str) -> bool:
    """Run a job now unless its lock is held. Returns True when it ran to its end."""
    job = registry.jobs[name]
    if not _take_lease(name, job):
        return False
    error: list[BaseException] = []
    session_box: list[Session] = []
    thread = threading.Thread(target=_work, args=(app, job, session_box, error), daemon=True)
    thread.start()
    thread.join(job.timeout.total_seconds())
    if thread.is_alive():
        for session in session_box:
            session.invalidate()
        error.append(JobTimeoutError(f"longer than {job.timeout}"))
    if error:
        note_fault(registry, name.partition(":")[0], f"job {name}", error[0])
    _release(name, type(error[0]).__name__ if error else "", still_running=thread.is_alive())
    return not error


def _work(app: Portal, job: Job, box: list[Session], error: list[BaseException]) -> None:
    try:
        with app.app_context(), transaction_mode("write"), db.sessionmaker() as session:
            box.append(session)
            job.run(session)
            session.commit()
    except Exception as caught:  # noqa: BLE001 - a job is a stranger's code; it is reported and run again when due
        error.append(caught)


def _held(row: JobRun, now: datetime) -> bool:
    return row.leased_until is not None and row.leased_until > now


def _take_lease(name: str, job: Job) -> bool:
    now = clock.now()
    lock = job.lock or name
    with unit_of_work() as session:
        rows = session.scalars(
            sa.select(JobRun).where(JobRun.lock == lock).order_by(JobRun.name).with_for_update()
        ).all()
        if any(_held(row, now) for row in rows):
            return False
        row = next((row for row in rows if row.name == name), None)
        if row is None:
            row = JobRun(name=name, lock=lock, next_at=now)
            session.add(row)
        row.leased_until = now + job.timeout + LEASE_MARGIN
        row.next_at = now + job.every
    return True


def _release(name: str, error: str, *, still_running: bool) -> None:
    with unit_of_work() as session:
        row = session.get_one(JobRun, name)
        row.last_error = error
        row.finished_at = clock.now()
        if not still_running:
            row.leased_until = None
