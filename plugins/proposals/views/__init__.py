"""The pages."""

from plugins.proposals.views import beginning, box, joining, judging, reading, steps, writing
from plugins.proposals.views.blueprint import blueprint

__all__ = ["beginning", "blueprint", "box", "joining", "judging", "reading", "steps", "writing"]
