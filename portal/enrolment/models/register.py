"""The tables of the register beside the marks themselves: how each mark came about, and visitors."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice
from portal.enrolment.models.places import LONGEST_NAME, Mark

LONGEST_KEY = 64


class MarkedHow(StrEnum):
    """How a mark came into the register."""

    TAPPED = "tapped"  # on a phone, at once or kept there until there was a connection
    FORM = "form"
    PAPER = "paper"  # written down in the room, typed in later
    AHEAD = "ahead"  # apologies that the person sent themselves
    PAUSE = "pause"  # apologies because they take a break


class MarkChange(Base):
    """One change of one mark, kept in order. The id of the latest is the mark's version.

    `key` is made by whoever sends it, so that what is sent twice has one effect. `mark` None takes a
    mark back. `tapped_at` is when it was said, `at` when it came in.
    """

    __tablename__ = "attendance_change"
    __table_args__ = (
        sa.Index("ix_attendance_change_session_enrolment", "session_id", "enrolment_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY), unique=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int] = mapped_column(
        sa.ForeignKey("enrolment.id", ondelete="CASCADE"), index=True
    )
    mark: Mapped[Mark | None] = mapped_column(choice(Mark, "mark"))
    how: Mapped[MarkedHow] = mapped_column(choice(MarkedHow, "how"))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    tapped_at: Mapped[datetime]
    at: Mapped[datetime]


class Visitor(Base):
    """Somebody who came to one session when there was no place left: welcomed by whoever led it.

    They hold no seat. `by_id` gave their word that there was room.
    """

    __tablename__ = "session_visitor"
    __table_args__ = (
        sa.CheckConstraint("(person_id IS NULL) <> (length(guest_name) = 0)", name="somebody"),
        sa.UniqueConstraint("session_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    guest_name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME), default="")
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]
