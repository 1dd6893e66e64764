"""Two records that somebody takes for one person's, until a second person has looked."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice

LONGEST_MERGE_REASON = 300


class WhichLogin(StrEnum):
    """Whose way to sign in stays, where both records have one."""

    KEPT = "kept"
    GONE = "gone"


class MergeRequest(Base):
    """One person of the college asks for it, another does it; the row is there for as long as it waits."""

    __tablename__ = "merge_request"
    __table_args__ = (sa.CheckConstraint("kept_id != gone_id", name="two_records"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    gone_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    sign_in: Mapped[WhichLogin | None] = mapped_column(choice(WhichLogin, "sign_in"))
    reason: Mapped[str] = mapped_column(sa.String(LONGEST_MERGE_REASON))
    begun_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    begun_at: Mapped[datetime]
