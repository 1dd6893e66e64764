"""The process that looks into one file: `python -m portal.files.checking.child KIND`.

The file comes on standard input and goes, written anew, to standard output; what there is to say is one line
of JSON on standard error. Before it reads a byte, the process gives up memory, time, and the right to open
any file or connection: whatever a file makes a library do, there is nobody it could tell.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from portal.files.checking.limits import (
    MEMORY,
    NICENESS,
    PROCESSOR,
    WRITTEN,
    Refusal,
    RefusedError,
)
from portal.files.kinds import FileKind


def lock_up() -> None:
    """Hold this process to its limits for good."""
    os.nice(NICENESS)
    _at_most(resource.RLIMIT_AS, MEMORY)
    _at_most(resource.RLIMIT_CPU, int(PROCESSOR) + 1)
    signal.setitimer(
        signal.ITIMER_PROF, PROCESSOR
    )  # nobody catches its signal: it ends the process
    _at_most(resource.RLIMIT_FSIZE, WRITTEN)
    _at_most(resource.RLIMIT_CORE, 0)
    _at_most(resource.RLIMIT_NOFILE, 0)  # the three that are open stay so


def _at_most(what: int, most: int) -> None:
    resource.setrlimit(what, (most, most))


def look_into(kind: FileKind, source: BinaryIO, target: BinaryIO) -> dict[str, int | str]:
    """Write the file anew; what there is to say about it."""
    try:
        if kind is FileKind.PDF:
            return {"pages": _documents.rewrite(source, target)}
        _images.rewrite(kind, source, target)
    except RefusedError as error:
        return {"refused": error.refusal.value}
    except MemoryError:
        return {"refused": Refusal.TOO_MUCH_INSIDE.value}
    except Exception as error:  # noqa: BLE001 - a library that stumbles over a file says that it is broken
        return {"refused": Refusal.BROKEN.value, "error": type(error).__name__}
    return {}


def most_memory() -> int:
    """Bytes of memory that this process has had at most; 0 where the system does not say."""
    try:
        lines = _status.read().splitlines() if _status else []
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


if __name__ == "__main__":
    asked = FileKind(sys.argv[1])
    # Libraries first, with all that they fetch when first used; then the locks, and nothing can be opened.
    if asked is FileKind.PDF:
        from portal.files.checking import documents as _documents

        _documents.rehearse()
    else:
        from portal.files.checking import images as _images

        _images.rehearse(asked)
    _proc = Path("/proc/self/status")
    _status = _proc.open() if _proc.exists() else None
    lock_up()
    said = look_into(asked, sys.stdin.buffer, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    sys.stderr.write(json.dumps({**said, "memory": most_memory()}) + "\n")
