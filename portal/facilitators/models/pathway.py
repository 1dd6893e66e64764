"""The steps on the way to leading, as this college has them, and how far somebody has come with each."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice
from portal.facilitators.models.people import ClearanceKind, Stage

LONGEST_KEY = 40
LONGEST_TITLE = 120
LONGEST_LINE = 300
LONGEST_WHY = 1_000


class MarkHow(StrEnum):
    """How a step came to be behind somebody."""

    DONE = "done"
    NOT_NEEDED = "not_needed"


class PathwayStep(Base):
    """A step as this college has written it. One that it has not changed stands in `queries.steps` alone.

    `stage` is the part of the pathway it belongs to, `times` how often it is done, `months` how long what it
    puts on record counts.
    """

    __tablename__ = "pathway_step"
    __table_args__ = (
        sa.CheckConstraint("stage IN ('checks', 'trained', 'shadowing')", name="part"),
        sa.CheckConstraint("times BETWEEN 1 AND 20", name="times"),
        sa.CheckConstraint("months IS NULL OR months > 0", name="months"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY), unique=True)
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"))
    place: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(LONGEST_TITLE))
    asks: Mapped[str] = mapped_column(sa.Text)
    why: Mapped[str] = mapped_column(sa.Text)
    how_long: Mapped[str] = mapped_column(sa.String(LONGEST_LINE))
    who_helps: Mapped[str] = mapped_column(sa.String(LONGEST_LINE))
    times: Mapped[int] = mapped_column(default=1)
    clearance: Mapped[ClearanceKind | None] = mapped_column(choice(ClearanceKind, "clearance"))
    months: Mapped[int | None]
    used: Mapped[bool] = mapped_column(default=True)


class PathwayMark(Base):
    """A step that is behind somebody, or one time of one that is done several times."""

    __tablename__ = "pathway_mark"
    __table_args__ = (sa.Index("ix_pathway_mark_person_id", "person_id", "step_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    step_key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY))
    how: Mapped[MarkHow] = mapped_column(choice(MarkHow, "how"))
    on_day: Mapped[date]
    # What was put on record with it, so that taking back a slip takes back both.
    clearance_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("clearance.id", ondelete="SET NULL"), index=True
    )
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    recorded_at: Mapped[datetime]


class PathwayMove(Base):
    """Somebody was moved on by hand past steps that were to come. `why` is for them to read.

    `passed` are the keys of those steps, as they were then.
    """

    __tablename__ = "pathway_move"
    __table_args__ = (
        sa.CheckConstraint("length(why) > 0", name="why_given"),
        sa.Index("ix_pathway_move_person_id", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"))
    passed: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    why: Mapped[str] = mapped_column(sa.String(LONGEST_WHY))
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]


class PathwayPause(Base):
    """Somebody pauses on the way. Nobody asks why; the row goes when they are back."""

    __tablename__ = "pathway_pause"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    since: Mapped[datetime]
