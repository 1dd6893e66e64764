"""Whoever leads, or wants to: how far they are, what is on record about them, when they can.

What experience somebody brings is not here: they say it for each session.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice

LONGEST_WORDS = 4000


class Stage(StrEnum):
    """How far somebody has come; `policies.STEPS` holds the steps from each."""

    INTERESTED = "interested"
    CHECKS = "checks"
    TRAINED = "trained"
    SHADOWING = "shadowing"
    ACTIVE = "active"
    RESTING = "resting"
    LEFT = "left"


class ClearanceKind(StrEnum):
    """What somebody needs before they lead. Which of them the college asks for are settings."""

    DBS = "dbs"
    TRAINING = "training"
    INDUCTION = "induction"


class Facilitator(Base):
    """One person on their way to leading, or who leads.

    `weekly` is when they can, as [weekday from 0 for Monday, "10:00", "12:30"] in local time; empty for any
    time. `topics` are the ids of those they like. Both are read and written whole, by the person alone.
    """

    __tablename__ = "facilitator"
    __table_args__ = (sa.CheckConstraint("max_a_week >= 0", name="max_not_negative"),)

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"), index=True)
    since: Mapped[datetime]
    max_a_week: Mapped[int]
    weekly: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    topics: Mapped[list[int]] = mapped_column(sa.JSON, default=list)


class Clearance(Base):
    """Something that was checked. It counts on its last day too; None never ends."""

    __tablename__ = "clearance"
    __table_args__ = (sa.Index("ix_clearance_person_id_kind", "person_id", "kind", "valid_to"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[ClearanceKind] = mapped_column(choice(ClearanceKind, "kind"))
    valid_to: Mapped[date | None] = mapped_column(index=True)
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    recorded_at: Mapped[datetime]


class Away(Base):
    """Days on which somebody cannot lead, first and last included. Nobody asks why."""

    __tablename__ = "facilitator_away"
    __table_args__ = (sa.CheckConstraint("last_day >= first_day", name="in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date] = mapped_column(index=True)
