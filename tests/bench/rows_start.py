"""Cold start and memory of a worker, against floor (b)."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.bench.gates import Gate, Result, median_ratio
from tests.bench.load import Effort
from tests.bench.places import Place
from tests.bench.servers import BenchError, Server, ask, environment, serving

COLD = Gate("cold-start", "cold start to the first page ÷ (b)", 3, "at most")
COLD_SECONDS = Gate("cold-start-seconds", "cold start to the first page", 2, "at most", "s")
MEMORY = Gate("memory", "memory of a worker ÷ (b)", 2.5, "at most")
GATES = (COLD, COLD_SECONDS, MEMORY)

FIRST_PAGE = (
    "from {module} import {factory} as make; "
    "answer = make().test_client().get({path!r}); "
    "assert answer.status_code == 200 and b'<article' in answer.data, answer.status_code"
)
OURS = FIRST_PAGE.format(module="tests.bench.college", factory="serve", path="/courses")
FLOOR = FIRST_PAGE.format(module="tests.bench.floors", factory="list_app", path="/")


def measure(place: Place, effort: Effort, wanted: set[str]) -> Iterator[Result]:
    """The rows of this module that are wanted, on one engine."""
    if {COLD.name, COLD_SECONDS.name} & wanted:
        ours, floor = place.settings(), place.floor()
        for code, settings in ((OURS, ours), (FLOOR, floor)):
            _seconds(code, settings, place.folder)  # compiles and caches what a second start reads
        pairs = [
            (_seconds(OURS, ours, place.folder), _seconds(FLOOR, floor, place.folder))
            for _ in range(effort.rounds)
        ]
        seconds = median(mine for mine, _ in pairs)
        detail = f"{seconds:.2f} s ÷ {median(base for _, base in pairs):.2f} s"
        if COLD.name in wanted:
            yield Result(COLD, place.engine, median_ratio(pairs), detail)
        if COLD_SECONDS.name in wanted:
            yield Result(COLD_SECONDS, place.engine, seconds)
    if MEMORY.name in wanted:
        yield _memory(place)


def _seconds(code: str, settings: Mapping[str, str], folder: Path) -> float:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"a cold start failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - began


def _memory(place: Place) -> Result:
    """Resident memory after some pages, the mean of the workers; each worker loads the app itself."""
    with ExitStack() as running:
        ours = running.enter_context(
            serving("tests.bench.college:serve()", place.folder, place.settings())
        )
        floor = running.enter_context(
            serving("tests.bench.floors:list_app()", place.folder, place.floor())
        )
        for _ in range(40):
            ask(ours, "/courses")
            ask(floor, "/")
        mine, base = _resident(ours), _resident(floor)
    detail = f"{mine / 1e6:.0f} MB ÷ {base / 1e6:.0f} MB"
    return Result(MEMORY, place.engine, mine / base, detail)


def _resident(server: Server) -> float:
    """Bytes of memory that a worker holds (VmRSS), the mean of the workers."""
    sizes = []
    for pid in server.workers():
        status = Path(f"/proc/{pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        sizes.append(int(line.split()[1]) * 1024)
    return sum(sizes) / len(sizes)
