"""The front door of messages.

Tell people something with a notice: declare its kind in the hook `notices`, then call `tell`. Words, route,
language, consent and whether it is still true are read when it leaves. `queue_email` is for words that are
ready and go to one address whatever else is known, such as a link to sign in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app
from flask_babel import get_locale
from sqlalchemy.orm import Session

from portal.messages.demo import count_as_told
from portal.messages.services import notices as _notices
from portal.messages.services.notices import (
    REMINDER_HOURS,
    HandWords,
    UnknownNoticeError,
    give_up,
    known_keys,
    log_contact,
    remind_at,
    tell,
    told_of,
    wake,
    was_told,
)
from portal.messages.services.outbox import InvalidMessageError, queue
from portal.messages.setup import EXTENSION, messages_of_app
from portal.messages.ways import AddressBook, ByHand, FindReach, Hands, MaySend, Reach, Route
from portal.plugin_api.notices import Contact, NoticeKind, NoticeWords, Recipient

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Settings

__all__ = [
    "REMINDER_HOURS",
    "ByHand",
    "Contact",
    "EmailWords",
    "HandWords",
    "Hands",
    "InvalidMessageError",
    "MaySend",
    "NoticeKind",
    "NoticeWords",
    "Reach",
    "Recipient",
    "Route",
    "UnknownNoticeError",
    "count_as_told",
    "full_link",
    "give_up",
    "hand_words",
    "known_keys",
    "log_contact",
    "queue_email",
    "register_address_book",
    "register_hands",
    "remind_at",
    "render_email",
    "render_notice",
    "suppress",
    "tell",
    "told_of",
    "wake",
    "was_told",
    "written_language",
]
_GAPS = re.compile(r"\n{3,}")


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
    language at hand; wrap the call in `flask_babel.force_locale` for another reader's.
    """
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
    locale = get_locale()
    context = {
        "college": settings.college,
        "base_url": settings.base_url,
        "lang": str(locale).replace("_", "-"),
        "dir": locale.text_direction,
        "full_link": full_link,
        **context,
    }
    # Without Flask's context processors: they make the frame of a page, and a worker has no page.
    templates = current_app.jinja_env
    text = templates.get_template(f"{template}.txt").render(context)
    return EmailWords(
        text=_GAPS.sub("\n\n", text),  # where a paragraph is left out
        html=templates.get_template(f"{template}.html").render(context),
    )


def render_notice(
    template: str, to: Recipient, /, *, sms: str = "", spoken: str = "", **context: Any
) -> NoticeWords:
    """`render_email` for the `compose` of a notice: greets the recipient, in the language at hand.

    `sms` and `spoken` are finished words.
    """
    words = render_email(template, name=to.name, **context)
    return NoticeWords(text=words.text, html=words.html, sms=sms, spoken=spoken)


def full_link(endpoint: str, **values: Any) -> str:
    """A full address for a message, by the settings: a worker has no request to take it from."""
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
    path = current_app.url_map.bind("").build(endpoint, values)
    return f"{settings.base_url}{path}"


def suppress(
    session: Session,
    *,
    purpose: str,
    concerning: str = "",
    person_id: int | None = None,
    key: str = "",
) -> list[int]:
    """Take back notices that have not left; the ids of the people who will not get them.

    Say which: what they concern, whose they are, or the key. One that is just being sent cannot be called
    back: `told_of` counts it. Tasks that stood for them close.

    Raises:
        ValueError: nothing but the purpose is said.
    """
    return _notices.suppress(
        session,
        messages_of_app().hands,
        purpose=purpose,
        concerning=concerning,
        person_id=person_id,
        key=key,
    )


def written_language(reach: Reach) -> str:
    """The language that somebody's notices are written in: their own, else the college's."""
    return reach.language or messages_of_app().language


def hand_words(session: Session, uid: str) -> HandWords | None:
    """What to say now for a notice that a person brings; None when there is no such notice.

    Its `words` are None when it need not be told any more.
    """
    return _notices.hand_words(session, uid, messages_of_app().ways())


def register_address_book(app: Flask, may_send: MaySend, reach: FindReach) -> None:
    """Who is asked at the moment of sending.

    `may_send(session, person_id, address, purpose)` before ready words go to an address;
    `reach(session, person_id)` for a notice.
    """
    app.extensions[EXTENSION].book = AddressBook(may_send, reach)


def register_hands(app: Flask, hands: Hands) -> None:
    """Who is given what no machine can bring."""
    app.extensions[EXTENSION].hands = hands
