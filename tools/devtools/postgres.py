"""A private PostgreSQL for one run of the tests: made, used, thrown away."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.devtools.common import Failure, end
from tools.devtools.system import postgres_folder

_START_SECONDS = 30.0
# Letters beyond ASCII must lower and sort as they do in a real college's database.
_LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
# Nothing here outlives the run, so nothing has to survive a power cut.
_FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]


@contextmanager
def throwaway_postgres(*, durable: bool = False) -> Iterator[str]:
    """The SQLAlchemy URL of a fresh server, reachable only by a socket in a private folder.

    The server stops and its folder goes when the block ends, however it ends. `durable`: it commits as
    safely as a college's does, for what is measured. An address already in PORTAL_TEST_POSTGRES_URL is
    used as it is.

    Raises:
        Failure: PostgreSQL is missing, or its server would not start.
    """
    given = os.environ.get("PORTAL_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    programs = postgres_folder()
    if programs is None:
        raise Failure("PostgreSQL is not installed.")
    # A socket's path may have about 100 bytes, and some systems' temporary folders are long.
    short = "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108 - mkdtemp makes it private
    home = Path(tempfile.mkdtemp(prefix="portal-pg-", dir=short))
    server: subprocess.Popen[bytes] | None = None
    try:
        who = _unprivileged(home)
        _make_cluster(programs, home, who)
        server = _start(programs, home, who, [] if durable else _FAST)
        _wait(home, server)
        yield f"postgresql+psycopg://portal@/postgres?host={home}"
    finally:
        if server is not None:
            end(server, signal.SIGINT)  # PostgreSQL's "fast" stop: does not wait for clients
        shutil.rmtree(home, ignore_errors=True)


def _unprivileged(home: Path) -> dict[str, Any]:
    """How to start PostgreSQL's programs: it refuses root, so root hands the folder to another."""
    if os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(home, account.pw_uid, account.pw_gid)
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise Failure("PostgreSQL refuses to run as root, and there is no account to run it as.")


def _make_cluster(programs: Path, home: Path, who: dict[str, Any]) -> None:
    made = subprocess.run(
        [
            str(programs / "initdb"),
            "--pgdata",
            str(home / "data"),
            "--username",
            "portal",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            _LOCALE,
            "--no-sync",
        ],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        **who,
    )
    if made.returncode:
        raise Failure(f"PostgreSQL's initdb failed: {made.stderr.strip()}")


def _start(
    programs: Path, home: Path, who: dict[str, Any], settings: list[str]
) -> subprocess.Popen[bytes]:
    private = ["listen_addresses=", f"unix_socket_directories={home}", "max_connections=200"]
    with (home / "log").open("wb") as log:
        return subprocess.Popen(
            [
                str(programs / "postgres"),
                "-D",
                str(home / "data"),
                *(part for setting in (*private, *settings) for part in ("-c", setting)),
            ],
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C in the terminal must not stop it before the tests have ended.
            start_new_session=True,
            **who,
        )


def _wait(home: Path, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up and server.poll() is None:
        # The last line of the pid file says "ready" once connections are taken.
        status = home / "data" / "postmaster.pid"
        if status.is_file() and status.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.05)
    said = (home / "log").read_text(errors="replace")
    raise Failure(f"The throw-away PostgreSQL did not start:\n{said.strip()}")
