"""The college's day."""

from __future__ import annotations

from datetime import date

from plugins.claims.promises import ZONE
from portal.plugin_api import local_date, now


def today() -> date:
    """The day it is where the college is."""
    return local_date(now(), ZONE)
