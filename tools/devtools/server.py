"""`run`: the demo college at one address, web server and job worker together."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tools.devtools.common import (
    ROOT,
    Failure,
    call,
    complain,
    end,
    program,
    say,
)
from tools.devtools.environment import set_up

HOST = "127.0.0.1"
_LOOK_EVERY = 0.1  # seconds
_START_SECONDS = 60.0


def run() -> int:
    """Set up, migrate, fill an empty college, serve until Ctrl-C.

    Returns 0 after Ctrl-C or SIGTERM; the exit code of the process that died otherwise.
    """
    port = chosen_port()
    if not is_free(port):
        raise Failure(
            f"Port {port} is taken by another program. Choose another: PORT={port + 1} make run"
        )
    try:
        set_up(developer=False)
        environment = {
            "PORTAL_ENVIRONMENT": os.environ.get("PORTAL_ENVIRONMENT", "development"),
            "PORTAL_DATA_DIR": os.environ.get("PORTAL_DATA_DIR", str(ROOT / "var")),
            "PORTAL_BASE_URL": os.environ.get("PORTAL_BASE_URL", f"http://{HOST}:{port}"),
        }
        return _serve(port, environment, _prepare(environment))
    except KeyboardInterrupt:
        say("\nStopped.")
        return 0


def chosen_port() -> int:
    """The port in PORT, or 8000.

    Raises:
        Failure: PORT is not a port that an ordinary program can have.
    """
    wanted = os.environ.get("PORT") or "8000"
    if not wanted.isdecimal() or not 1 <= int(wanted) <= 65535:
        raise Failure(f"PORT={wanted} is not a port: choose a number from 1024 to 65535.")
    return int(wanted)


def is_free(port: int) -> bool:
    """True where nothing listens on the port and this program may."""
    with socket.socket() as probe:
        if os.name == "posix":  # a port that was closed a moment ago counts as free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _prepare(environment: dict[str, str]) -> str:
    """Bring the database up to date, fill it when it is empty; the sign-ins, as lines."""
    with tempfile.TemporaryDirectory(prefix="portal-run-") as folder:
        sign_ins = Path(folder) / "sign-ins"
        command = [program("python"), str(ROOT / "tools" / "prepare.py"), str(sign_ins)]
        if call(command, environment=environment):
            raise Failure("The demo college could not be made ready; the reason is above.")
        return sign_ins.read_text(encoding="utf-8").rstrip()


def _serve(port: int, environment: dict[str, str], sign_ins: str) -> int:
    commands = {
        "web server": [program("portal"), "serve", "--host", HOST, "--port", str(port)],
        "job worker": [program("portal"), "worker"],
    }

    def announce() -> None:
        say(f"\nThe portal is running at http://{HOST}:{port}\n")
        say(f"Sign in as one of these:\n\n{sign_ins}\n\nCtrl-C stops it.\n")

    return supervise(commands, environment, port, announce)


def supervise(
    commands: dict[str, list[str]],
    environment: dict[str, str],
    port: int,
    announce: Callable[[], None],
) -> int:
    """Run programs side by side until one ends, then end the others; its exit code (0 becomes 1).

    `announce` is called once, when something answers on `port`. On Ctrl-C all are ended and
    KeyboardInterrupt goes on.
    """
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            children[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **environment},
                # Ctrl-C reaches this process alone, which then asks each to end, once.
                start_new_session=True,
            )
        return _watch(children, port, announce)
    finally:
        for child in children.values():
            if child.poll() is None:
                child.terminate()
        for child in children.values():
            end(child)


def _watch(
    children: dict[str, subprocess.Popen[bytes]], port: int, announce: Callable[[], None]
) -> int:
    give_up = time.monotonic() + _START_SECONDS
    announced = False
    while True:
        for name, child in children.items():
            code = child.poll()
            if code is not None:
                how = f"signal {-code}" if code < 0 else f"exit code {code}"
                complain(f"The {name} ended by itself ({how}), so the portal stops.")
                return code if code > 0 else 1
        if not announced:
            if answers(port):
                announced = True
                announce()
            elif time.monotonic() > give_up:
                raise Failure(f"Nothing answers on port {port} after {_START_SECONDS:.0f} seconds.")
        time.sleep(_LOOK_EVERY)


def answers(port: int) -> bool:
    """True where a connection to the port is taken."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False
