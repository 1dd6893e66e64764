"""Jobs: due once a period, one at a time under one lock, undone when they fail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import Term
from portal.db import unit_of_work
from portal.plugin_api import Job
from portal.plugin_api.testing import Lab, watched
from portal.plugin_host.boot import host_of
from portal.plugin_host.models import JobRun
from portal.plugin_host.schedule import due_jobs, run_job
from tests.plugins import make_plugin

START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
LATER = date(2027, 4, 23)
RAN: list[str] = []


def write(session: Session) -> None:
    RAN.append("write")
    session.add(Term(slug=f"job-{len(RAN)}", name="T", starts_on=START.date(), ends_on=LATER))


def other(session: Session) -> None:
    RAN.append("other")


JOBS = [
    Job("write", every=timedelta(hours=1), run=write, lock="shared"),
    Job("other", every=timedelta(hours=1), run=other, lock="shared"),
]
PLUGIN = make_plugin("clockwork", jobs=lambda: JOBS)


@pytest.fixture
def app(request: pytest.FixtureRequest, portal_lab: Lab, engine_name: str) -> Iterator[Portal]:
    RAN.clear()
    yield from watched(request, portal_lab.app(engine_name, [PLUGIN]))


def due(app: Portal) -> set[str]:
    with app.app_context():
        return {name for name in due_jobs(host_of(app).registry) if name.startswith("clockwork:")}


def run(app: Portal, name: str) -> bool:
    with app.app_context():
        return run_job(app, host_of(app).registry, name)


def test_job_is_due_at_once_and_again_after_its_period(app: Portal) -> None:
    with time_machine.travel(START, tick=False) as clock:
        assert due(app) == {"clockwork:write", "clockwork:other"}
        assert run(app, "clockwork:write")
        assert due(app) == {"clockwork:other"}
        clock.shift(timedelta(minutes=59))
        assert due(app) == {"clockwork:other"}
        clock.shift(timedelta(minutes=1))
        assert due(app) == {"clockwork:write", "clockwork:other"}
    with app.app_context(), unit_of_work("read") as session:
        assert session.scalars(sa.select(Term.slug)).all() == ["job-1"]


def test_two_jobs_under_one_lock_never_run_together(app: Portal) -> None:
    let_go, started = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        started.set()
        let_go.wait(20)

    registry = host_of(app).registry
    kept = registry.jobs["clockwork:write"]
    registry.jobs["clockwork:write"] = Job("write", timedelta(hours=1), hold, lock="shared")
    thread = threading.Thread(target=run, args=(app, "clockwork:write"))
    try:
        thread.start()
        assert started.wait(20)
        assert run(app, "clockwork:other") is False
    finally:
        let_go.set()
        thread.join()
        registry.jobs["clockwork:write"] = kept
    assert RAN == []
    assert run(app, "clockwork:other") is True


@pytest.mark.plugin_faults
def test_failed_job_is_undone_and_reported(app: Portal) -> None:
    def fail(session: Session) -> None:
        write(session)
        session.flush()
        raise RuntimeError("boom")

    registry = host_of(app).registry
    kept = registry.jobs["clockwork:write"]
    registry.jobs["clockwork:write"] = Job("write", timedelta(hours=1), fail, lock="shared")
    try:
        assert run(app, "clockwork:write") is False
    finally:
        registry.jobs["clockwork:write"] = kept

    with app.app_context(), unit_of_work("read") as session:
        assert session.scalars(sa.select(Term.slug)).all() == []
        row = session.get_one(JobRun, "clockwork:write")
        assert (row.last_error, row.leased_until) == ("RuntimeError", None)


def test_lease_of_a_killed_worker_passes(app: Portal) -> None:
    with time_machine.travel(START, tick=False) as clock:
        with app.app_context(), unit_of_work() as session:
            session.add(
                JobRun(
                    name="clockwork:write",
                    lock="shared",
                    next_at=START,
                    leased_until=START + timedelta(minutes=6),
                )
            )
        assert due(app) == {"clockwork:other"}
        assert run(app, "clockwork:write") is False
        clock.shift(timedelta(minutes=6))
        assert run(app, "clockwork:write") is True


def keep(app: Portal, **values: object) -> None:
    with app.app_context(), unit_of_work() as session:
        session.add(JobRun(name="clockwork:write", lock="shared", **values))


def test_daily_job_of_a_killed_worker_is_due_when_its_lease_has_passed(app: Portal) -> None:
    lease = START + timedelta(minutes=6)
    with time_machine.travel(START, tick=False) as clock:
        keep(app, next_at=START + timedelta(days=1), leased_until=lease)
        assert "clockwork:write" not in due(app)
        clock.shift(timedelta(minutes=6))
        assert "clockwork:write" in due(app)


def test_job_that_hung_waits_for_its_next_turn(app: Portal) -> None:
    lease = START + timedelta(minutes=6)
    with time_machine.travel(START, tick=False) as clock:
        keep(
            app,
            next_at=START + timedelta(hours=1),
            leased_until=lease,
            last_error="OutOfTimeError",
        )
        clock.shift(timedelta(minutes=6))
        assert "clockwork:write" not in due(app)
        clock.shift(timedelta(minutes=54))
        assert "clockwork:write" in due(app)


def test_run_that_outlived_its_lease_does_not_end_that_of_another(app: Portal) -> None:
    later = START + timedelta(days=1)

    def overtaken(session: Session) -> None:
        session.execute(
            sa.update(JobRun).where(JobRun.name == "clockwork:write").values(leased_until=later)
        )

    registry = host_of(app).registry
    kept = registry.jobs["clockwork:write"]
    registry.jobs["clockwork:write"] = Job("write", timedelta(hours=1), overtaken, lock="shared")
    try:
        run(app, "clockwork:write")
    finally:
        registry.jobs["clockwork:write"] = kept
    with app.app_context(), unit_of_work("read") as session:
        assert session.get_one(JobRun, "clockwork:write").leased_until == later


@pytest.mark.plugin_faults
def test_job_that_wakes_after_its_time_keeps_nothing(app: Portal) -> None:
    let_go, ended = threading.Event(), threading.Event()

    def oversleep(session: Session) -> None:
        session.scalars(sa.select(Term.id)).all()
        let_go.wait(20)
        try:
            write(session)
            session.commit()
        finally:
            ended.set()

    registry = host_of(app).registry
    kept = registry.jobs["clockwork:write"]
    registry.jobs["clockwork:write"] = Job(
        "write", timedelta(hours=1), oversleep, lock="shared", timeout=timedelta(seconds=0.2)
    )
    try:
        assert run(app, "clockwork:write") is False
    finally:
        registry.jobs["clockwork:write"] = kept
        let_go.set()
    assert ended.wait(20)
    with app.app_context(), unit_of_work("read") as session:
        assert session.scalars(sa.select(Term.slug)).all() == []


def test_planner_learns_about_the_tables(app: Portal) -> None:
    with app.app_context(), unit_of_work() as session:
        write(session)
    assert run(app, "plugin_host:refresh_statistics")
    if app.settings.sqlalchemy_url.startswith("sqlite"):
        with app.app_context(), unit_of_work("read") as session:
            known = session.scalars(sa.text("SELECT tbl FROM sqlite_stat1")).all()
        assert "term" in known
