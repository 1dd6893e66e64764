"""Which job is due, and running it: one at a time under one lock, never longer than its timeout.

The table `job_run` is the truth. A job that hangs cannot be killed inside its thread, so its connection is
cut and its session refuses another: nothing it did is kept, nor what it does when it wakes. Its lease keeps
a second run away until it has passed. A job whose worker was killed is due again as soon as its lease has
passed.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal import clock
from portal.db import db, dialect_name, transaction_mode, unit_of_work
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
    return [name for name in registry.jobs if _is_due(rows.get(name), now)]


def _is_due(row: JobRun | None, now: datetime) -> bool:
    if row is None:
        return True
    if row.leased_until is not None:
        # A run that ended gave its lease back, or was found hanging and waits for its next turn.
        was_killed = row.last_error != JobTimeoutError.__name__
        return row.leased_until <= now and (was_killed or row.next_at <= now)
    return row.next_at <= now


def run_job(app: Portal, registry: Registry, name: str) -> bool:
    """Run a job now unless its lock is held. Returns True when it ran to its end."""
    job = registry.jobs[name]
    lease = _take_lease(name, job)
    if lease is None:
        return False
    run = _Run()
    thread = threading.Thread(target=_work, args=(app, job, run), daemon=True)
    thread.start()
    thread.join(job.timeout.total_seconds())
    hangs = thread.is_alive()
    if hangs:
        run.cut_off(JobTimeoutError(f"longer than {job.timeout}"))
    if run.errors:
        note_fault(registry, name.partition(":")[0], f"job {name}", run.errors[0])
    _release(name, lease, type(run.errors[0]).__name__ if run.errors else "", hangs=hangs)
    return not run.errors


class _Run:
    """One run of a job, as its thread and whoever waits for it see it."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.session: Session | None = None
        self._cut = threading.Event()

    def watch(self, session: Session) -> None:
        """From here on the job's session can be cut off."""
        self.session = session
        sa.event.listen(session, "after_begin", self._refuse_when_cut)

    def cut_off(self, error: BaseException) -> None:
        """End the job's transaction, and let it begin no other."""
        self.errors.insert(0, error)
        self._cut.set()
        if self.session is not None:
            self.session.invalidate()

    def _refuse_when_cut(self, *_arguments: object) -> None:
        if self._cut.is_set():
            raise JobTimeoutError("its time was over")


def _work(app: Portal, job: Job, run: _Run) -> None:
    try:
        with app.app_context(), transaction_mode("write"), db.sessionmaker() as session:
            run.watch(session)
            job.run(session)
            session.commit()
    except Exception as caught:  # noqa: BLE001 - a job is a stranger's code; it is reported and run again when due
        run.errors.append(caught)


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


def _release(name: str, lease: datetime, error: str, *, hangs: bool) -> None:
    """Give the lease back, unless it has passed and is somebody else's by now."""
    with unit_of_work() as session:
        row = session.get_one(JobRun, name, with_for_update=True)
        if row.leased_until != lease:
            return
        row.last_error = error
        row.finished_at = clock.now()
        if not hangs:
            row.leased_until = None
