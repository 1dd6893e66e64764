"""How the room joins the house."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from portal.plugin_api import Manifest, RouteSample, hookimpl

if TYPE_CHECKING:
    from flask import Blueprint


@hookimpl
def manifest() -> Manifest:
    """The room's name and version."""
    return Manifest("privacy", _l("Your data"), "1.0", required=True)


@hookimpl
def blueprints() -> Sequence[Blueprint]:
    """What we keep, your data, and the data guardian's pages."""
    from portal.privacy.views import blueprint

    return [blueprint]


@hookimpl
def route_samples() -> Sequence[RouteSample]:
    """How each page is called with success."""
    from portal.privacy.samples import SAMPLES

    return SAMPLES
