"""The pages."""

from plugins.claims.views import (
    activities,
    budgets,
    deciding,
    offers,
    own,
    quoting,
    recognition,
    writing,
)
from plugins.claims.views.blueprint import blueprint

__all__ = [
    "activities",
    "blueprint",
    "budgets",
    "deciding",
    "offers",
    "own",
    "quoting",
    "recognition",
    "writing",
]
