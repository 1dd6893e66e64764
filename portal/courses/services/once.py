"""One effect per form shown: a second click, or a resent page, changes nothing more."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.models import SentForm
from portal.db import insert_once, table_of

KEPT = timedelta(days=7)
# Asked with every form that is sent, so put together once.
_FORM = table_of(SentForm)
_LOCATION = sa.select(_FORM.c.location).where(_FORM.c.key == sa.bindparam("sent"))
_SETTLE = sa.update(_FORM).where(_FORM.c.key == sa.bindparam("sent"))


def claim(session: Session, key: str) -> str | None:
    """Take the key of a form for this transaction.

    Returns None when the form has had no effect yet: go on, then call `settle`. Otherwise returns
    where the first click led. A click at the same moment waits for the first one's transaction.
    """
    if insert_once(session, SentForm, key=key, location="", at=clock.now()):
        return None
    location: str = session.scalars(_LOCATION, {"sent": key}).one()
    return location


def settle(session: Session, key: str, location: str) -> None:
    """Remember where the form's effect can be seen."""
    session.execute(_SETTLE, {"sent": key, "location": location})


def forget(session: Session) -> int:
    """Delete keys older than a week; returns how many."""
    oldest = clock.now() - KEPT
    gone = session.execute(sa.delete(SentForm).where(SentForm.at < oldest).returning(SentForm.key))
    return len(gone.all())
