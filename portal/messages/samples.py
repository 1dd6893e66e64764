"""How to call each page of messages with success: for the generated access tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from portal.plugin_api import RouteSample
from portal.plugin_api.dispatch import notice_kinds


def _notice(session: Session) -> Mapping[str, Any]:
    """Any kind of notice that has an HTML form."""
    kinds = notice_kinds(session)
    return {"purpose": next(name for name in sorted(kinds) if kinds[name].sample().html)}


SAMPLES = (
    RouteSample("messages_style.notices", "GET", public=True),
    RouteSample("messages_style.notice", "GET", _notice, public=True),
)
