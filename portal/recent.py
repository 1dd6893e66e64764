"""The values used last, kept in memory: for what is costly to make and the same each time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """At most `most` values by key; whatever was not asked for the longest goes first. Safe for threads.

    A key must hold all that its value depends on.
    """

    def __init__(self, most: int) -> None:
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()
        self._most = most

    def find(self, key: Hashable) -> T | None:
        """The value kept for this key, if there is one."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: Hashable, value: T) -> None:
        """Keep a value, in place of the one there was."""
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value kept for this key, or a new one made by `make`, which is never None."""
        value = self.find(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value
