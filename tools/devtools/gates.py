"""`test`, `check`, `bench`, `soak`, `shots`: what stands between a change and the main branch."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tools.devtools.common import (
    Failure,
    call,
    complain,
    program,
    say,
    strict,
)
from tools.devtools.environment import set_up
from tools.devtools.postgres import throwaway_postgres
from tools.devtools.system import chromium, ensure_chromium, ensure_postgres, ensure_wrk

INTERRUPTED = 130  # the shell's code for Ctrl-C
_POSTGRES = "PORTAL_TEST_POSTGRES_URL"
_THROWN_AWAY = "PORTAL_TEST_POSTGRES_THROWN_AWAY"  # nobody need tidy up in it
_CHROMIUM = "PORTAL_TEST_CHROMIUM"
# Hundreds of processes are started: what one compiles the next need not, whatever the machine's own wish.
_KEEP_COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
LONGEST_TEST = 300  # seconds: one that takes longer never ends


def test(arguments: list[str]) -> int:
    """pytest on both databases and in Chromium; arguments go to pytest."""
    # One more than there are processors: many tests wait, for a server or for a stream that is slow.
    return _pytest([*_side_by_side(beside=1), *_ended_after(LONGEST_TEST), *arguments], {})


def soak(arguments: list[str]) -> int:
    """The fault, race and property tests at their full counts: up to an hour."""
    return _pytest([*_side_by_side(), "-m", "soak", *arguments], {"SOAK": "1"})


def bench(arguments: list[str]) -> int:
    """Measure against the floors in tests/bench, on SQLite and PostgreSQL."""
    problem = ensure_wrk()
    if problem:
        raise Failure(f"Nothing was measured: wrk is {problem}.")
    command = [program("python"), "-m", "tests.bench", *arguments]
    return _with_helpers(command, {}, browser=False, durable=True)


def shots(arguments: list[str]) -> int:
    """Pictures of the main pages, narrow and wide."""
    return _with_helpers([program("python"), "tools/shots.py", *arguments], {}, postgres=False)


def check() -> int:
    """Format, lint, types, import contracts, migrations: all of them, then every failure."""
    set_up(developer=True)
    failed = [
        title
        for title, command in (
            ("format", [program("ruff"), "format", "--check", "."]),
            ("lint", [program("ruff"), "check", "."]),
            ("types", [program("mypy")]),
            ("import contracts", [program("lint-imports"), "--no-logo"]),
        )
        if _announced(title, command, {})
    ]
    with tempfile.TemporaryDirectory(prefix="portal-check-") as folder:
        if _migrations("SQLite", {"PORTAL_DATA_DIR": folder, "PORTAL_DATABASE_URL": ""}):
            failed.append("migrations on SQLite")
        with _helpers(browser=False) as (environment, missing):
            url = environment.get(_POSTGRES)
            if url and _migrations(
                "PostgreSQL", {"PORTAL_DATA_DIR": folder, "PORTAL_DATABASE_URL": url}
            ):
                failed.append("migrations on PostgreSQL")
    _shout("NOT CHECKED", missing)
    if failed:
        complain(f"\nmake check failed: {', '.join(failed)}.")
        return 1
    say("\nmake check: all good.")
    return 0


def _migrations(engine: str, environment: dict[str, str]) -> int:
    """Nonzero unless the models and the migrations agree, one head for each branch."""
    environment = {"PORTAL_ENVIRONMENT": "test", **environment}
    upgraded = _announced(f"migrate {engine}", [program("portal"), "db", "upgrade"], environment)
    return upgraded or _announced(
        f"drift on {engine}", [program("portal"), "db", "check"], environment
    )


def _announced(title: str, command: list[str], environment: dict[str, str]) -> int:
    say(f"\n── {title}")
    return call(command, environment=environment)


def _side_by_side(*, beside: int = 0) -> list[str]:
    # A worker begins with neighbours and takes from another only when it has none left: what a room's
    # tests share (portals, databases, a demo college) is then made by one worker, not by each.
    return ["-n", str((os.cpu_count() or 1) + beside), "--dist", "worksteal"]


def _ended_after(seconds: int) -> list[str]:
    """A test that hangs says where, and fails with its worker; another worker takes over."""
    return ["-o", f"faulthandler_timeout={seconds}", "-o", "faulthandler_exit_on_timeout=true"]


def _pytest(arguments: list[str], environment: dict[str, str]) -> int:
    # A skip is a failure under STRICT=1; a page's test runs on one database.
    plugins = ["-p", "tests.strict", "-p", "tests.engines"]
    command = [program("python"), "-m", "pytest", *plugins, *arguments]
    return _with_helpers(command, environment)


def _with_helpers(
    command: list[str],
    environment: dict[str, str],
    *,
    postgres: bool = True,
    browser: bool = True,
    durable: bool = False,
) -> int:
    set_up(developer=True)
    try:
        with _helpers(postgres=postgres, browser=browser, durable=durable) as (helpers, missing):
            code = call(command, environment={**_KEEP_COMPILED, **helpers, **environment})
    except KeyboardInterrupt:
        complain("\nStopped.")
        return INTERRUPTED
    _shout("NOT TESTED", missing)
    return code


@contextmanager
def _helpers(
    *, postgres: bool = True, browser: bool = True, durable: bool = False
) -> Iterator[tuple[dict[str, str], list[str]]]:
    """The environment that tells a command where its helpers are, and what is missing and why.

    Raises:
        Failure: under STRICT=1, something is missing.
    """
    environment: dict[str, str] = {}
    missing: list[str] = []
    with ExitStack() as stack:
        if browser:
            problem = ensure_chromium()
            if problem:
                missing.append(f"anything in a browser: Chromium is {problem}")
            else:
                environment[_CHROMIUM] = chromium() or ""
        if postgres:
            problem = None if os.environ.get(_POSTGRES) else ensure_postgres()
            if problem:
                missing.append(f"anything on PostgreSQL: it is {problem}")
            else:
                kept = bool(os.environ.get(_POSTGRES))
                environment[_POSTGRES] = stack.enter_context(throwaway_postgres(durable=durable))
                environment[_THROWN_AWAY] = "" if kept else "1"
        if missing and strict():
            raise Failure(f"STRICT=1 leaves nothing out, but missing is {'; '.join(missing)}.")
        yield environment, missing


def _shout(title: str, missing: list[str]) -> None:
    for reason in missing:
        complain(f"\n{title} ⚠  {reason}")
