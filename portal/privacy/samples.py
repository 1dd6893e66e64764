"""How each page of this room is called with success."""

from __future__ import annotations

from portal.plugin_api import RouteSample
from portal.privacy.services.erasing import seal_of

# The seal of nothing held: whoever has just signed up for the first time.
_SURE = {"sure": "y", "told": seal_of(())}

SAMPLES = (
    RouteSample("privacy.page", "GET", public=True),
    RouteSample("privacy.mine", "GET", roles=("student",)),
    RouteSample("privacy.copy", "POST", roles=("student",)),
    RouteSample("privacy.agreed", "GET", roles=("student",)),
    RouteSample("privacy.withdraw", "POST", payload={"kind": "a", "ref": "1"}, roles=("student",)),
    RouteSample("privacy.erase", "GET", roles=("student",)),
    RouteSample("privacy.erase", "POST", payload=_SURE, roles=("student",)),
    RouteSample("privacy.erased", "GET", public=True),
)
