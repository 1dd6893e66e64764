"""The tables of money that is paid ahead of an event, and what becomes of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugins.claims import ddl
from plugins.claims.models.base import Base
from plugins.claims.models.claims import LONGEST_KEY, LONGEST_REF, LONGEST_WHAT, MOST_PENCE
from portal.plugin_api import choice, no_words

_RANDOM = no_words("an address: compared, never shown")
_NAME = no_words("a name that code gives and code reads")


class AdvanceState(StrEnum):
    """Whether it was approved."""

    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class PaymentStage(StrEnum):
    """How far the payment of what was approved has come."""

    NONE = "none"
    BATCHED = "batched"
    SENT = "sent"
    SETTLED = "settled"
    FAILED = "failed"


class Move(StrEnum):
    """What became of the money."""

    PAID = "paid"
    CLAIMED = "claimed"
    RETURNED = "returned"
    WRITTEN_OFF = "written_off"


class AdvanceRow(Base):
    """Money that somebody asked for ahead of an event.

    `asked` is what they asked for, `pence` what was approved. `paid` and what follows it are the sums of
    its movements; what is `left_open` is not accounted for yet. `cancelled_at` is when the college cancelled
    the event: what was spent by then still counts.
    """

    __tablename__ = "claims_advance"
    __table_args__ = (
        sa.CheckConstraint(f"asked BETWEEN 1 AND {MOST_PENCE}", name="asked_in_range"),
        sa.CheckConstraint("pence BETWEEN 1 AND asked", name="never_more_than_asked"),
        sa.CheckConstraint("state <> 'approved' OR pence IS NOT NULL", name="approved_sum"),
        sa.CheckConstraint(
            "paid = claimed + returned + written_off + left_open", name="accounted_for"
        ),
        sa.CheckConstraint("paid = 0 OR paid = pence", name="paid_as_approved"),
        sa.CheckConstraint("claimed >= 0", name="claimed_not_negative"),
        sa.CheckConstraint("returned >= 0", name="returned_not_negative"),
        sa.CheckConstraint("written_off >= 0", name="written_off_not_negative"),
        sa.CheckConstraint("left_open >= 0", name="open_not_negative"),
        sa.Index("ix_claims_advance_state_asked_at", "state", "asked_at", "id"),
        sa.Index("ix_claims_advance_person_id_id", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(LONGEST_REF), unique=True, info=_RANDOM)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    what: Mapped[str] = mapped_column(sa.String(LONGEST_WHAT))
    event_on: Mapped[date]
    state: Mapped[AdvanceState] = mapped_column(choice(AdvanceState, "state"))
    asked: Mapped[int]
    pence: Mapped[int | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    payment: Mapped[PaymentStage] = mapped_column(
        choice(PaymentStage, "payment"), default=PaymentStage.NONE
    )
    paid: Mapped[int] = mapped_column(default=0)
    claimed: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    written_off: Mapped[int] = mapped_column(default=0)
    left_open: Mapped[int] = mapped_column(default=0)


class AdvanceApproval(Base):
    """Somebody approved so many pence. Another sum needs all approvals anew."""

    __tablename__ = "claims_advance_approval"
    __table_args__ = (sa.UniqueConstraint("advance_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    advance_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_advance.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    pence: Mapped[int]
    at: Mapped[datetime]


class AdvanceMove(Base):
    """Pence that moved. Never changed: what is taken back is a movement of its own, less than nothing.

    `key` names the effect, which happens once. Who did it stands on record, not here.
    """

    __tablename__ = "claims_advance_move"
    __table_args__ = (sa.CheckConstraint("pence <> 0", name="pence_not_nothing"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY), unique=True, info=_NAME)
    advance_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_advance.id"), index=True)
    kind: Mapped[Move] = mapped_column(choice(Move, "kind"))
    pence: Mapped[int]
    claim_id: Mapped[int | None] = mapped_column(sa.ForeignKey("claims_claim.id"), index=True)
    at: Mapped[datetime]


class AdvanceClaim(Base):
    """A claim that says what was spent of it."""

    __tablename__ = "claims_advance_claim"

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_claim.id"), unique=True)
    advance_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_advance.id"), index=True)


ddl.attach(AdvanceMove.metadata.tables[AdvanceMove.__tablename__])
