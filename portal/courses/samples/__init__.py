"""How each page of the room is called with success."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.courses.samples.manage import staff_samples
from portal.courses.samples.public import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.plugin_api import RouteSample


def all_samples() -> Sequence[RouteSample]:
    """The public pages', then the staff's: those are made when they are asked for."""
    return (*PUBLIC, *staff_samples())
