"""E-mail's way out of the outbox: a mail server through Flask-Mailman, the terminal, or none."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import click

from portal.config import SettingsError
from portal.messages.senders import RefusedError, Sender, ServerDownError, TryLaterError
from portal.messages.services.outbox import Letter

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Settings

TIMEOUT = 30  # seconds to wait for each answer of the mail server
_PERMANENT = 500  # SMTP answers from here on are final; 400 to 499 mean "later"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ConsoleMailer:
    """Prints each letter: for development."""

    def send(self, letter: Letter) -> None:
        """Print it."""
        rule = "-" * 72
        click.echo(
            f"{rule}\nTo: {letter.recipient}\nSubject: {letter.subject}\n\n{letter.text}\n{rule}"
        )

    def close(self) -> None:
        """Nothing to end."""


class SmtpMailer:
    """Hands letters to a mail server. Needs an app context."""

    def __init__(self) -> None:
        self._connection: Any = None

    def send(self, letter: Letter) -> None:
        """Hand it over, opening the connection first where there is none."""
        message = _compose(letter)
        connection = self._open()
        try:
            connection.send_messages([message])
        except (OSError, ValueError) as error:
            self.close()  # the next letter starts afresh, whatever state this one left behind
            raise _verdict(error) from error

    def _open(self) -> Any:
        if self._connection is None:
            connection = _backend_class()(mailman=_mailman())
            try:
                connection.open()
            except OSError as error:
                raise ServerDownError(type(error).__name__) from error
            self._connection = connection
        return self._connection

    def close(self) -> None:
        """Say goodbye, or hang up where that fails."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except OSError:
                return  # gone already, which is what was wanted


def _verdict(error: OSError | ValueError) -> TryLaterError | RefusedError:
    """What a failed hand-over means for the letter."""
    if isinstance(error, ValueError):  # what cannot be written into a header or an envelope
        return RefusedError(type(error).__name__)
    code = 0
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, _ = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    if not code:  # lost, or too slow
        return TryLaterError(type(error).__name__)
    kind = RefusedError if code >= _PERMANENT else TryLaterError
    return kind(f"the mail server answered {code}")


def _mailman() -> Any:
    from flask import current_app

    return current_app.extensions["mailman"]


def _compose(letter: Letter) -> Any:
    from flask_mailman import EmailMultiAlternatives

    domain = parseaddr(_mailman().default_sender)[1].partition("@")[2]
    message = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        to=[letter.recipient],
        headers={
            # The same at every try, so that a mail reader can tell that it has this one already.
            "Message-ID": f"<{letter.uid}@{domain}>",
            "Auto-Submitted": "auto-generated",  # RFC 3834: no "out of office" in answer, please
        },
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    return message


def _backend_class() -> Any:
    from flask_mailman.backends.smtp import EmailBackend

    class CheckedBackend(EmailBackend):  # type: ignore[misc]  # Flask-Mailman ships no types
        """Flask-Mailman's connection, which by itself starts TLS without looking at the certificate."""

        @property
        def connection_class(self) -> type[smtplib.SMTP]:
            return smtplib.SMTP_SSL if self.use_ssl else _CheckedSmtp

    return CheckedBackend


class _CheckedSmtp(smtplib.SMTP):
    """A connection whose encryption is worth something: the server must prove its name."""

    def starttls(self, *arguments: Any, **options: Any) -> tuple[int, bytes]:
        """Start TLS, with a context that checks the certificate unless one is given."""
        options["context"] = options.get("context") or ssl.create_default_context()
        return super().starttls(*arguments, **options)


def configure(app: Flask, settings: Settings) -> Callable[[], Sender] | None:
    """What makes a mailer for `settings.mail_url`; None when messages stay in the outbox.

    Raises:
        SettingsError: the address of the mail server cannot be read.
    """
    if not settings.mail_url:
        return None
    if settings.mail_url == "console":
        # In production what is printed is logged: addresses, and links that open accounts.
        return None if settings.environment == "production" else ConsoleMailer
    from flask_mailman import Mail

    app.config.update(_mailman_settings(settings))
    Mail(app)
    return SmtpMailer


def _mailman_settings(settings: Settings) -> dict[str, Any]:
    url = urlsplit(settings.mail_url)
    try:
        port = url.port
    except ValueError:
        port = 0
    if url.scheme not in {"smtp", "smtps"} or not url.hostname or port == 0:
        raise SettingsError(
            'Wrong settings: PORTAL_MAIL_URL: write "console", "" or an address such as '
            "smtp://user:password@mail.example.org:587 (smtps:// for TLS from the start)"
        )
    sender = settings.mail_from
    if "@" not in parseaddr(sender)[1]:
        raise SettingsError(
            "Wrong settings: PORTAL_MAIL_FROM: write a name and an address, such as "
            "Harbour Recovery College <hello@college.example>"
        )
    encrypted = url.scheme == "smtps"
    return {
        "MAIL_SERVER": url.hostname,
        "MAIL_PORT": port or (465 if encrypted else 587),
        "MAIL_USERNAME": unquote(url.username) if url.username else None,
        "MAIL_PASSWORD": unquote(url.password) if url.password else None,
        "MAIL_USE_SSL": encrypted,
        # Words and passwords leave this machine encrypted or not at all.
        "MAIL_USE_TLS": not encrypted and url.hostname not in _LOOPBACK,
        "MAIL_DEFAULT_SENDER": sender,
        "MAIL_TIMEOUT": TIMEOUT,
    }
