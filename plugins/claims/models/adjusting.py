"""The table of what is put right after a decision: never an edit, always a row of its own."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugins.claims.models.base import Base
from portal.plugin_api import choice


class AdjustmentKind(StrEnum):
    """What is put right: a journey that is worth more by now, or less, as its year is counted anew; a journey
    taken back; another amount.
    """

    TOP_UP = "top_up"
    ANEW = "anew"
    BACK = "back"
    AMOUNT = "amount"


# What follows from a person's year: nobody proposes it.
COUNTED_ANEW = frozenset({AdjustmentKind.TOP_UP, AdjustmentKind.ANEW})
_BY_SOMEBODY = "kind IN ('back', 'amount')"
_BY_NOBODY = "kind IN ('top_up', 'anew')"
_OPEN = "approved_at IS NULL AND dropped_at IS NULL AND "


class Adjustment(Base):
    """So many pence more for a line, or less. It stands in the books once another person has approved it.

    A top-up is linked to the newest rate in it. One of them waits for each line: what comes to it meanwhile
    is added, and needs each yes anew. What a journey that is taken back comes to depends on its year, so its
    `pence` are known when it is approved. `by_id` proposed it; nobody proposes what follows from a year, and
    of a larger sum it is who approved it first.
    """

    __tablename__ = "claims_adjustment"
    __table_args__ = (
        sa.CheckConstraint("(kind = 'top_up') = (rate_id IS NOT NULL)", name="top_up_of_a_rate"),
        sa.CheckConstraint("kind <> 'top_up' OR pence > 0", name="top_up_is_more"),
        sa.CheckConstraint("kind <> 'anew' OR pence < 0", name="anew_is_less"),
        sa.CheckConstraint("pence <> 0", name="pence_not_nothing"),
        sa.CheckConstraint("approved_at IS NULL OR pence IS NOT NULL", name="approved_sum"),
        sa.CheckConstraint("approved_at IS NULL OR dropped_at IS NULL", name="one_end"),
        sa.Index(
            "uq_claims_adjustment_open_line",
            "line_id",
            unique=True,
            sqlite_where=sa.text(_OPEN + _BY_SOMEBODY),
            postgresql_where=sa.text(_OPEN + _BY_SOMEBODY),
        ),
        sa.Index(
            "uq_claims_adjustment_open_line_kind",
            "line_id",
            "kind",
            unique=True,
            sqlite_where=sa.text(_OPEN + _BY_NOBODY),
            postgresql_where=sa.text(_OPEN + _BY_NOBODY),
        ),
        sa.Index("ix_claims_adjustment_line_id", "line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_line.id"))
    kind: Mapped[AdjustmentKind] = mapped_column(choice(AdjustmentKind, "kind"))
    rate_id: Mapped[int | None] = mapped_column(sa.ForeignKey("claims_rate.id"), index=True)
    pence: Mapped[int | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    proposed_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    approved_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
