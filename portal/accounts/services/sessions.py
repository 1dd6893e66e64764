"""Sessions of signed-in people: opened, seen, ended. A key is handed out once and kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import EndReason, Login, LoginSession, SignedInBy
from portal.audit import api as audit
from portal.plugin_api import Actor, publish
from portal.plugin_api.events import SignedOutEverywhere

KEY_BYTES = 32  # 256 bits: guessing one is out of the question, so a fast hash is enough
SEEN_EVERY = timedelta(minutes=1)


def hash_key(key: str) -> str:
    """What is stored of a session's key."""
    return hashlib.sha256(key.encode()).hexdigest()


def open_session(
    session: Session,
    login_id: int,
    *,
    device: str = "",
    how: SignedInBy = SignedInBy.PASSWORD,
    strong: bool = False,
) -> str:
    """A new session of the login; returns its key, which is not kept.

    `strong` says that it was begun with two proofs.
    """
    key = secrets.token_urlsafe(KEY_BYTES)
    now = clock.now()
    session.add(
        LoginSession(
            login_id=login_id,
            token_hash=hash_key(key),
            device=device[:60],
            how=how,
            strong=strong,
            created_at=now,
            seen_at=now,
            proved_at=now,
        )
    )
    session.flush()
    return key


def renew_session(session: Session, session_id: int, *, strong: bool) -> str | None:
    """A new key for a session whose owner has shown again that it is them; the old one is void.

    None when the session is over. A session that was begun with two proofs stays so.
    """
    key = secrets.token_urlsafe(KEY_BYTES)
    values: dict[str, object] = {"token_hash": hash_key(key), "proved_at": clock.now()}
    if strong:
        values["strong"] = True
    renewed = session.execute(
        sa.update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.ended_at.is_(None))
        .values(values)
        .returning(LoginSession.id)
    )
    return key if renewed.first() is not None else None


def record_proof(session: Session, actor: Actor, by: str) -> None:
    """Record that the actor has shown again that it is them, and by what; not what they typed."""
    subject = ("person", actor.person_id or 0)
    audit.record(session, actor, "accounts:session:prove", subject, details={"by": str(by)})


def end_session_by_key(session: Session, key: str, why: EndReason) -> None:
    """End the session of that key; nothing happens when it is unknown or over."""
    session.execute(
        sa.update(LoginSession)
        .where(LoginSession.token_hash == hash_key(key), LoginSession.ended_at.is_(None))
        .values(ended_at=clock.now(), ended_why=why)
    )


def end_session(session: Session, login_id: int, session_id: int) -> bool:
    """End one of the login's own sessions from elsewhere. False when it is not theirs, or over."""
    ended = session.execute(
        sa.update(LoginSession)
        .where(
            LoginSession.id == session_id,
            LoginSession.login_id == login_id,
            LoginSession.ended_at.is_(None),
        )
        .values(ended_at=clock.now(), ended_why=EndReason.ELSEWHERE)
        .returning(LoginSession.id)
    )
    return ended.first() is not None


def end_all_sessions(
    session: Session, login_id: int, why: EndReason, *, keep: int | None = None
) -> int:
    """End every session of a login but `keep`; returns how many. Other rooms hear of it, and end what opens
    without signing in.
    """
    owner = session.scalar(sa.select(Login.person_id).where(Login.id == login_id))
    if owner is not None:
        publish(session, SignedOutEverywhere(person_id=owner))
    statement = (
        sa.update(LoginSession)
        .where(LoginSession.login_id == login_id, LoginSession.ended_at.is_(None))
        .values(ended_at=clock.now(), ended_why=why)
        .returning(LoginSession.id)
    )
    if keep is not None:
        statement = statement.where(LoginSession.id != keep)
    return len(session.execute(statement).all())


def end_own_sessions(
    session: Session, actor: Actor, login_id: int, *, keep: int | None = None
) -> None:
    """End the actor's own sessions on every device but `keep`, and record that it was done."""
    ended = end_all_sessions(session, login_id, EndReason.ELSEWHERE, keep=keep)
    audit.record(
        session,
        actor,
        "accounts:sessions:end",
        ("person", actor.person_id or 0),
        details={"ended": ended, "here_too": keep is None},
    )


def touch_session(session: Session, session_id: int, at: datetime) -> None:
    """Note that the session was in use, unless that was noted within the last minute."""
    session.execute(
        sa.update(LoginSession)
        .where(
            LoginSession.id == session_id,
            LoginSession.ended_at.is_(None),
            LoginSession.seen_at <= at - SEEN_EVERY,
        )
        .values(seen_at=at)
    )


def not_used_since(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """The ids of sessions last seen before an instant."""
    return sa.select(LoginSession.id).where(LoginSession.seen_at < before)


def forget_sessions(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(LoginSession).where(LoginSession.id.in_(ids)))
