"""Who was asked to lead which session, and what they said."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice


class AskState(StrEnum):
    """What came of asking somebody. `taken`: others were found before they answered.

    `handed_back`: they led it, asked here or not, and do not any more by their own word.
    """

    WAITING = "waiting"
    YES = "yes"
    NO = "no"
    TAKEN = "taken"
    HANDED_BACK = "handed_back"


class LeadAsk(Base):
    """One person asked to lead one session; asked again, the same row waits anew. Nobody says why not."""

    __tablename__ = "lead_ask"
    __table_args__ = (
        sa.UniqueConstraint("session_id", "person_id"),
        sa.Index("ix_lead_ask_state_asked_at", "state", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    state: Mapped[AskState] = mapped_column(choice(AskState, "state"), default=AskState.WAITING)
    times: Mapped[int] = mapped_column(default=1)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
