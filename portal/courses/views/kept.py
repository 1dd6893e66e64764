"""What the catalogue keeps in memory between requests: lists and choices, by the catalogue's version.

Every key holds all that the value depends on, so nothing here is ever out of date; what is no longer
asked for is forgotten. At version 0, before any change was counted, nothing is kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from flask import current_app

T = TypeVar("T")
KEY = "courses_kept"  # in app.extensions
MOST = 256  # lists of at most 20 cards: a few megabytes


class Kept:
    """The values used last, safe for threads."""

    def __init__(self, most: int = MOST) -> None:
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()
        self._most = most

    def get(self, version: int, key: Hashable, make: Callable[[], T]) -> T:
        """The value kept for this key at this version, or a new one made by `make`."""
        if not version:
            return make()
        whole = (version, key)
        with self._lock:
            if whole in self._values:
                self._values.move_to_end(whole)
                value: T = self._values[whole]
                return value
        value = make()
        with self._lock:
            self._values[whole] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value


def kept() -> Kept:
    """This application's own."""
    store: Kept = current_app.extensions.setdefault(KEY, Kept())
    return store
