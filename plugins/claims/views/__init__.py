"""The pages."""

from plugins.claims.views import (
    adjusting,
    advances,
    advances_desk,
    deciding,
    own,
    prefill,
    quoting,
    receipts,
    several,
    support,
    writing,
)
from plugins.claims.views.blueprint import blueprint

__all__ = [
    "adjusting",
    "advances",
    "advances_desk",
    "blueprint",
    "deciding",
    "own",
    "prefill",
    "quoting",
    "receipts",
    "several",
    "support",
    "writing",
]
