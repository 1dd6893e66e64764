"""Letting go of what some declarations keep, here and now, without a nightly run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from portal import clock
from portal.plugin_api import PrivacySource
from portal.privacy.services.retention import due, kept_of


def let_go(
    session: Session, sources: Iterable[PrivacySource], at: datetime | None = None
) -> dict[str, int]:
    """How many rows of each table went, tables without any left out; flushed."""
    gone = {}
    for kept in kept_of(sources):
        ids = session.scalars(due(session, kept.keeping, at or clock.now())).all()
        if ids:
            kept.keeping.forget(session, ids)
            gone[kept.key] = len(ids)
    session.flush()
    session.expire_all()
    return gone
