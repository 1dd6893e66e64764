"""The front door of privacy: figures about groups that nobody can be found in."""

from portal.privacy.groups import (
    SMALLEST_CELL,
    SMALLEST_GROUP,
    SafeTable,
    is_shown,
    safe_counts,
    safe_share,
    safe_table,
)

__all__ = [
    "SMALLEST_CELL",
    "SMALLEST_GROUP",
    "SafeTable",
    "is_shown",
    "safe_counts",
    "safe_share",
    "safe_table",
]
