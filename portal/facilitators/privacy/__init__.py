"""What the tables of the room say about people, and how it is given out and let go."""

from __future__ import annotations

from portal.facilitators.privacy import pathway, people

# A step names what it put on record, so it goes first.
SOURCES = (*pathway.SOURCES, *people.SOURCES)
