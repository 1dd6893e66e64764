"""What is known about each file that is kept. Its content lies in the store; the key to it is in the row."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice
from portal.files.kinds import LONGEST_NAME, FileKind
from portal.vault import sealed_by


class StoredFile(Base):
    """A file that passed every check. `uid` names it in the store, for good; a file is never changed.

    `size` and `sha256` are of what is given out. Without the row, which holds the key, what lies in the store
    cannot be read by anybody. `owner_id` is whom the file is about; None for the college's own.
    """

    __tablename__ = "stored_file"
    __table_args__ = (
        sa.CheckConstraint("size > 0", name="size_positive"),
        sa.CheckConstraint("pages > 0", name="pages_positive"),
        sa.CheckConstraint("length(name) > 0", name="name_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(32), unique=True)
    kind: Mapped[FileKind] = mapped_column(choice(FileKind, "kind"))
    name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    size: Mapped[int]  # bytes
    pages: Mapped[int | None]  # of a PDF
    sha256: Mapped[str] = mapped_column(sa.String(64))
    key: Mapped[bytes] = mapped_column(sa.LargeBinary, info=sealed_by("uid"))
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    added_at: Mapped[datetime]
