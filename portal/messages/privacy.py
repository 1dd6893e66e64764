"""What the outbox keeps about people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.messages.models import Message
from portal.messages.queries import to_person
from portal.messages.services import outbox
from portal.plugin_api import EraseMode, Erasure, Keeping, PrivacySource, moved

TEXT_DAYS = "messages:text_days"


def export(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """The person's messages; `text` is empty where the words are erased already."""
    return [
        {
            "queued_at": message.created_at.isoformat(),
            "state": message.state,
            "by": message.channel,
            "purpose": message.purpose,
            "to": message.recipient,
            "subject": message.subject,
            "text": message.text,
        }
        for message in to_person(session, person_id)
    ]


def erase(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - both delete
    """Delete the person's messages, the unsent ones too: a message is nothing without its person."""
    erased = session.scalars(
        sa.delete(Message).where(Message.person_id == person_id).returning(Message.id)
    ).all()
    return Erasure(table="message", erased=len(erased))


SOURCES = (
    PrivacySource(
        table="message",
        subject="person_id",
        what=_l("Messages we sent you"),
        purpose=_l("To send you what you need to know, once"),
        lawful_basis=_l("Needed to provide what you asked for"),
        sensitivity="confidential",
        retention=_l(
            "The words for two weeks after sending, that it was sent for a year, unless the college "
            "chooses other times"
        ),
        keeping=(
            Keeping(outbox.parked_before, outbox.give_up_parked, setting=TEXT_DAYS, name="parked"),
            Keeping(outbox.with_words_before, outbox.forget_words, setting=TEXT_DAYS, name="words"),
            Keeping(outbox.ended_before, outbox.forget, setting="messages:record_days"),
        ),
        export=export,
        erase=erase,
        merge=moved(Message.person_id),
    ),
)
