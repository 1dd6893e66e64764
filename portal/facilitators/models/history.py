"""What the college changed about its steps and opportunities: who, when, from what to what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice
from portal.facilitators.models.pathway import LONGEST_KEY


class ChangedKind(StrEnum):
    """What was changed."""

    STEP = "step"
    OPPORTUNITY = "opportunity"


class LeadingChange(Base):
    """One change: who, when, what. Never edited. `key` is a step's, or an opportunity's id in digits.

    `changes` maps a field to `[old, new]` as plain JSON values.
    """

    __tablename__ = "leading_change"
    __table_args__ = (sa.Index("ix_leading_change_subject", "subject_kind", "key", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[ChangedKind] = mapped_column(choice(ChangedKind, "subject_kind"))
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY))
    action: Mapped[str] = mapped_column(
        sa.String(40)
    )  # "created", "changed", "published", "closed"
    at: Mapped[datetime]
    actor_person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
