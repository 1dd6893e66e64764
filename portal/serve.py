"""Run the web server: gunicorn where it works, waitress on Windows."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog

from portal.logs import describe

if TYPE_CHECKING:
    from portal.app import Portal

DRAINED_WITHIN = 0.2  # seconds, for what is left of a body that nobody wanted to read


def serve(
    app: Portal,
    *,
    host: str,
    port: int,
    workers: int,
    threads: int,
    on_exit: Callable[[int], None],
) -> None:
    """Serve until stopped. `on_exit` hears the id of every process that has ended.

    Exits with status 4 and one clear line when the port is taken.
    """
    _refuse_taken_port(host, port)
    if sys.platform == "win32":
        from waitress import serve as waitress_serve

        waitress_serve(app, host=host, port=port, threads=threads)
        return
    _gunicorn(app, f"{host}:{port}", workers, threads, on_exit)


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            sys.stderr.write(f"Port {port} on {host} is taken. Choose another with --port.\n")
            raise SystemExit(4) from None


def _gunicorn(
    app: Portal, address: str, workers: int, threads: int, on_exit: Callable[[int], None]
) -> None:
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
        """gunicorn, configured here instead of by a file."""

        def load_config(self) -> None:
            self.cfg.set("bind", address)
            self.cfg.set("workers", workers)
            self.cfg.set("worker_class", worker_class(app.settings.files.arrive_within))
            self.cfg.set("threads", threads)
            self.cfg.set("control_socket_disable", True)
            # An access log would keep addresses and query strings: who read what.
            self.cfg.set("accesslog", None)
            self.cfg.set("logger_class", log_class())
            self.cfg.set("post_fork", _after_fork)
            self.cfg.set("child_exit", lambda _server, worker: on_exit(worker.pid))

        def load(self) -> Any:
            return app

    Server().run()


def log_class() -> type[Any]:
    """gunicorn's own log without addresses: one may hold the token of a link, or what was searched."""
    from gunicorn.glogging import Logger

    class Log(Logger):  # type: ignore[misc]  # gunicorn ships no types
        """Says what kind of thing went wrong, and never about which request."""

        def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
            """A warning; of a request that cannot be read, only that there was one."""
            if msg.startswith("Invalid request"):
                msg, args = "A request that could not be read was refused.", ()
            super().warning(msg, *args, **kwargs)

        def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 - gunicorn's signature
            """A fault outside the app, by its kind and place."""
            error = sys.exc_info()[1]
            structlog.get_logger(__name__).error(
                "server_fault", **(describe(error) if error else {})
            )

    return Log


def worker_class(arrives_within: float) -> type[Any]:
    """gunicorn's threads, none of which waits longer than these seconds for a whole request to arrive."""
    from gunicorn.workers.gthread import ThreadWorker

    class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
        """Stops reading what comes too slowly; the answer can still be sent."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._arriving: dict[Any, float] = {}  # connection → when its patience ends

        def handle(self, conn: Any) -> Any:
            """Serve one request of a connection."""
            self._arriving[conn] = time.monotonic() + arrives_within
            try:
                return super().handle(conn)
            finally:
                self._arriving.pop(conn, None)

        def murder_keepalived(self, force: bool = False) -> None:
            """Called each second: close what waits for nothing, and stop reading what is late."""
            super().murder_keepalived(force)
            now = time.monotonic()
            for conn, ends in list(self._arriving.items()):
                if ends < now:
                    self._arriving.pop(conn, None)
                    with contextlib.suppress(OSError):
                        conn.sock.shutdown(socket.SHUT_RD)

        def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:
            """Whether the connection serves once more: not when most of a refused body is still to come."""
            if not keepalive:
                return False
            return bool(conn.parser.finish_body(deadline=time.monotonic() + DRAINED_WITHIN))

    return Worker


def _after_fork(server: Any, worker: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """Give each process connections of its own: none that was opened before the fork is shared."""
    from portal.db import db

    app = worker.app.callable or worker.app.load()
    with app.app_context():
        db.engine.dispose(close=False)
