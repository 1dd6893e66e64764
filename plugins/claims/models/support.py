"""The tables of supporters: who may write claims for whom, and what they wrote and asked for."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugins.claims.models.base import Base
from portal.plugin_api import no_words

LONGEST_CODE = 12
_RANDOM = no_words("a code that is given from mouth to ear")
_HOLDS = sa.text("until IS NULL")


class SupportConsent(Base):
    """Somebody lets somebody else write and send claims for them: from `since` on, until either ends it.

    Until it is taken up there is a `code` instead of a supporter, which works once, up to `code_until`.
    `paid`: supporting this person is their paid work. `ahead`: they may ask for money ahead, too.
    """

    __tablename__ = "claims_support_consent"
    __table_args__ = (
        sa.CheckConstraint(
            "since IS NULL OR until IS NULL OR until >= since", name="ends_after_it_begins"
        ),
        sa.CheckConstraint("person_id <> supporter_id", name="two_people"),
        sa.Index(
            "uq_claims_support_consent_holds",
            "person_id",
            "supporter_id",
            unique=True,
            sqlite_where=_HOLDS,
            postgresql_where=_HOLDS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    supporter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(LONGEST_CODE), default="", index=True, info=_RANDOM)
    code_until: Mapped[datetime]
    paid: Mapped[bool]
    ahead: Mapped[bool] = mapped_column(default=True)
    begun_at: Mapped[datetime]
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]


class SupportedClaim(Base):
    """A claim that a supporter began: they see it while the consent holds."""

    __tablename__ = "claims_supported_claim"

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_claim.id"), unique=True)
    consent_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_support_consent.id"), index=True)


class SupportedAdvance(Base):
    """Money ahead that a supporter asked for: they see it while the consent holds."""

    __tablename__ = "claims_supported_advance"

    id: Mapped[int] = mapped_column(primary_key=True)
    advance_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_advance.id"), unique=True)
    consent_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_support_consent.id"), index=True)
