"""Why something was refused. Nothing has been written; `reason` is shown to the person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.plugin_api.types import Words


class MissingRecordError(LookupError):
    """There is no such record, or not for this person."""


class RefusedError(Exception):
    """It cannot be done now. `field` is what to mend, empty for the whole."""

    def __init__(self, reason: Words, field: str = "") -> None:
        super().__init__(field)
        self.reason, self.field = reason, field


class PlanChangedError(RefusedError):
    """Two wrote the plan of one session: the second reads what the first wrote, and keeps their own words."""

    def __init__(self, saved: str, version: int) -> None:
        super().__init__(
            _l("Somebody changed the plan while you were writing. Put both together, then save."),
            "words",
        )
        self.saved, self.version = saved, version
