"""How rows of this room follow when two records of one person become one: more than moving them."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Closing, ContactRoute, HelpRequest, Login, MergeRequest
from portal.accounts.queries import login_of
from portal.accounts.services.logins import forget_login
from portal.accounts.services.merge_requests import forget_requests_about
from portal.plugin_api import moved

NEVER = datetime.max.replace(tzinfo=UTC)


def merge_login(session: Session, kept_id: int, gone_id: int) -> None:
    """Somebody signs in in one way. Which of two stays was chosen before; here the kept record's does."""
    gone = login_of(session, gone_id)
    if gone is not None and login_of(session, kept_id) is not None:
        forget_login(session, gone)
    moved(Login.person_id)(session, kept_id, gone_id)


def merge_help(session: Session, kept_id: int, gone_id: int) -> None:
    """Who helped whom. Where the two who helped turn out to be one, who confirmed it is left open."""
    both = (kept_id, gone_id)
    session.execute(
        sa.update(HelpRequest)
        .where(HelpRequest.begun_by_id.in_(both), HelpRequest.confirmed_by_id.in_(both))
        .values(confirmed_by_id=None)
    )
    moved(HelpRequest.begun_by_id, HelpRequest.confirmed_by_id)(session, kept_id, gone_id)


def merge_requests(session: Session, kept_id: int, gone_id: int) -> None:
    """What was asked of either record is asked anew, if at all; what either asked for stays theirs."""
    forget_requests_about(session, (kept_id, gone_id))
    moved(MergeRequest.begun_by_id)(session, kept_id, gone_id)


def merge_routes(session: Session, kept_id: int, gone_id: int) -> None:
    """Every way to reach them, each once; what the kept record prefers and agreed to stands."""
    prefers = sa.exists().where(ContactRoute.person_id == kept_id, ContactRoute.preferred)
    if session.scalar(sa.select(prefers)):
        session.execute(
            sa.update(ContactRoute).where(ContactRoute.person_id == gone_id).values(preferred=False)
        )
    once = (ContactRoute.kind, ContactRoute.value)
    moved(ContactRoute.person_id, once=once)(session, kept_id, gone_id)


def merge_closings(session: Session, kept_id: int, gone_id: int) -> None:
    """Of two that hold, the one that ends later stays open: no end is later than any day."""
    rows = session.scalars(
        sa.select(Closing).where(
            Closing.person_id.in_((kept_id, gone_id)), Closing.ended_at.is_(None)
        )
    ).all()
    for shorter in sorted(rows, key=lambda one: one.ends_at or NEVER)[:-1]:
        shorter.ended_at = clock.now()
    session.flush()
    moved(Closing.person_id, Closing.by_id, Closing.ended_by_id)(session, kept_id, gone_id)
