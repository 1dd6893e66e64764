"""The pages."""

from plugins.proposals.views import beginning, joining, judging, reading, steps, writing
from plugins.proposals.views.blueprint import blueprint

__all__ = ["beginning", "blueprint", "joining", "judging", "reading", "steps", "writing"]
