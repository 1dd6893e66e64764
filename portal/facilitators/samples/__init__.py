"""How each page of the room is called with success."""

from __future__ import annotations

from portal.facilitators.samples import pathway, people

SAMPLES = (*people.SAMPLES, *pathway.SAMPLES)
