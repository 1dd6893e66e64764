"""What this room keeps about people: the files that are about somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.files.models import StoredFile
from portal.files.queries import content
from portal.plugin_api import Attachment, EraseMode, Erasure, PrivacySource, moved


def export_files(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """Each file that is about them, with its content."""
    found = session.execute(
        sa.select(StoredFile.id, StoredFile.name, StoredFile.added_at)
        .where(StoredFile.owner_id == person_id)
        .order_by(StoredFile.id)
    )
    return [
        {
            "file": Attachment(f"{row.id}-{row.name}", partial(content, session, row.id)),
            "added_at": row.added_at.isoformat(),
        }
        for row in found
    ]


def erase_files(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them: the keys at once, and what is left in the store within an hour or two."""
    gone = session.scalars(
        sa.delete(StoredFile).where(StoredFile.owner_id == person_id).returning(StoredFile.id)
    )
    return Erasure("stored_file", erased=len(gone.all()))


SOURCES = (
    PrivacySource(
        table="stored_file",
        subject="owner_id",
        what=_l("Files that you gave us"),
        seen_by=_l("Whoever may see what the file belongs to"),
        purpose=_l("To show what you say, such as a receipt"),
        lawful_basis=_l("You chose to give it to us"),
        sensitivity="confidential",
        retention=_l("As long as what it belongs to"),
        export=export_files,
        erase=erase_files,
        merge=moved(StoredFile.owner_id),
    ),
)
