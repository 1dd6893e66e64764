"""Tables of this room: who was erased, so that a restored backup is erased again; how far letting go has
come.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base


class ErasureNote(Base):
    """Somebody was erased. Nothing here says who they were.

    `person_id` is no foreign key: in a backup from before their time there is no such person, or another one
    who was given the number later. `fingerprint` tells them apart. `counts` says of each table how many rows
    were erased and how many are held.
    """

    __tablename__ = "erasure_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    person_id: Mapped[int] = mapped_column(index=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(index=True)
    counts: Mapped[dict[str, Any]]


class RetentionRun(Base):
    """How far the nightly letting go has come with one table, and what came of the last run.

    `after_id` is the last row of the last lot, `done` how many rows this run has let go. `failed` names the
    kind of error that the last try met.
    """

    __tablename__ = "retention_run"

    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    after_id: Mapped[int] = mapped_column(sa.BigInteger)
    done: Mapped[int]
    last_done: Mapped[int]
    failed: Mapped[str] = mapped_column(sa.String(100))
