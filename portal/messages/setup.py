"""The room's part of an app: how messages leave, and who says whether they may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy.orm import Session

from portal.messages.mailers import Mailer, configure
from portal.messages.services import MaySend

if TYPE_CHECKING:
    from portal.app import Portal

EXTENSION = "portal_messages"


def _anybody(session: Session, person_id: int, address: str, purpose: str) -> bool:  # noqa: ARG001 - MaySend
    """Until an address book is registered, what was queued may be sent."""
    return True


@dataclass(slots=True)
class Messages:
    """One per app. `make_mailer` is None where messages stay in the outbox."""

    make_mailer: Callable[[], Mailer] | None
    may_send: MaySend = _anybody


def init_app(app: Portal) -> None:
    """Read the mail settings.

    Raises:
        SettingsError: they cannot be read.
    """
    app.extensions[EXTENSION] = Messages(configure(app, app.settings))


def messages_of_app() -> Messages:
    """The running app's."""
    room: Messages = current_app.extensions[EXTENSION]
    return room
