"""The pages of this room: one's own, those of the day, and the coordinators'."""

from portal.facilitators.views import (
    availability,
    day,
    finding,
    mine,
    people,
)
from portal.facilitators.views.frame import blueprint

__all__ = ["availability", "blueprint", "day", "finding", "mine", "people"]
