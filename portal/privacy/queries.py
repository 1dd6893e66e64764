"""Reads of this room. Beside its own tables it reads only what the contract calls a person."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.db import UTCDateTime
from portal.privacy.models import ErasureNote

# What every table with personal data points at. Its columns are told here, as the room that keeps them
# stands above.
_person = sa.table(
    "person",
    sa.column("id", sa.Integer),
    sa.column("name", sa.String),
    sa.column("created_at", UTCDateTime),
    sa.column("erased_at", UTCDateTime),
    sa.column("merged_into_id", sa.Integer),
)
_COLUMNS = (_person.c.id, _person.c.name, _person.c.created_at, _person.c.erased_at)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person's record, and whether it is empty."""

    id: int
    name: str
    created_at: datetime
    erased_at: datetime | None

    @property
    def fingerprint(self) -> str:
        """What tells this person from another one with the same number, as 64 hexadecimal digits."""
        made = self.created_at.astimezone(UTC).isoformat(timespec="microseconds")
        return hashlib.sha256(f"{self.id} {made}".encode()).hexdigest()


def somebody(session: Session, person_id: int, *, lock: bool = False) -> Somebody | None:
    """A person's record. With `lock`, nobody else changes it until the commit; rows that point at it can
    still be written, as whoever writes them may hold what an erasure waits for.
    """
    chosen = sa.select(*_COLUMNS).where(_person.c.id == person_id)
    if lock:
        chosen = chosen.with_for_update(key_share=True)
    row = session.execute(chosen).one_or_none()
    return Somebody(*row) if row else None


def merged_into(session: Session, person_id: int) -> list[Somebody]:
    """The records of the same person that became part of this one."""
    rows = session.execute(
        sa.select(*_COLUMNS).where(_person.c.merged_into_id == person_id).order_by(_person.c.id)
    )
    return [Somebody(*row) for row in rows]


def people(session: Session, ids: Sequence[int]) -> dict[int, Somebody]:
    """The records of these people, in one query."""
    rows = session.execute(sa.select(*_COLUMNS).where(_person.c.id.in_(set(ids))))
    return {row.id: Somebody(*row) for row in rows}


def notes(session: Session, *, since: datetime | None = None) -> Sequence[ErasureNote]:
    """Who was erased, the oldest first."""
    chosen = sa.select(ErasureNote).order_by(ErasureNote.id)
    if since is not None:
        chosen = chosen.where(ErasureNote.at >= since)
    return session.scalars(chosen).all()
