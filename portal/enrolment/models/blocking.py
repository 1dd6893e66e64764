"""The tables of stopping somebody's places for a time, and of saying that this is wrong."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice
from portal.enrolment.models.places import How


class BlockEnd(StrEnum):
    """Why a block is not open any more."""

    OVER = "over"  # its last day has passed
    LIFTED = "lifted"
    REPLACED = "replaced"  # by a new decision, or by that about another record of the same person


class AppealOutcome(StrEnum):
    """What came of an appeal."""

    STANDS = "stands"
    LIFTED = "lifted"


class Block(Base):
    """A decision that somebody gets no places and leads nothing until its last day has passed.

    `ends_at` is the end of that day. Whether a block holds is read from it: `ended_at` only says that this
    has been seen to. A longer one is a new decision, with a row of its own. The person may read `reason`.
    """

    __tablename__ = "block"
    __table_args__ = (
        sa.CheckConstraint("length(reason) > 0", name="reason_given"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_later"),
        sa.CheckConstraint("review_on < last_day", name="reviewed_before_its_end"),
        sa.CheckConstraint("by_id <> person_id", name="two_people"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name="ended"),
        sa.Index(
            "uq_block_open",
            "person_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_block_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.Text)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    last_day: Mapped[date]
    review_on: Mapped[date]
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[BlockEnd | None] = mapped_column(choice(BlockEnd, "ended_how"))
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)


class BlockAppeal(Base):
    """Somebody says that a block is wrong: in their own words, written by them or down for them."""

    __tablename__ = "block_appeal"
    __table_args__ = (
        sa.CheckConstraint("length(words) > 0", name="words_given"),
        sa.CheckConstraint("(answered_at IS NULL) = (outcome IS NULL)", name="answered"),
        sa.Index(
            "uq_block_appeal_open",
            "block_id",
            unique=True,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        ),
        sa.Index("ix_block_appeal_block_id", "block_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    block_id: Mapped[int] = mapped_column(sa.ForeignKey("block.id", ondelete="CASCADE"))
    words: Mapped[str] = mapped_column(sa.Text)
    how: Mapped[How] = mapped_column(choice(How, "how"))
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]
    outcome: Mapped[AppealOutcome | None] = mapped_column(choice(AppealOutcome, "outcome"))
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
