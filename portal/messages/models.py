"""The outbox: one row per message and recipient."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base

State = Literal["queued", "sending", "sent", "failed", "parked", "by_hand", "dropped"]
Channel = Literal["", "email", "sms", "hand"]
LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3 less the angle brackets
LONGEST_SUBJECT = 200
LONGEST_KEY = 120


class Message(Base):
    """A message to one person: an e-mail whose words are ready, or a notice.

    A notice has a `key` and is `about` something. Its words, route and language are found when it is about to
    leave, again at every try; what is kept of them afterwards is what was sent.

    queued → sending (leased by a worker) → sent; or back to queued with a pause; or `failed`, refused
    for good; or `parked`, given up after the last pause, where an administrator can try it again. A notice
    may also be `by_hand`, while a task of the desk stands for it, or `dropped`: not true or not wanted now.
    `text` and `html` are erased some days after the end; `last_error` never holds personal data.
    """

    __tablename__ = "message"
    __table_args__ = (
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed', 'parked', 'by_hand', 'dropped')",
            name="state",
        ),
        sa.CheckConstraint("channel IN ('', 'email', 'sms', 'hand')", name="channel"),
        sa.CheckConstraint("(key IS NULL) = (about IS NULL)", name="notice_whole"),
        sa.CheckConstraint("key IS NOT NULL OR channel = 'email'", name="words_ready"),
        sa.CheckConstraint(
            "(state = 'sending') = (leased_until IS NOT NULL)", name="leased_while_sending"
        ),
        sa.CheckConstraint(
            "(state IN ('sent', 'failed', 'dropped')) = (finished_at IS NOT NULL)", name="finished"
        ),
        sa.Index("ix_message_due", "state", "next_at"),
        sa.Index("ix_message_concerning", "concerning", "purpose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)  # the Message-ID before the "@"
    purpose: Mapped[str] = mapped_column(sa.String(60))
    key: Mapped[str | None] = mapped_column(sa.String(LONGEST_KEY), unique=True)
    about: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    concerning: Mapped[str] = mapped_column(sa.String(60), default="")  # such as "session:12"
    # How it leaves. Of a notice: how it would have left last time; empty before the first.
    channel: Mapped[Channel] = mapped_column(sa.String(5), default="")
    person_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    recipient: Mapped[str] = mapped_column(sa.String(LONGEST_ADDRESS), default="")
    subject: Mapped[str] = mapped_column(sa.String(LONGEST_SUBJECT), default="")
    text: Mapped[str | None] = mapped_column(sa.Text)
    html: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[State] = mapped_column(sa.String(10), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    due_at: Mapped[datetime]  # when it should have left: later than that is late
    leased_until: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(sa.String(100), default="")
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
