"""The pages."""

from plugins.claims.views import bank, deciding, own, paying, paying_out, quoting, writing
from plugins.claims.views.blueprint import blueprint

__all__ = ["bank", "blueprint", "deciding", "own", "paying", "paying_out", "quoting", "writing"]
