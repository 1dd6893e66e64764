"""What facilitators write around a session: a raised hand, a note afterwards.

Their words are sealed, as they may be about how somebody is.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice
from portal.vault import sealed_by


class HandAbout(StrEnum):
    """What somebody raises a hand for."""

    TALK = "talk"
    CANCEL = "cancel"


class RaisedHand(Base):
    """Somebody wants a coordinator, before or after a session. Seen by coordinators alone."""

    __tablename__ = "raised_hand"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    session_id: Mapped[int] = mapped_column(
        sa.ForeignKey("course_session.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    about: Mapped[HandAbout] = mapped_column(choice(HandAbout, "about"))
    words: Mapped[bytes] = mapped_column(sa.LargeBinary, info=sealed_by("uid"))
    raised_at: Mapped[datetime] = mapped_column(index=True)


class DebriefNote(Base):
    """How a session went, for those who led it and the coordinators. One for each person and session."""

    __tablename__ = "debrief_note"
    __table_args__ = (sa.UniqueConstraint("session_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    words: Mapped[bytes] = mapped_column(sa.LargeBinary, info=sealed_by("uid"))
    at: Mapped[datetime] = mapped_column(index=True)


class SessionPlan(Base):
    """What those who lead a session mean to do in it, written together. `version` counts its edits."""

    __tablename__ = "session_plan"

    session_id: Mapped[int] = mapped_column(
        sa.ForeignKey("course_session.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    words: Mapped[str] = mapped_column(sa.Text, default="")
    version: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
