"""Whose turn it is to begin writing to a SQLite file: those who wait are let in one after another.

SQLite itself keeps no queue. Whoever finds the file locked asks again after pauses of up to a tenth of a
second, and among many who ask the same one may lose every time, for seconds. So only one thread asks at a
time: the others wait for it, in the operating system's queues, first in this process, then among processes.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

try:
    import fcntl
except ImportError:  # Windows: one process serves, so its threads' queue is enough
    fcntl = None  # type: ignore[assignment]

PAUSE = 0.0003  # seconds between two questions of the one who asks


class Turn:
    """The queue before one database file."""

    def __init__(self, path: str) -> None:
        self._path = f"{path}-turn"
        self._threads = threading.Lock()
        self._file: tuple[int, int] | None = None  # the process that opened it, and its descriptor

    def wait(self, attempt: Callable[[], bool], patience: float) -> bool:
        """Call `attempt` until it says True; False when `patience` seconds have passed without."""
        until = time.monotonic() + patience
        if not self._threads.acquire(timeout=patience):
            return False
        try:
            with self._among_processes():
                while not attempt():
                    if time.monotonic() >= until:
                        return False
                    time.sleep(PAUSE)
                return True
        finally:
            self._threads.release()

    @contextmanager
    def _among_processes(self) -> Iterator[None]:
        """Nobody holds it for longer than their patience, and the dead hold nothing."""
        if fcntl is None:
            yield
            return
        descriptor = self._open()
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _open(self) -> int:
        # A descriptor from before a fork would be one with the parent's: they would not exclude each other.
        if self._file is None or self._file[0] != os.getpid():
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._file = os.getpid(), os.open(self._path, flags, 0o600)
        return self._file[1]


@cache
def turn_of(path: str) -> Turn:
    """The queue before the database file of that path."""
    return Turn(path)
