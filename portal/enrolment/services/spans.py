"""How long something may last that is decided for a time, in the college's settings."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.plugin_api import Setting
from portal.plugin_api.dispatch import setting

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
_DEFAULTS = {one.key: int(one.default) for one in SETTINGS}


def number(session: Session, key: str) -> int:
    """One of these settings; its default in a session without a host, as scripts have."""
    try:
        return int(setting(session, key))
    except KeyError:
        return _DEFAULTS[key]
