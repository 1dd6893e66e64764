"""Closing somebody's way to sign in, and opening it again: by a named person, for a reason, until a day if it
has one. Their places and their record stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Closing, Login
from portal.accounts.policies import ADMINISTRATOR
from portal.accounts.queries import live_holders, login_of
from portal.accounts.services.logins import set_active
from portal.messages.api import tell
from portal.plugin_api import SYSTEM, Actor

CLOSED, REOPENED = "accounts:closed", "accounts:reopened"  # the notices


class ClosingError(ValueError):
    """It cannot be closed or opened like that. `code` is "closed", "open", "reason", "end" or "last"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def open_closing(session: Session, person_id: int, *, lock: bool = False) -> Closing | None:
    """Why somebody cannot sign in now, if somebody decided that."""
    chosen = sa.select(Closing).where(Closing.person_id == person_id, Closing.ended_at.is_(None))
    if lock:
        chosen = chosen.with_for_update().execution_options(populate_existing=True)
    return session.scalar(chosen)


def close(
    session: Session, actor: Actor, login: Login, *, reason: str, ends_at: datetime | None = None
) -> Closing:
    """Close a login: whoever is signed in with it is out at once. Who may do it is for the caller to ask.

    Raises:
        ClosingError: it is closed already, there is no reason, its end is not to come, or nobody else could
            administer the college. After the last one the caller rolls back.
    """
    now = clock.now()
    if not login.active:
        raise ClosingError("closed")
    if not reason.strip():
        raise ClosingError("reason")
    if ends_at is not None and ends_at <= now:
        raise ClosingError("end")
    were_administrators = live_holders(session, ADMINISTRATOR, now)
    closing = Closing(
        person_id=login.person_id,
        by_id=actor.person_id,
        reason=reason.strip(),
        starts_at=now,
        ends_at=ends_at,
    )
    session.add(closing)
    set_active(session, actor, login, active=False, reason=closing.reason)
    about = {"closing": closing.id}
    tell(session, login.person_id, CLOSED, about, key=f"accounts:closed:{closing.id}")
    if were_administrators and not live_holders(session, ADMINISTRATOR, now):
        raise ClosingError("last")
    return closing


def reopen(session: Session, actor: Actor, login: Login, *, reason: str = "") -> None:
    """Let them sign in again.

    Raises:
        ClosingError: it is open.
    """
    if login.active:
        raise ClosingError("open")
    closing = open_closing(session, login.person_id, lock=True)
    if closing is not None:
        closing.ended_at, closing.ended_by_id = clock.now(), actor.person_id
        about = {"closing": closing.id}
        tell(session, login.person_id, REOPENED, about, key=f"accounts:reopened:{closing.id}")
    set_active(session, actor, login, active=True, reason=reason.strip())


def reopen_due(session: Session, at: datetime) -> int:
    """Open every login whose closing is over by then; how many."""
    due = session.scalars(
        sa.select(Closing.person_id).where(Closing.ended_at.is_(None), Closing.ends_at <= at)
    ).all()
    for person_id in due:
        login = login_of(session, person_id)
        if login is not None and not login.active:
            reopen(session, SYSTEM, login)
    return len(due)


def closings_over(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """The ids of closings that ended before then."""
    return sa.select(Closing.id).where(Closing.ended_at < before)


def forget_closings(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(Closing).where(Closing.id.in_(ids)))
