"""Support for those who lead: times for it, and what only the supporter whom they named reads."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice
from portal.vault import sealed_by

LONGEST_PLACE = 200
LONGEST_WORDS = 4_000
LONGEST_MINUTES = 600


class SupportKind(StrEnum):
    """What a time is for."""

    SUPERVISION = "supervision"
    REFLECTION = "reflection"
    PREPARATION = "preparation"
    DEBRIEF = "debrief"


class TimeCounts(StrEnum):
    """How the college thanks somebody for a time."""

    PAID = "paid"
    RECOGNISED = "recognised"


class SlotState(StrEnum):
    """Whether a time is to come, took place, or did not."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class SupportSlot(Base):
    """A time for support: when, with whom and how it counts. What is said in it is written nowhere.

    `version` counts how often it was moved.
    """

    __tablename__ = "support_slot"
    __table_args__ = (
        sa.CheckConstraint(f"minutes BETWEEN 1 AND {LONGEST_MINUTES}", name="minutes"),
        sa.Index("ix_support_slot_person_id", "person_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[SupportKind] = mapped_column(choice(SupportKind, "kind"))
    with_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(sa.String(LONGEST_PLACE), default="")
    counts: Mapped[TimeCounts] = mapped_column(choice(TimeCounts, "counts"))
    state: Mapped[SlotState] = mapped_column(choice(SlotState, "state"), default=SlotState.PLANNED)
    version: Mapped[int] = mapped_column(default=1)
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)


class Adjustment(Base):
    """What somebody needs so that they can do this work, for the one supporter whom they named."""

    __tablename__ = "adjustment"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    words: Mapped[bytes] = mapped_column(sa.LargeBinary, info=sealed_by("person_id"))
    updated_at: Mapped[datetime]
