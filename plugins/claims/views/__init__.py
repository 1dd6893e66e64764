"""The pages."""

from plugins.claims.views import deciding, own, quoting, writing
from plugins.claims.views.blueprint import blueprint

__all__ = ["blueprint", "deciding", "own", "quoting", "writing"]
