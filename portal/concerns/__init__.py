"""Concerns: what somebody is worried about, for the people on duty and nobody else.

A compartment of its own. Words are sealed; messages and the desk say only that something waits; whoever reads
a concern is put on record. An emergency contact stands here too, for the same few eyes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.app import Portal

ADDRESS = "/tell-us"  # says nothing to whoever sees the list of pages that were visited


def init_app(app: Portal) -> None:
    """Stand at the foot of every page, and on "My details". Needs the ui to be there already."""
    from flask_babel import lazy_gettext as _l

    from portal.accounts.api import add_own_page
    from portal.ui import use_chrome

    use_chrome(app, tell=ADDRESS)
    add_own_page(app, _l("Whom we should call in an emergency"), "concerns.emergency")
