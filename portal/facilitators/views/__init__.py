"""The pages of this room: one's own, those of the day, the board, and the coordinators'."""

from portal.facilitators.views import (
    availability,
    board,
    day,
    finding,
    history,
    mine,
    opportunities,
    pathway,
    people,
    references,
    support,
    ways,
)
from portal.facilitators.views.frame import blueprint

__all__ = [
    "availability",
    "blueprint",
    "board",
    "day",
    "finding",
    "history",
    "mine",
    "opportunities",
    "pathway",
    "people",
    "references",
    "support",
    "ways",
]
