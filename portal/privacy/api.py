"""The front door of privacy: figures about groups that nobody can be found in; erasures outlive a restore."""

from sqlalchemy.orm import Session

from portal.privacy.groups import (
    SMALLEST_CELL,
    SMALLEST_GROUP,
    SafeTable,
    is_shown,
    safe_counts,
    safe_share,
    safe_table,
)
from portal.privacy.ledger import file_of_app, keep
from portal.privacy.policies import ASK_FOR, ERASE_FOR
from portal.privacy.queries import notes

__all__ = [
    "FOR_OTHERS",
    "SMALLEST_CELL",
    "SMALLEST_GROUP",
    "SafeTable",
    "is_shown",
    "note_erasures",
    "safe_counts",
    "safe_share",
    "safe_table",
]

# What is done for somebody, and may be vetoed: the subject is their id.
FOR_OTHERS = frozenset({ASK_FOR, ERASE_FOR})


def note_erasures(session: Session) -> None:
    """Note every erasure beside the database now, before the database is replaced by an older one."""
    keep(file_of_app(), notes(session))
