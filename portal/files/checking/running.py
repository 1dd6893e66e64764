"""Start the process that looks into a file, wait for it, and believe only what it says in so many words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import IO

import structlog

from portal.files.checking.limits import DEADLINE, Refusal, RefusedError
from portal.files.kinds import FileKind

log = structlog.get_logger(__name__)
AT_ONCE = 1  # in one process of the server: files are checked beside pages, never instead of them
PATIENCE = 20.0  # seconds to wait for a turn
_turns = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found. `pages` of a PDF; `memory` is what looking took at most, in bytes."""

    pages: int | None
    memory: int


def can_check() -> bool:
    """False on a system that cannot hold a process to limits, such as Windows: no file is taken there."""
    return sys.platform != "win32"


def look_into(kind: FileKind, source: IO[bytes], target: IO[bytes]) -> Looked:
    """Have a file looked into and written anew, from one open file into another.

    Raises:
        RefusedError: it is not taken, or the process ended before it was done.
    """
    if not can_check() or not _turns.acquire(timeout=PATIENCE):
        raise RefusedError(Refusal.UNCHECKED)
    try:
        said = _say(kind, source, target)
    finally:
        _turns.release()
    if refused := said.get("refused"):
        raise RefusedError(Refusal(str(refused)))
    pages = said.get("pages")
    return Looked(int(pages) if pages is not None else None, int(said.get("memory", 0)))


def _say(kind: FileKind, source: IO[bytes], target: IO[bytes]) -> dict[str, int | str]:
    source.seek(0)
    os.lseek(source.fileno(), 0, os.SEEK_SET)
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and one of four words
            [sys.executable, "-I", "-m", "portal.files.checking.child", kind.value],
            stdin=source,
            stdout=target,
            stderr=subprocess.PIPE,
            env={"LC_ALL": "C.UTF-8"},
            timeout=DEADLINE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _ended("deadline")
    if done.returncode:
        return _ended(str(done.returncode))
    try:
        said: dict[str, int | str] = json.loads(done.stderr.splitlines()[-1])
    except (ValueError, IndexError):
        return _ended("nothing said")
    return said


def _ended(how: str) -> dict[str, int | str]:
    """It was stopped by its limits, or fell over: nobody knows what is in the file."""
    log.warning("file_check_ended", how=how)
    return {"refused": Refusal.TOO_MUCH_INSIDE.value}
