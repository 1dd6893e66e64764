"""How long something may last that is decided for a time, in the college's settings."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.plugin_api import Setting

A_YEAR_OF_WEEKS = 52
BLOCK_WEEKS = "enrolment:block_weeks"
PAUSE_WEEKS = "enrolment:pause_weeks"

SETTINGS = (
    Setting(
        key=BLOCK_WEEKS,
        default=26,
        label=_l("Somebody's places can be stopped for at most"),
        unit=_l("weeks"),
        help=_l("After that it needs a new decision."),
        least=1,
        most=A_YEAR_OF_WEEKS,
    ),
    Setting(
        key=PAUSE_WEEKS,
        default=12,
        label=_l("Places are kept during a break of at most"),
        unit=_l("weeks"),
        help=_l("Who needs longer can begin another break afterwards."),
        least=1,
        most=A_YEAR_OF_WEEKS,
    ),
)
