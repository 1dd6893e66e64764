"""One effect per form shown: a second click, or a resent page, changes nothing more."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.models import SentForm

KEPT = timedelta(days=7)


def claim(session: Session, key: str) -> str | None:
    """Take the key of a form for this transaction.

    Returns None when the form has had no effect yet: go on, then call `settle`. Otherwise returns
    where the first click led. A click at the same moment waits for the first one's transaction.
    """
    try:
        with session.begin_nested():
            session.add(SentForm(key=key, location="", at=clock.now()))
    except IntegrityError:
        session.expire_all()
        return session.scalars(sa.select(SentForm.location).where(SentForm.key == key)).one()
    return None


def settle(session: Session, key: str, location: str) -> None:
    """Remember where the form's effect can be seen."""
    session.execute(sa.update(SentForm).where(SentForm.key == key).values(location=location))


def forget(session: Session) -> int:
    """Delete keys older than a week; returns how many."""
    oldest = clock.now() - KEPT
    gone = session.execute(sa.delete(SentForm).where(SentForm.at < oldest).returning(SentForm.key))
    return len(gone.all())
