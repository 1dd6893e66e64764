"""What gathers from all: the landing page, My page, search, contributions, and pages about the college.

This room keeps nothing of its own. It asks every other room and plugin through the contract, and shows
what they answer; it knows none of them by name but the front doors of accounts and courses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Fill the navigation and the footer of every page. Needs the ui to be there already."""
    from portal.home import navigation
    from portal.ui import use_chrome

    use_chrome(app, navigation=navigation.main_links, foot_links=navigation.foot_links)
