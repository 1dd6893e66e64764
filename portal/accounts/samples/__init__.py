"""How each page of the room is called with success."""

from __future__ import annotations

from portal.accounts.samples import own, people, safety, signing_in

SAMPLES = (*signing_in.SAMPLES, *own.SAMPLES, *safety.SAMPLES, *people.SAMPLES)
