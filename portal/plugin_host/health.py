"""The state of the portal, check by check, for administrators and `portal doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import clock
from portal.db import dialect_name, sqlite_module, wal_is_safe
from portal.plugin_api.types import Check, CheckResult
from portal.plugin_host.guard import GuardedError, guarded
from portal.plugin_host.models import EventDelivery, JobRun

if TYPE_CHECKING:
    from portal.plugin_host.registry import Registry

WORKER_SILENCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the health report."""

    plugin: str
    name: str
    ok: bool
    message: str


def health(registry: Registry, session: Session) -> list[Finding]:
    """Every finding: plugins that did not start, the host's own checks, then each plugin's."""
    return [*_plugin_states(registry), *_checks(registry, session)]


def _plugin_states(registry: Registry) -> Iterator[Finding]:
    for plugin in registry.plugins.values():
        if plugin.state == "quarantined":
            yield Finding(plugin.name, "start", ok=False, message=plugin.error)
    counts: dict[tuple[str, str], int] = {}
    for fault in registry.faults:
        counts[fault.plugin, fault.hook] = counts.get((fault.plugin, fault.hook), 0) + 1
    for (name, hook), count in counts.items():
        yield Finding(
            name,
            "faults",
            ok=False,
            message=_("%(hook)s failed %(count)s times; the log says why", hook=hook, count=count),
        )


def _checks(registry: Registry, session: Session) -> Iterator[Finding]:
    for plugin in registry.active():
        for check in plugin.registration.checks if plugin.registration else ():
            yield _run(registry, plugin.name, check, session)


def _run(registry: Registry, plugin: str, check: Check, session: Session) -> Finding:
    try:
        result = guarded(
            registry, plugin, f"check {check.name}", session, lambda: check.run(session)
        )
    except GuardedError:
        return Finding(
            plugin, check.name, ok=False, message=_("the check itself failed; see the log")
        )
    return Finding(plugin, check.name, result.ok, result.message)


def database_check(session: Session) -> CheckResult:
    """Which database, and whether its write-ahead log is safe to use."""
    session.execute(sa.text("SELECT 1"))
    if dialect_name(session) != "sqlite":
        return CheckResult(ok=True, message=_("PostgreSQL answers"))
    version = sqlite_module().sqlite_version
    if not wal_is_safe():
        return CheckResult(
            ok=False,
            message=_(
                "SQLite %(version)s is older than 3.51.3, so the slower rollback journal is used; "
                "install the pysqlite3 package",
                version=version,
            ),
        )
    return CheckResult(
        ok=True, message=_("SQLite %(version)s with its write-ahead log", version=version)
    )


def events_check(session: Session) -> CheckResult:
    """Parked deliveries need a person."""
    parked = session.scalar(
        sa.select(sa.func.count()).select_from(EventDelivery).where(EventDelivery.state == "parked")
    )
    if parked:
        return CheckResult(
            ok=False,
            message=_(
                "%(number)s events could not be delivered; see `portal plugins doctor`",
                number=parked,
            ),
        )
    return CheckResult(ok=True, message=_("no event is parked"))


def worker_check(session: Session) -> CheckResult:
    """Whether a worker has been seen lately, and which jobs failed last time."""
    last = session.scalar(sa.select(sa.func.max(JobRun.finished_at)))
    if last is None or clock.now() - last > WORKER_SILENCE:
        return CheckResult(
            ok=False,
            message=_("no worker has finished a job for 10 minutes; start `portal worker`"),
        )
    failed = session.scalars(
        sa.select(JobRun.name).where(JobRun.last_error != "").order_by(JobRun.name)
    ).all()
    if failed:
        return CheckResult(
            ok=False, message=_("jobs that failed last time: %(names)s", names=", ".join(failed))
        )
    return CheckResult(ok=True, message=_("the worker is at work"))


CHECKS = (
    Check("database", database_check),
    Check("events", events_check),
    Check("worker", worker_check),
)
