"""The tables of receipts: what one comes to, and how much of it each line claims.

A line names its receipt by `digest`. Only what was sent is counted: a draft keeps nothing from anybody.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugins.claims.models.base import Base
from portal.plugin_api import no_words

_HASH = no_words("a hash, or what a picture looks like: compared, never shown")


class Receipt(Base):
    """A picture of a receipt, by a hash of the bytes as they came, whoever sent them.

    `pence` is what it comes to in all, None until somebody says so; `taken` the sum of what is claimed of it.
    `likeness` is 64 bits of what it looks like, in hex; empty where it looks like nothing in particular.
    """

    __tablename__ = "claims_receipt"
    __table_args__ = (
        sa.CheckConstraint("pence > 0", name="pence_positive"),
        sa.CheckConstraint("taken BETWEEN 0 AND pence", name="never_more_than_its_total"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True, info=_HASH)
    likeness: Mapped[str] = mapped_column(sa.String(16), default="", info=_HASH)
    pence: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0)


class ReceiptAllocation(Base):
    """What one line claims of a receipt, in pence: from sending on, and no more than was allowed."""

    __tablename__ = "claims_receipt_allocation"
    __table_args__ = (sa.CheckConstraint("pence > 0", name="pence_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_receipt.id"), index=True)
    line_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_line.id"), unique=True)
    pence: Mapped[int]
