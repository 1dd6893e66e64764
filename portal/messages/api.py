"""The front door of messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app, render_template
from flask_babel import get_locale
from sqlalchemy.orm import Session

from portal.messages.services import InvalidMessageError, MaySend, queue
from portal.messages.setup import EXTENSION

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Settings

__all__ = [
    "EmailWords",
    "InvalidMessageError",
    "MaySend",
    "queue_email",
    "register_address_book",
    "render_email",
]


@dataclass(frozen=True, slots=True)
class EmailWords:
    """The two forms of one message: pass them on as `text=words.text, html=words.html`."""

    text: str
    html: str


def queue_email(
    session: Session,
    *,
    to: str,
    subject: str,
    text: str,
    html: str | None = None,
    person_id: int | None = None,
    purpose: str,
) -> str:
    """Put an e-mail into the outbox, in the caller's transaction; it leaves after the commit.

    `subject` is neutral: it names no topic, no course and no part of the portal. `purpose` is
    `room:thing`. With `person_id`, the address book is asked again at the moment of sending.

    Returns the message's id, which stays the same however often it is tried.

    Raises:
        InvalidMessageError: more or less than one address, or a line break in a header.
    """
    message = queue(
        session,
        to=to,
        subject=subject,
        text=text,
        html=html,
        person_id=person_id,
        purpose=purpose,
    )
    return message.uid


def render_email(template: str, /, **context: Any) -> EmailWords:
    """The words of `<template>.txt` and `<template>.html`.

    They extend `messages/email.txt` and `messages/email.html`, fill the block `body`, and are
    given `college`, `base_url` and the context. `name` in the context is greeted. They are in the
    language of the request; wrap the call in `flask_babel.force_locale` for another reader's.
    """
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
    locale = get_locale()
    context = {
        "college": settings.college,
        "base_url": settings.base_url,
        "lang": str(locale).replace("_", "-"),
        "dir": locale.text_direction,
        **context,
    }
    return EmailWords(
        text=render_template(f"{template}.txt", **context),
        html=render_template(f"{template}.html", **context),
    )


def register_address_book(app: Flask, may_send: MaySend) -> None:
    """Who is asked `may_send(session, person_id, address, purpose)` before a message leaves."""
    app.extensions[EXTENSION].may_send = may_send
