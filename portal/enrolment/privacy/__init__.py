"""What the tables of the room say about people, and how it is given out and let go."""

from __future__ import annotations

from portal.enrolment.privacy import asking, blocking, pausing, places, register

# What hangs on a place goes before the place does.
SOURCES = (
    *register.SOURCES,
    *places.SOURCES,
    *asking.SOURCES,
    *blocking.SOURCES,
    *pausing.SOURCES,
)
