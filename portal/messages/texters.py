"""Text messages' way out of the outbox: a gateway over HTTP, the terminal, or none.

The gateway is any service, or a few lines in front of one, that takes

    POST … {"id": "…", "to": "+447700900123", "from": "College", "text": "…"}

and answers 2xx once it has the message. `id`, sent as `Idempotency-Key` too, is the same at every try: a
gateway that knows it sends nothing twice and answers 2xx or 409.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import click

from portal.config import SettingsError
from portal.messages.senders import RefusedError, Sender, ServerDownError, TryLaterError

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from portal.config import Settings
    from portal.messages.services.outbox import Letter

TIMEOUT = 10  # seconds to wait for each answer of the gateway
_LONGEST_ANSWER = 65_536  # bytes; after a longer one the connection is not used again
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# The gateway, or what we were given to show it, has to be put right first: no message's fault.
_OURS = frozenset({401, 402, 403, 404, 405})
_LATER = frozenset({408, 425, 429})
_TAKEN_BEFORE = 409
_FIRST_REFUSAL, _FIRST_FAILURE = 400, 500


class ConsoleTexter:
    """Prints each text: for development."""

    def send(self, letter: Letter) -> None:
        """Print it."""
        rule = "-" * 72
        click.echo(f"{rule}\nText to: {letter.recipient}\n\n{letter.text}\n{rule}")

    def close(self) -> None:
        """Nothing to end."""


class HttpTexter:
    """Hands texts to a gateway."""

    def __init__(self, url: SplitResult, sender: str) -> None:
        self._url = url
        self._sender = sender
        self._connection: HTTPConnection | None = None

    def send(self, letter: Letter) -> None:
        """Hand it over, over the open connection if there is one."""
        body = json.dumps(
            {"id": letter.uid, "to": letter.recipient, "from": self._sender, "text": letter.text}
        )
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": letter.uid,
            **_credentials(self._url),
        }
        path = self._url.path or "/"
        if self._url.query:
            path = f"{path}?{self._url.query}"
        connection = self._open()
        try:
            connection.request("POST", path, body.encode(), headers)
            answer = connection.getresponse()
            answer.read(_LONGEST_ANSWER)
            if not answer.isclosed():
                self.close()
        except (OSError, HTTPException) as error:  # lost, or too slow: it may have been taken
            self.close()
            raise TryLaterError(type(error).__name__) from error
        _judge(answer.status)

    def _open(self) -> HTTPConnection:
        if self._connection is None:
            kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
            connection = kind(self._url.hostname or "", self._url.port, timeout=TIMEOUT)
            try:
                connection.connect()
            except OSError as error:
                raise ServerDownError(type(error).__name__) from error
            self._connection = connection
        return self._connection

    def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _judge(status: int) -> None:
    """What the gateway's answer means for the text."""
    said = f"the gateway answered {status}"
    if status == _TAKEN_BEFORE or HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status in _OURS or HTTPStatus.MULTIPLE_CHOICES <= status < _FIRST_REFUSAL:
        raise ServerDownError(said)
    if status in _LATER or status >= _FIRST_FAILURE:
        raise TryLaterError(said)
    raise RefusedError(said)


def _credentials(url: SplitResult) -> dict[str, str]:
    """A name and a password, or a key alone (`https://:key@…`)."""
    if not url.password:
        return {}
    name, secret = unquote(url.username or ""), unquote(url.password)
    if not name:
        return {"Authorization": f"Bearer {secret}"}
    pair = base64.b64encode(f"{name}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def configure(settings: Settings) -> Callable[[], Sender] | None:
    """What makes a texter for `settings.sms_url`; None when people with a mobile phone are rung up instead.

    Raises:
        SettingsError: the address of the gateway cannot be read, or is not encrypted.
    """
    if not settings.sms_url:
        return None
    if settings.sms_url == "console":
        return None if settings.environment == "production" else ConsoleTexter
    url = urlsplit(settings.sms_url)
    try:
        port_is_right = url.port != 0
    except ValueError:
        port_is_right = False
    safe = url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOOPBACK)
    if not safe or not url.hostname or not port_is_right:
        raise SettingsError(
            'Wrong settings: PORTAL_SMS_URL: write "console", "" or the address of a gateway such as '
            "https://user:password@sms.example.org/messages"
        )
    return lambda: HttpTexter(url, settings.sms_from)
