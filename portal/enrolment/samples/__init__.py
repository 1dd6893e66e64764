"""How each page of the room is called with success."""

from __future__ import annotations

from portal.enrolment.samples import arranging, blocking, mine, own, pausing, register

SAMPLES = (
    *mine.SAMPLES,
    *own.SAMPLES,
    *register.SAMPLES,
    *arranging.SAMPLES,
    *blocking.SAMPLES,
    *pausing.SAMPLES,
)
