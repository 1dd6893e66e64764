"""References: asked for by a person, written and signed by somebody of the college by name.

What they say of somebody is sealed: it is for them, and for whomever they give it to.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice
from portal.vault import sealed_by

LONGEST_PURPOSE = 300
LONGEST_WORDS = 4_000
LONGEST_NAME = 100


class ReferenceState(StrEnum):
    """Where a reference stands."""

    ASKED = "asked"
    SIGNED = "signed"
    WITHDRAWN = "withdrawn"


class Reference(Base):
    """A reference. What it says of the time given is as it was on the day it was signed.

    `signed_as` and `signed_office` stand on the paper, whatever becomes of the signer's record.
    """

    __tablename__ = "reference"
    __table_args__ = (
        sa.CheckConstraint(
            "state <> 'signed' OR (signed_at IS NOT NULL AND words IS NOT NULL"
            " AND length(signed_as) > 0)",
            name="signed_by_name",
        ),
        sa.Index("ix_reference_state", "state", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    purpose: Mapped[str] = mapped_column(sa.String(LONGEST_PURPOSE))
    state: Mapped[ReferenceState] = mapped_column(choice(ReferenceState, "state"))
    asked_at: Mapped[datetime]
    words: Mapped[bytes | None] = mapped_column(sa.LargeBinary, info=sealed_by("id"))
    signer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    signed_as: Mapped[str] = mapped_column(sa.String(LONGEST_NAME), default="")
    signed_office: Mapped[str] = mapped_column(sa.String(LONGEST_NAME), default="")
    signed_at: Mapped[datetime | None]
    gifts: Mapped[int] = mapped_column(default=0)
    minutes: Mapped[int] = mapped_column(default=0)
    first_day: Mapped[date | None]
