"""People, how to reach them, how they sign in, and which roles they hold.

A person is not a login: somebody may have no e-mail address and no screen, and still take a place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.app import Portal


def init_app(app: Portal) -> None:
    """Give the app its sign-in: called once by `create_app`, after the host's blueprints are mounted."""
    from portal.accounts.security import set_up

    set_up(app)
