"""What a college sets for whoever leads, and for the way there."""

from __future__ import annotations

from portal.facilitators.settings import leading, pathway

SETTINGS = (*leading.SETTINGS, *pathway.SETTINGS)
