"""The pages."""

from plugins.claims.views import (
    activities,
    bank,
    budgets,
    deciding,
    offers,
    own,
    paying,
    paying_out,
    quoting,
    recognition,
    writing,
)
from plugins.claims.views.blueprint import blueprint

__all__ = [
    "activities",
    "bank",
    "blueprint",
    "budgets",
    "deciding",
    "offers",
    "own",
    "paying",
    "paying_out",
    "quoting",
    "recognition",
    "writing",
]
