"""The outbox: one row per message and recipient."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base

State = Literal["queued", "sending", "sent", "failed", "parked"]
LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3 less the angle brackets
LONGEST_SUBJECT = 200


class Message(Base):
    """A message to one person.

    queued → sending (leased by a worker) → sent; or back to queued with a pause; or `failed`, refused
    for good; or `parked`, given up after the last pause, where an administrator can try it again.
    `text` and `html` are erased some days after the end; `last_error` never holds personal data.
    """

    __tablename__ = "message"
    __table_args__ = (
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed', 'parked')", name="state"
        ),
        sa.CheckConstraint(
            "(state = 'sending') = (leased_until IS NOT NULL)", name="leased_while_sending"
        ),
        sa.CheckConstraint(
            "(state IN ('sent', 'failed')) = (finished_at IS NOT NULL)", name="finished"
        ),
        sa.Index("ix_message_due", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)  # the Message-ID before the "@"
    purpose: Mapped[str] = mapped_column(sa.String(60))
    person_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    recipient: Mapped[str] = mapped_column(sa.String(LONGEST_ADDRESS))
    subject: Mapped[str] = mapped_column(sa.String(LONGEST_SUBJECT))
    text: Mapped[str | None] = mapped_column(sa.Text)
    html: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[State] = mapped_column(sa.String(10), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(sa.String(100), default="")
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
