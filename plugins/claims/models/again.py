"""The table of what was approved once more before it was paid."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugins.claims.models.base import Base
from plugins.claims.money.batches import What
from portal.plugin_api import choice


class ApprovedAgain(Base):
    """Somebody approved what is to be paid once more, because an approval of it did not stand any more.

    `what_id` is a row of the table that `what` names, `version` what was approved of it, `pence` what is paid
    of it, `detail_id` the payee's bank details that held: where one of these is another, it counts no more.
    """

    __tablename__ = "claims_again"
    __table_args__ = (
        sa.UniqueConstraint("what", "what_id", "version", "pence", "detail_id", "person_id"),
        sa.CheckConstraint("pence > 0", name="pence_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[What] = mapped_column(choice(What, "what"))
    what_id: Mapped[int]
    version: Mapped[int]
    pence: Mapped[int]
    detail_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("claims_bank_detail.id"), index=True
    )
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]
