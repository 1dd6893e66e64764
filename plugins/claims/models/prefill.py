"""The table of what somebody gave to the college and was offered to claim for: each once."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugins.claims.models.base import Base
from plugins.claims.models.claims import LONGEST_KEY
from portal.plugin_api import no_words

_HASH = no_words("a hash: compared, never shown")


class Prefill(Base):
    """A day of which somebody began a claim, or said that they need none. `key` is a hash of what it was.

    What is added to the claim is on that `day`, until its person says otherwise.
    """

    __tablename__ = "claims_prefill"
    __table_args__ = (sa.UniqueConstraint("person_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY), info=_HASH)
    day: Mapped[date]
    claim_id: Mapped[int | None] = mapped_column(sa.ForeignKey("claims_claim.id"), unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
