"""`python -m tests.bench`: measure, print, and fail when a gate is missed."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from tests.bench import (
    rows_claims,
    rows_data,
    rows_ideas,
    rows_leading,
    rows_paying,
    rows_places,
    rows_speed,
    rows_start,
    rows_weight,
)
from tests.bench.gates import Gate, Result, State, exit_code
from tests.bench.load import Effort
from tests.bench.places import POSTGRES_URL, place
from tests.bench.servers import BenchError, require_wrk

MODULES = (
    rows_speed,
    rows_ideas,
    rows_places,
    rows_data,
    rows_leading,
    rows_paying,
    rows_claims,
    rows_start,
    rows_weight,
)
PRESSED = (
    *rows_speed.GATES,
    rows_ideas.LIST,
    *rows_claims.PRESSED,
    *rows_places.GATES,
)  # those that need wrk
FULL, QUICK = Effort(rounds=7, seconds=4), Effort(rounds=3, seconds=2)


def main(arguments: list[str] | None = None) -> int:
    """Run the rows that were asked for; 0 when every gate is held."""
    options = _options(arguments)
    try:
        wanted = _wanted(options.only)
        engines = _engines(options.engine)
        if any(gate.name in wanted for gate in PRESSED):
            require_wrk()
        results = []
        if not options.json:
            _say(_machine_line())
        for result in _measure(engines, QUICK if options.quick else FULL, wanted):
            results.append(result)
            if not options.json:
                _say(result.line())
    except BenchError as error:
        _complain(f"bench: {error}")
        return 2
    except KeyboardInterrupt:
        return 130
    if options.json:
        _say(json.dumps(_report(results), indent=1))
    bad = [result for result in results if not result.good]
    for result in bad:
        kind = "INVALID" if result.state is State.INVALID else "MISSED"
        _complain(f"{kind}: {result.gate.name} on {result.engine} {result.fault}")
    return exit_code(results)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _complain(line: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"{line}\n")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--engine", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument(
        "--only", metavar="NAME", action="append", help=f"one of: {', '.join(gates())}; repeatable"
    )
    parser.add_argument("--quick", action="store_true", help="shorter rounds, and fewer")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")
    return parser.parse_args(arguments)


def gates() -> dict[str, Gate]:
    """Every gate by its name."""
    return {gate.name: gate for module in MODULES for gate in module.GATES}


def _wanted(only: list[str] | None) -> set[str]:
    known = gates()
    unknown = sorted(set(only or ()) - set(known))
    if unknown:
        raise BenchError(f"no row is called {unknown[0]!r}; there are {', '.join(known)}")
    return set(only or known)


def _engines(asked: str) -> list[str]:
    """The engines to measure; a missing PostgreSQL is said, and is an error when asked for by name."""
    engines = ["sqlite", "postgresql"] if asked == "both" else [asked]
    if "postgresql" in engines and not os.environ.get(POSTGRES_URL):
        if asked == "postgresql":
            raise BenchError(f"no PostgreSQL: {POSTGRES_URL} is not set")
        _complain(f"NOT MEASURED: PostgreSQL, because {POSTGRES_URL} is not set")
        engines.remove("postgresql")
    return engines


def _measure(engines: list[str], effort: Effort, wanted: set[str]) -> Iterator[Result]:
    for engine in engines:
        with place(engine) as where:
            for module in MODULES:
                yield from module.measure(where, effort, wanted)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    from portal.db import sqlite_module

    packages = ("flask", "sqlalchemy", "jinja2", "gunicorn", "psycopg")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "sqlite": sqlite_module().sqlite_version,
        **{name: version(name) for name in packages},
    }


def _machine_line() -> str:
    return ", ".join(f"{name} {value}" for name, value in machine().items())


def _report(results: list[Result]) -> dict[str, Any]:
    return {"machine": machine(), "results": [result.as_json() for result in results]}


if __name__ == "__main__":
    sys.exit(main())
