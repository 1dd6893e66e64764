"""Places, words and child processes that every command shares."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
_BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
_EXE = ".exe" if os.name == "nt" else ""
PATIENCE = 10.0  # seconds a child gets to end by itself before it is killed


class Failure(Exception):  # noqa: N818 - an outcome of a command, not a fault of the program
    """What stops a command: one line for a person, and the exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        """Keep the code beside the message."""
        super().__init__(message)
        self.code = code


class Terminated(KeyboardInterrupt):
    """Ended by a signal that only this process was sent."""


def program(name: str) -> str:
    """The path of a program installed in the project's virtual environment."""
    return str(_BIN / f"{name}{_EXE}")


def say(line: str) -> None:
    """One line of progress, in order with the output of children."""
    print(line, flush=True)


def complain(line: str) -> None:
    """One line on standard error."""
    sys.stdout.flush()
    print(line, file=sys.stderr, flush=True)


def strict() -> bool:
    """True under `STRICT=1`: whatever is skipped counts as a failure."""
    return os.environ.get("STRICT", "0") not in {"", "0"}


def digest(*paths: Path) -> str:
    """A hash of the contents of files that change together; a missing file counts as empty."""
    total = hashlib.sha256()
    for path in paths:
        total.update(str(path.relative_to(ROOT)).encode())
        if path.is_file():
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


def call(
    command: list[str], *, environment: dict[str, str] | None = None, quiet: bool = False
) -> int:
    """Run a program in the project's folder, wait, and return its exit code.

    Interrupted (Ctrl-C, SIGTERM), the program is ended before the interruption goes on, so that
    no command leaves a process behind. `quiet` drops the program's output.
    """
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL if quiet else None,
        stderr=subprocess.DEVNULL if quiet else None,
    )
    try:
        return process.wait()
    except Terminated:
        end(process)
        raise
    except KeyboardInterrupt:
        # The terminal told the program too, so let it finish what it says about that.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        end(process)
        raise


def end(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """End a child: ask, wait `PATIENCE` seconds, then kill."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(how)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def terminate_as_interrupt() -> None:
    """Let SIGTERM, or a closed terminal, unwind the stack as Ctrl-C does: every `finally` runs."""

    def stop(_signum: int, _frame: FrameType | None) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, stop)
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, stop)
