"""How to call each page of this room with success: for the generated access tests."""

from __future__ import annotations

from portal.plugin_api import RouteSample

_EVERYBODY = ("sign_in", "register", "confirm_request", "reset_request", "role_guide")
_SIGNED_IN = ("details", "change_name", "add_route", "sign_ins", "change_password")
SAMPLES = (
    *(RouteSample(f"accounts.{name}", "GET", public=True) for name in _EVERYBODY),
    RouteSample("accounts.sent", "GET", arrange=lambda _session: {"what": "reset"}, public=True),
    *(RouteSample(f"accounts.{name}", "GET", roles=("student",)) for name in _SIGNED_IN),
    RouteSample("accounts.people", "GET", roles=("administrator",)),
)
