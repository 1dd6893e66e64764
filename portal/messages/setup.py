"""The room's part of an app: how messages leave, and who is asked about people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app
from flask_babel import force_locale
from sqlalchemy.orm import Session

from portal.messages import mailers, texters
from portal.messages.senders import Sender
from portal.messages.ways import AddressBook, Hands, NoHands, Reach, Ways

if TYPE_CHECKING:
    from portal.app import Portal

EXTENSION = "portal_messages"


def _anybody(session: Session, person_id: int, address: str, purpose: str) -> bool:  # noqa: ARG001 - MaySend
    """Until an address book is registered, what was queued may be sent."""
    return True


def _nobody(session: Session, person_id: int) -> Reach | None:  # noqa: ARG001 - FindReach
    """Until an address book is registered, nobody can be found."""
    return None


@dataclass(slots=True)
class Messages:
    """One per app. A maker is None where messages of its kind do not leave."""

    make_mailer: Callable[[], Sender] | None
    make_texter: Callable[[], Sender] | None
    zone: str
    language: str
    book: AddressBook
    hands: Hands

    def senders(self) -> dict[str, Sender]:
        """A sender for each channel that has one."""
        makers = {"email": self.make_mailer, "sms": self.make_texter}
        return {channel: make() for channel, make in makers.items() if make is not None}

    def ways(self) -> Ways:
        """What deciding about a message needs."""
        return Ways(
            book=self.book,
            hands=self.hands,
            texts=self.make_texter is not None,
            zone=self.zone,
            speak=self._speak,
        )

    @contextmanager
    def _speak(self, language: str) -> Iterator[None]:
        with force_locale((language or self.language).replace("-", "_")):
            yield


def init_app(app: Portal) -> None:
    """Read the settings of mail and texts.

    Raises:
        SettingsError: they cannot be read.
    """
    settings = app.settings
    app.extensions[EXTENSION] = Messages(
        make_mailer=mailers.configure(app, settings),
        make_texter=texters.configure(settings),
        zone=settings.timezone,
        language=settings.languages[0],
        book=AddressBook(_anybody, _nobody),
        hands=NoHands(),
    )


def messages_of_app() -> Messages:
    """The running app's."""
    room: Messages = current_app.extensions[EXTENSION]
    return room
