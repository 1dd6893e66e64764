"""Run the web server: gunicorn where it works, waitress on Windows."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog

from portal.logs import describe

if TYPE_CHECKING:
    from portal.app import Portal


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
            self.cfg.set("worker_class", "gthread")
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


def _after_fork(server: Any, worker: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """Give each process connections of its own: none that was opened before the fork is shared."""
    from portal.db import db

    app = worker.app.callable or worker.app.load()
    with app.app_context():
        db.engine.dispose(close=False)
