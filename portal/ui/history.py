"""The history of a record as a page shows it; `ui/history.html` draws it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.plugin_api.types import Words

LONG = 80  # letters; longer texts are folded


@dataclass(frozen=True, slots=True)
class Difference:
    """A field before and after, in words."""

    label: Words
    old: str
    new: str

    @property
    def is_long(self) -> bool:
        """True when the texts are better folded away."""
        return len(self.old) > LONG or len(self.new) > LONG


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `who` is empty for what the portal did by itself, `about` where the page says it."""

    at: datetime
    who: str
    what: Words
    differences: tuple[Difference, ...]
    about: str = ""
    why: str = ""
