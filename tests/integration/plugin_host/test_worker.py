"""The worker as a process: it runs due jobs, delivers events, and ends when told to."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from portal import create_app
from portal.app import Portal
from portal.config import load_settings
from portal.db import db, unit_of_work
from portal.plugin_api import publish
from portal.plugin_api.events import CourseChanged, OutboxEvent
from portal.plugin_api.testing import SECRET, Lab
from portal.plugin_host.models import JobRun
from portal.plugin_host.worker import LINGER, worker_of

PATIENCE = 60  # seconds; a loaded machine starts Python slowly


@pytest.fixture
def app(portal_lab: Lab, engine_name: str, tmp_path: Path) -> Iterator[Portal]:
    database = portal_lab.migrated(engine_name, tmp_path, f"portal_worker_{os.getpid()}")
    app = create_app(
        load_settings(
            environment="test",
            secret_key=SECRET,
            database_url=database.url,
            data_dir=tmp_path,
            plugins=[],
            mail_url="",
        )
    )
    yield app
    with app.app_context():
        db.engine.dispose()
    database.drop()


def start(app: Portal) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PORTAL_ENVIRONMENT": "test",
        "PORTAL_SECRET_KEY": SECRET,
        "PORTAL_DATABASE_URL": app.settings.sqlalchemy_url,
        "PORTAL_DATA_DIR": str(app.settings.data_dir),
        "PORTAL_PLUGINS": "",
        "PORTAL_MAIL_URL": "",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "portal", "worker"],
        env=environment,
        cwd=app.settings.data_dir,
        text=True,
        stderr=subprocess.PIPE,
    )


def wait_for(worker: subprocess.Popen[str], what: Callable[[], bool]) -> None:
    """Ask until it is so; fail at once when the worker has died."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert worker.poll() is None, worker.stderr.read() if worker.stderr else ""
        assert time.monotonic() < deadline, "the worker did nothing"
        time.sleep(0.1)


def test_worker_runs_jobs_delivers_events_and_stops(app: Portal) -> None:
    def all_ran() -> bool:
        with app.app_context(), unit_of_work("read") as session:
            rows = session.scalars(sa.select(JobRun)).all()
            return len(rows) > 1 and all(row.finished_at for row in rows)

    def all_fanned_out() -> bool:
        with app.app_context(), unit_of_work("read") as session:
            waiting = sa.select(OutboxEvent.id).where(OutboxEvent.fanned_out_at.is_(None))
            return not session.scalars(waiting).all()

    worker = start(app)
    try:
        wait_for(worker, all_ran)
        with app.app_context(), unit_of_work() as session:
            publish(session, CourseChanged(course_id=1, state="live"))
        # The commit nudged the queue; the minute's tick would find the event all the same.
        wait_for(worker, all_fanned_out)
        with app.app_context(), unit_of_work("read") as session:
            assert set(session.scalars(sa.select(JobRun.last_error))) == {""}
    finally:
        worker.send_signal(signal.SIGINT)
        _, errors = worker.communicate(timeout=PATIENCE)
    assert "Traceback" not in errors
    assert worker.returncode == 0


def test_event_in_a_savepoint_nudges_only_at_the_commit(app: Portal) -> None:
    huey = worker_of(app).huey
    with app.app_context(), db.sessionmaker() as session:
        with session.begin_nested():
            publish(session, CourseChanged(course_id=1, state="live"))
        assert huey.pending_count() == 0
        session.rollback()
        assert huey.pending_count() == 0
        publish(session, CourseChanged(course_id=1, state="live"))
        session.commit()
        assert huey.pending_count() == 1


def test_many_commits_at_once_are_one_task_that_sees_them_all(
    app: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, slept = [0.0], []
    clock = SimpleNamespace(monotonic=lambda: at[0], sleep=slept.append)
    monkeypatch.setattr("portal.plugin_host.worker.time", clock)
    worker = worker_of(app)
    waiting = []
    with app.app_context(), db.sessionmaker() as session:
        for at[0] in (10, 10.05, 10 + LINGER * 0.99, 10 + LINGER * 1.01):
            publish(session, CourseChanged(course_id=1, state="live"))
            session.commit()
            waiting.append(worker.huey.pending_count())
    assert waiting == [1, 1, 1, 2]
    worker.deliver.call_local()
    assert slept == [LINGER]  # whoever was not queued anew has committed before it looks
    with app.app_context(), unit_of_work("read") as session:
        assert set(session.scalars(sa.select(OutboxEvent.fanned_out_at))).isdisjoint({None})


def test_commit_stands_when_the_queue_cannot_be_written(
    app: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_task: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with app.app_context(), db.sessionmaker() as session:
        monkeypatch.setattr(worker_of(app).huey, "enqueue", full)
        publish(session, CourseChanged(course_id=1, state="live"))
        session.commit()
    with app.app_context(), unit_of_work("read") as session:
        assert len(session.scalars(sa.select(OutboxEvent)).all()) == 1
