"""The worker: Huey runs what the tables say is due.

A task that Huey loses is found again by the next tick.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import event

from portal.db import db
from portal.logs import describe
from portal.plugin_api.events import PUBLISHED, WANTED_JOBS
from portal.plugin_host.boot import host_of
from portal.plugin_host.delivery import deliver_events
from portal.plugin_host.schedule import due_jobs, run_job

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.app import Portal

log = structlog.get_logger(__name__)
EXTENSION = "portal_worker"
THREADS = 2
LINGER = 0.1  # seconds


class Worker:
    """The app's task queue, and the program that empties it."""

    def __init__(self, app: Portal) -> None:
        from huey import SqliteHuey, crontab

        self.app = app
        self.huey = SqliteHuey(
            "portal", filename=str(app.settings.data_dir / "queue.db"), results=False
        )
        self.registry = host_of(app).registry
        self._woken: dict[
            str | None, float
        ] = {}  # when each was last queued, by this process's clock
        self.deliver = self.huey.task(name="deliver")(self._deliver)
        self.run_job = self.huey.task(name="run_job")(self._run_job)
        self.huey.periodic_task(crontab(minute="*"), name="tick")(self.tick)

    def tick(self) -> None:
        """Once a minute: queue every job that is due, and deliver what a lost task left behind."""
        with self.app.app_context():
            for name in due_jobs(self.registry):
                self.run_job(name)
            deliver_events(self.registry)

    def run(self) -> None:
        """Work until a signal says stop."""
        self.tick()
        consumer = self.huey.create_consumer(
            workers=THREADS, worker_type="thread", periodic=True, check_worker_health=True
        )
        consumer.run()

    def wake(self, name: str | None = None) -> None:
        """Queue a job by name, or the delivery of events; not again within a tenth of a second.

        A queued task begins that much later, so that it sees what was committed meanwhile: many changes at
        once are one task, and each spares its page a commit in the queue's file.
        """
        now = time.monotonic()
        if now - self._woken.get(name, -LINGER) < LINGER:
            return
        if name is None:
            self.deliver()
        else:
            self.run_job(name)
        self._woken[name] = now

    def _deliver(self) -> None:
        time.sleep(LINGER)
        with self.app.app_context():
            deliver_events(self.registry)

    def _run_job(self, name: str) -> None:
        if name in self.registry.jobs:
            time.sleep(LINGER)
            with self.app.app_context():
                run_job(self.app, self.registry, name)


def init_app(app: Portal) -> None:
    """Nudge the worker after each commit that published an event or wants a job run.

    A nudge that is lost costs only the wait for the next tick.
    """

    def nudge(session: Session) -> None:
        if session.in_nested_transaction():
            return  # a savepoint was released; the commit is still to come
        try:
            wake(session)
        except Exception as error:  # noqa: BLE001 - the change is made, whatever ails the queue
            log.warning("worker_not_woken", **describe(error))

    def wake(session: Session) -> None:
        if session.info.pop(PUBLISHED, False):
            worker_of(app).wake()
        for name in sorted(session.info.pop(WANTED_JOBS, ())):
            worker_of(app).wake(name)

    with app.app_context():
        event.listen(db.sessionmaker, "after_commit", nudge)


def worker_of(app: Any) -> Worker:
    """The app's worker, made when first needed: a page that publishes nothing pays nothing."""
    worker: Worker | None = app.extensions.get(EXTENSION)
    if worker is None:
        worker = app.extensions[EXTENSION] = Worker(app)
    return worker
