"""The desk: what needs a person of the college, until when, and what came of it.

Rooms and plugins open tasks of their own kinds; what no machine can tell somebody becomes a call or a letter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.app import Portal


def init_app(app: Portal) -> None:
    """Be the hands of messages: called once by `create_app`."""
    from portal.desk.hands import DeskHands
    from portal.messages.api import register_hands

    register_hands(app, DeskHands(app.settings.timezone))
