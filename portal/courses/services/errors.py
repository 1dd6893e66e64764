"""Why a change was refused. Views turn these into words at the field; nothing has been written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.plugin_api.types import Words


class InvalidError(Exception):
    """Some values cannot stand. `errors` maps a field's name to what to do about it."""

    def __init__(self, **errors: Words) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


class MissingError(LookupError):
    """There is no record of that id, or no longer."""


class NotAllowedNowError(Exception):
    """The record is in a state that does not allow the step. `reason` is shown to the person."""

    def __init__(self, reason: Words) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that two people changed at once: what is saved now, and what was typed."""

    field: str
    saved: Any
    typed: Any


class StaleEditError(Exception):
    """Somebody else saved the record first; nothing was overwritten.

    `merged` holds every field: what was typed where only this person changed it, what is saved where
    only the other did, and what was typed where both did. Those last are listed in `clashes`.
    `version` is the one to save against next.
    """

    def __init__(self, version: int, merged: Mapping[str, Any], clashes: tuple[Clash, ...]) -> None:
        super().__init__(f"saved by somebody else as version {version}")
        self.version = version
        self.merged = merged
        self.clashes = clashes
