"""Where it is counted how often something was tried: one small file that all processes of this machine share.

Nothing in it is needed for longer than the longest limit, and nothing names anybody: keys are hashes
(`portal.ui.limits`). It may be deleted at any time. A college on several machines names a store for all of
them in its settings.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from limits.storage import MovingWindowSupport, Storage

from portal.db import sqlite_module

SCHEME = "portal-file"
NAME = "limits.db"  # in the data folder
PATIENCE = 1.0  # seconds to wait for another process
TIDY_ONE_IN = 200  # tries
_TABLE = (
    "CREATE TABLE IF NOT EXISTS hit (key TEXT NOT NULL, at REAL NOT NULL, until REAL NOT NULL)",
    "CREATE INDEX IF NOT EXISTS ix_hit_key ON hit (key, at)",
    "CREATE INDEX IF NOT EXISTS ix_hit_until ON hit (until)",
)


def address(data_dir: Path) -> str:
    """The address of the store in this data folder, as the `limits` library takes it."""
    return f"{SCHEME}://{data_dir.absolute() / NAME}"


class FileStorage(Storage, MovingWindowSupport):
    """Counts moving windows, which is all that the portal's limits are."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - as the library declares it

    def __init__(self, uri: str, wrap_exceptions: bool = False, **options: Any) -> None:
        """`uri` is what `address` returns."""
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self.path = uri.removeprefix(f"{SCHEME}://")
        self._mine = threading.local()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a store that cannot be reached raises."""
        error: type[Exception] = sqlite_module().Error
        return error

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` tries now; False, and none counted, when that is more than `limit` in `expiry`
        seconds. Processes wait for each other.
        """
        now = time.time()
        with self._writing() as connection:
            if secrets.randbelow(TIDY_ONE_IN) == 0:
                connection.execute("DELETE FROM hit WHERE until < ?", (now,))
            counted = "SELECT count(*) FROM hit WHERE key = ? AND at > ?"
            (seen,) = connection.execute(counted, (key, now - expiry)).fetchone()
            if seen + amount > limit:
                return False
            connection.executemany(
                "INSERT INTO hit VALUES (?, ?, ?)", [(key, now, now + expiry)] * amount
            )
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 - the library's signature
        """When the oldest try of the last `expiry` seconds was, and how many there were."""
        now = time.time()
        found = "SELECT min(at), count(*) FROM hit WHERE key = ? AND at > ?"
        oldest, seen = self._connection().execute(found, (key, now - expiry)).fetchone()
        return (now if oldest is None else oldest), seen

    def check(self) -> bool:
        """Whether it can be read."""
        try:
            self._connection().execute("SELECT 1 FROM hit LIMIT 1")
        except self.base_exceptions:
            return False
        return True

    def reset(self) -> int:
        """Forget everything; how many tries that were."""
        with self._writing() as connection:
            return int(connection.execute("DELETE FROM hit").rowcount)

    def clear(self, key: str) -> None:
        """Forget the tries of one key."""
        with self._writing() as connection:
            connection.execute("DELETE FROM hit WHERE key = ?", (key,))

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Fixed windows are not counted here."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Fixed windows are not counted here."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Fixed windows are not counted here."""
        raise NotImplementedError

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _connection(self) -> Any:
        """This thread's own; a process that was forked begins anew."""
        if getattr(self._mine, "pid", None) != os.getpid():
            connection = sqlite_module().connect(self.path, timeout=PATIENCE, isolation_level=None)
            # What is lost in a power cut are a few tries: nothing waits for the disk.
            connection.execute("PRAGMA synchronous=OFF")
            for statement in _TABLE:
                connection.execute(statement)
            self._mine.connection, self._mine.pid = connection, os.getpid()
        return self._mine.connection
