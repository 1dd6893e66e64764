"""How each page of this room is called with success."""

from __future__ import annotations

from portal.plugin_api import RouteSample

SAMPLES = (
    RouteSample("privacy.page", "GET", public=True),
    RouteSample("privacy.mine", "GET", roles=("student",)),
    RouteSample("privacy.copy", "POST", roles=("student",)),
)
