"""How to call each page of this plugin with success: for the generated access tests."""

from __future__ import annotations

from portal.plugin_api import RouteSample

SAMPLES: tuple[RouteSample, ...] = ()
