"""Concerns, what was done about each, and emergency contacts. Every word of them is sealed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice
from portal.vault import sealed_by

LONGEST_WORDS = 10_000  # letters
LONGEST_REACH = 300
_WAITS = sa.text("acknowledged_at IS NULL AND closed_at IS NULL")


class Outcome(StrEnum):
    """What became of a concern."""

    SUPPORTED = "supported"
    PASSED_ON = "passed_on"
    SAFEGUARDING = "safeguarding"
    NO_ACTION = "no_action"


class StepKind(StrEnum):
    """What somebody on duty did."""

    ACKNOWLEDGED = "acknowledged"
    NOTE = "note"
    HANDED_ON = "handed_on"
    CLOSED = "closed"


class Concern(Base):
    """What somebody is worried about. It waits until somebody on duty says that they have it.

    `round` counts how often it began to wait, `level` how far it was escalated since `waiting_since`. `once`
    is a digest of the form and what was typed: a second click is the same concern. One that came in a heap
    from one sender does not ring: it waits in the list, and nobody is told of it by itself.
    """

    __tablename__ = "concern"
    __table_args__ = (
        sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed_with_outcome"),
        sa.CheckConstraint("level BETWEEN 0 AND 2", name="level"),
        sa.Index("ix_concern_waits", "waiting_since", sqlite_where=_WAITS, postgresql_where=_WAITS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    once: Mapped[str] = mapped_column(sa.String(64), unique=True)
    words: Mapped[bytes] = mapped_column(sa.LargeBinary, info=sealed_by("uid"))
    reach: Mapped[bytes | None] = mapped_column(sa.LargeBinary, info=sealed_by("uid"))
    raised_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    raised_at: Mapped[datetime]
    waiting_since: Mapped[datetime]
    round: Mapped[int] = mapped_column(default=1)
    level: Mapped[int] = mapped_column(default=0)
    rings: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    acknowledged_at: Mapped[datetime | None]
    holder_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome, "outcome"))


class ConcernStep(Base):
    """One thing that somebody on duty did, with their words if they wrote any."""

    __tablename__ = "concern_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    once: Mapped[str] = mapped_column(sa.String(64), unique=True)
    concern_id: Mapped[int] = mapped_column(
        sa.ForeignKey("concern.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[StepKind] = mapped_column(choice(StepKind, "kind"))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    to_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    words: Mapped[bytes | None] = mapped_column(sa.LargeBinary, info=sealed_by("uid"))
    at: Mapped[datetime]


class EmergencyContact(Base):
    """Whom a person wants the college to call in an emergency, in their own words."""

    __tablename__ = "emergency_contact"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    words: Mapped[bytes] = mapped_column(sa.LargeBinary, info=sealed_by("person_id"))
    updated_at: Mapped[datetime]
