"""Tables of the audit: the chain's entries, what they say, and the chain's head.

An entry holds only what its hash covers. Who, what and why stand in `audit_payload`, tied to the entry
by `content`; erasing a payload therefore leaves nothing behind that could be read or forged.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.audit.chain import GENESIS
from portal.db import Base

HEAD = 1  # the id of the only row of audit_chain


class AuditEntry(Base):
    """One thing that happened. `n`, `prev` and `hash` are empty until the sealer has chained it.

    `n` counts in the order of sealing: on PostgreSQL a transaction may commit after one with a
    higher id, and must still find its place.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.CheckConstraint(
            "(n IS NULL AND prev IS NULL AND hash IS NULL)"
            " OR (n >= 1 AND prev IS NOT NULL AND hash IS NOT NULL)",
            name="sealed_whole",
        ),
        sa.Index(
            "ix_audit_entry_unsealed",
            "id",
            sqlite_where=sa.text("n IS NULL"),
            postgresql_where=sa.text("n IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(100), index=True)
    at: Mapped[datetime]
    content: Mapped[str] = mapped_column(sa.String(64))
    n: Mapped[int | None] = mapped_column(unique=True)
    prev: Mapped[str | None] = mapped_column(sa.String(64))
    hash: Mapped[str | None] = mapped_column(sa.String(64))

    payload: Mapped[AuditPayload | None] = relationship(cascade="save-update")


class AuditPayload(Base):
    """What an entry says: references and a reason, never personal values. Gone once erased.

    `actor_id` is a person, or empty for the system and for visitors. It is no foreign key: the
    record of what was done outlives the record of the person.
    """

    __tablename__ = "audit_payload"
    __table_args__ = (sa.Index("ix_audit_payload_subject", "subject_kind", "subject_id"),)

    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("audit_entry.id"), primary_key=True)
    salt: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    actor_id: Mapped[int | None] = mapped_column(index=True)
    subject_kind: Mapped[str] = mapped_column(sa.String(60))
    subject_id: Mapped[str] = mapped_column(sa.String(64))
    reason: Mapped[str] = mapped_column(sa.Text)
    details: Mapped[dict[str, Any]]

    def canonical(self) -> dict[str, object]:
        """What `content` is the hash of."""
        return canonical(
            actor_id=self.actor_id,
            subject_kind=self.subject_kind,
            subject_id=self.subject_id,
            reason=self.reason,
            details=self.details,
        )


def canonical(
    *,
    actor_id: int | None,
    subject_kind: str,
    subject_id: str,
    reason: str,
    details: Mapping[str, Any],
) -> dict[str, object]:
    """What an entry's `content` is the hash of: every column of its payload but the salt and the id."""
    return {
        "actor": actor_id,
        "subject": [subject_kind, subject_id],
        "reason": reason,
        "details": details,
    }


class AuditChain(Base):
    """The chain's head: how long it is and its last hash, so that a cut-off end is noticed.

    Its only row is also the sealers' lock.
    """

    __tablename__ = "audit_chain"
    __table_args__ = (sa.CheckConstraint(f"id = {HEAD}", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(sa.String(64), default=GENESIS)
