"""Full addresses for messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask import current_app, url_for

if TYPE_CHECKING:
    from portal.app import Portal


def full_url(endpoint: str, **values: Any) -> str:
    """An address for a message, from the college's own setting: a forged Host header changes nothing."""
    portal = cast("Portal", current_app)
    return portal.settings.base_url + url_for(endpoint, **values)
