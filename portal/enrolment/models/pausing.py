"""The table of breaks that people take: their places are kept for the time it promised."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice
from portal.enrolment.models.places import How


class PauseEnd(StrEnum):
    """Why a break is not open any more."""

    OVER = "over"  # its last day has passed
    EARLY = "early"  # they are back before it
    REPLACED = "replaced"  # by that of another record of the same person


class Pause(Base):
    """Somebody takes a break to the end of a day. Why is asked nowhere, and kept nowhere.

    Whether it is on is read from `ends_at`, the end of `last_day`: `ended_at` only says that this has been
    seen to. With `recorded_by_id` they told somebody of the college, on `agreed_on`.
    """

    __tablename__ = "pause"
    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="ends_later"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name="ended"),
        sa.Index(
            "uq_pause_open",
            "person_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_pause_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    last_day: Mapped[date]
    how: Mapped[How] = mapped_column(choice(How, "how"))
    agreed_on: Mapped[date]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[PauseEnd | None] = mapped_column(choice(PauseEnd, "ended_how"))
