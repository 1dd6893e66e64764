"""Numbers for whoever watches the server: how many requests, how slow, and which checks fail.

They name endpoints, never addresses: nobody can read from them who did what. Pages that are confirmed before
Flask (304) are not counted. Without `PORTAL_METRICS_TOKEN` nothing is counted and nothing is shown.
"""

from __future__ import annotations

import hmac
import os
import shutil
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import abort, current_app, g, request

from portal.db import db
from portal.plugin_host.boot import host_of
from portal.plugin_host.health import health

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response

    from portal.app import Portal

SHARED = (
    "PROMETHEUS_MULTIPROC_DIR"  # the library's own name: where processes put their numbers together
)
EXTENSION = "portal_metrics"
SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds


def init_app(app: Portal) -> None:
    """Count the app's requests, where somebody wants the numbers."""
    if not app.settings.metrics_token.get_secret_value():
        return
    numbers = app.extensions[EXTENSION] = Numbers()

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        numbers.note(response.status_code, time.perf_counter() - g.began)
        return response


def share_among_processes(app: Portal) -> None:
    """Before several processes serve: they count into one folder, which begins empty."""
    if EXTENSION not in app.extensions:
        return
    folder = app.settings.data_dir / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    os.environ[SHARED] = str(folder)


def forget_process(pid: int) -> None:
    """A process that counted has ended."""
    if SHARED in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def page() -> tuple[bytes, dict[str, str]]:
    """The numbers as Prometheus reads them, and the headers of the answer; 404 for whoever has no token."""
    token = current_app.settings.metrics_token.get_secret_value()  # type: ignore[attr-defined]
    given = request.headers.get("Authorization", "")
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        abort(404)
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

    numbers: Numbers = current_app.extensions[EXTENSION]
    registry = numbers.gathered()
    state = CollectorRegistry()
    state.register(_State())
    body = generate_latest(registry) + generate_latest(state)
    return body, {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}


@dataclass
class Numbers:
    """What this process counts. The library is loaded with the first request: by then it is known whether
    processes share.
    """

    @cached_property
    def registry(self) -> Any:
        """Where the numbers below are kept."""
        from prometheus_client import CollectorRegistry

        return CollectorRegistry()

    @cached_property
    def requests(self) -> Any:
        """Requests by endpoint, method and status."""
        from prometheus_client import Counter

        labels = ("endpoint", "method", "status")
        return Counter("portal_requests", "Requests answered", labels, registry=self.registry)

    @cached_property
    def seconds(self) -> Any:
        """How long they took, by endpoint."""
        from prometheus_client import Histogram

        return Histogram(
            "portal_request_seconds",
            "Seconds from a request to its answer",
            ("endpoint",),
            buckets=SLOW,
            registry=self.registry,
        )

    def note(self, status: int, seconds: float) -> None:
        """One request was answered. What no route knows is counted as one, whatever it was called."""
        endpoint = request.endpoint or "none"
        known = request.method if request.endpoint else "ANY"
        self.requests.labels(endpoint, known, str(status)).inc()
        self.seconds.labels(endpoint).observe(seconds)

    def gathered(self) -> Any:
        """The numbers of all processes that share, else of this one."""
        if SHARED not in os.environ or not Path(os.environ[SHARED]).is_dir():
            return self.registry
        from prometheus_client import CollectorRegistry, multiprocess

        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return together


class _State:
    """The checks of the core and of every plugin, looked at when somebody asks."""

    def collect(self) -> Iterator[Any]:
        """1 for a check that is well, 0 for one that is not."""
        from prometheus_client.core import GaugeMetricFamily

        gauge = GaugeMetricFamily(
            "portal_check_ok", "Whether a health check is well", labels=("plugin", "check")
        )
        for finding in health(host_of(current_app).registry, db.session):
            gauge.add_metric((finding.plugin, finding.name), int(finding.ok))
        yield gauge
