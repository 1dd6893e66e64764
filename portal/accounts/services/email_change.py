"""Another address to sign in with: asked for, confirmed from there, stopped from the old one, done later.

Whoever gets hold of somebody's open session could otherwise take the account away with it. So the old address
is told at once, and has `EMAIL_CHANGE_WAITS` to stop it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import (
    ContactRoute,
    EmailChange,
    EndReason,
    Login,
    LoginCode,
    RouteKind,
)
from portal.accounts.queries import EMAIL_CHANGE_WAITS, login_by_email
from portal.accounts.services.logins import new_uniquifier
from portal.accounts.services.sessions import KEY_BYTES, end_all_sessions, hash_key
from portal.audit import api as audit
from portal.db import lock_rows
from portal.plugin_api import SYSTEM, Actor

GIVEN_UP_AFTER = timedelta(days=14)  # without being confirmed


@dataclass(frozen=True, slots=True)
class AskedChange:
    """The two links' secrets, handed out once."""

    confirm: str
    stop: str


@dataclass(frozen=True, slots=True)
class DoneChange:
    """A change that has happened."""

    login_id: int
    old_email: str


def ask_change(session: Session, actor: Actor, login: Login, new_email: str) -> AskedChange:
    """Begin to wait, instead of an earlier wish. `new_email` is normalised; it may be somebody else's."""
    session.execute(sa.delete(EmailChange).where(EmailChange.login_id == login.id))
    asked = AskedChange(secrets.token_urlsafe(KEY_BYTES), secrets.token_urlsafe(KEY_BYTES))
    session.add(
        EmailChange(
            login_id=login.id,
            new_email=new_email,
            confirm_hash=hash_key(asked.confirm),
            stop_hash=hash_key(asked.stop),
            asked_at=clock.now(),
        )
    )
    session.flush()
    _record(session, actor, login, "ask")
    return asked


def confirm_change(session: Session, change: EmailChange) -> None:
    """The new address is its owner's."""
    if change.confirmed_at is None:
        change.confirmed_at = clock.now()
        session.flush()


def stop_change(session: Session, actor: Actor, login: Login, change: EmailChange) -> None:
    """The address stays."""
    session.delete(change)
    session.flush()
    _record(session, actor, login, "stop")


def stop_from_old_address(session: Session, login: Login, change: EmailChange) -> None:
    """The address stays, and every session ends: somebody else may have begun it."""
    stop_change(session, Actor(login.person_id), login, change)
    end_all_sessions(session, login.id, EndReason.ELSEWHERE)


def finish_changes(session: Session) -> list[DoneChange]:
    """Do what has waited long enough and was confirmed; forget what never was."""
    now = clock.now()
    session.execute(
        sa.delete(EmailChange).where(
            EmailChange.confirmed_at.is_(None), EmailChange.asked_at <= now - GIVEN_UP_AFTER
        )
    )
    due = session.scalars(
        sa.select(EmailChange)
        .where(
            EmailChange.confirmed_at.is_not(None),
            EmailChange.asked_at <= now - EMAIL_CHANGE_WAITS,
        )
        .order_by(EmailChange.login_id)
    ).all()
    return [done for change in due if (done := _finish(session, change, now)) is not None]


def _finish(session: Session, change: EmailChange, now: datetime) -> DoneChange | None:
    (login,) = lock_rows(session, Login, [change.login_id])
    old, new = login.email, change.new_email
    session.delete(change)
    session.flush()
    if login_by_email(session, new) is not None:  # somebody else's by now
        _record(session, SYSTEM, login, "lost")
        return None
    login.email = new
    # Links that lie in the old mailbox, and codes on their way to it, are worth nothing from now on.
    login.fs_uniquifier = new_uniquifier()
    session.execute(
        sa.update(LoginCode)
        .where(LoginCode.login_id == login.id, LoginCode.used_at.is_(None))
        .values(used_at=now)
    )
    _move_route(session, login.person_id, old, new)
    session.flush()
    _record(session, SYSTEM, login, "done")
    return DoneChange(login.id, old)


def _move_route(session: Session, person_id: int, old: str, new: str) -> None:
    """What they agreed to for the old address holds for the new one, unless they have that already."""
    ours = (ContactRoute.person_id == person_id, ContactRoute.kind == RouteKind.EMAIL)
    there = session.scalar(sa.select(ContactRoute.id).where(*ours, ContactRoute.value == new))
    if there is None:
        session.execute(
            sa.update(ContactRoute)
            .where(*ours, ContactRoute.value == old)
            .values(value=new, version=ContactRoute.version + 1)
        )


def _record(session: Session, actor: Actor, login: Login, what: str) -> None:
    audit.record(session, actor, f"accounts:email_change:{what}", ("person", login.person_id))
