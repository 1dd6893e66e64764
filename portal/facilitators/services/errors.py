"""Why something was refused. Nothing has been written; `reason` is shown to the person."""

from __future__ import annotations

from portal.plugin_api.types import Words


class MissingRecordError(LookupError):
    """There is no such record, or not for this person."""


class RefusedError(Exception):
    """It cannot be done now. `field` is what to mend, empty for the whole."""

    def __init__(self, reason: Words, field: str = "") -> None:
        super().__init__(field)
        self.reason, self.field = reason, field
