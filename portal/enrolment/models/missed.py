"""The table of first sessions that were needed and missed, and of what is kept for whoever missed one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice


class MissedState(StrEnum):
    """What came of it. Their place on the run that they missed is theirs until a person decides."""

    LOOKING = "looking"  # no later run has dates yet
    KEPT = "kept"  # an offer, or a place in the list, of a later run: `entry_id`
    SETTLED = "settled"  # they have a place on a later run
    TAKEN_BACK = "taken_back"  # they were there after all


STANDING = (MissedState.LOOKING, MissedState.KEPT)


class MissedFirst(Base):
    """One place whose first session was needed and missed.

    `noted_interest`: the college wrote down that they want to hear of dates, and not they. `times` counts how
    often it was found, as a mark may be changed and changed back: each time is told once.
    """

    __tablename__ = "missed_first"
    __table_args__ = (
        sa.CheckConstraint("state <> 'looking' OR entry_id IS NULL", name="looking"),
        sa.CheckConstraint("times > 0", name="times_positive"),
        sa.Index("ix_missed_first_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(
        sa.ForeignKey("enrolment.id", ondelete="CASCADE"), unique=True
    )
    session_id: Mapped[int] = mapped_column(
        sa.ForeignKey("course_session.id", ondelete="CASCADE"), index=True
    )
    entry_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("wait_entry.id", ondelete="SET NULL"), index=True
    )
    state: Mapped[MissedState] = mapped_column(choice(MissedState, "state"))
    noted_interest: Mapped[bool] = mapped_column(default=False)
    times: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime]
