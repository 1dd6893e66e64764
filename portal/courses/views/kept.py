"""What the catalogue keeps in memory between requests: lists and choices, by the catalogue's version.

Every key holds all that the value depends on, so nothing here is ever out of date; what is no longer
asked for is forgotten. At version 0, before any change was counted, nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from flask import current_app

from portal.recent import Recent

T = TypeVar("T")
KEY = "courses_kept"  # in app.extensions
MOST = 256  # lists of at most 20 cards, as data and as HTML: a few megabytes


class Kept:
    """The values used last, each at its version of the catalogue."""

    def __init__(self, most: int = MOST) -> None:
        self._recent: Recent[Any] = Recent(most)

    def get(self, version: int, key: Hashable, make: Callable[[], T]) -> T:
        """The value kept for this key at this version, or a new one made by `make`."""
        if not version:
            return make()
        value: T = self._recent.get((version, key), make)
        return value


def kept() -> Kept:
    """This application's own."""
    store: Kept = current_app.extensions.setdefault(KEY, Kept())
    return store
