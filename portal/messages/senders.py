"""What the outbox asks of any way out: one port for e-mail and text messages."""

from __future__ import annotations

from typing import Protocol

from portal.messages.services.outbox import Letter


class ServerDownError(Exception):
    """Nobody to talk to at the other end: no message's fault."""


class TryLaterError(Exception):
    """The other end did not take this message now."""


class RefusedError(Exception):
    """The other end, or the rules of the medium, will never take this message."""


class Sender(Protocol):
    """Sends letters, one at a time, over one connection for as long as it lasts.

    Every wait in it has an end. What its errors say holds no personal data: a server's own words often repeat
    the address.
    """

    def send(self, letter: Letter) -> None:
        """Returns once the letter is in somebody else's hands.

        Raises:
            ServerDownError, TryLaterError, RefusedError: it is not.
        """

    def close(self) -> None:
        """End the connection, if there is one."""
