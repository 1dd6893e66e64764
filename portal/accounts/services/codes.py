"""Codes and links to sign in with, sent by e-mail: asked for, tried, used once.

Both are worth nothing without the 256 random bits that the asking browser holds: whoever gets to see the
message cannot use it elsewhere, and whoever reads the table cannot try the few codes there are.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import LoginCode
from portal.accounts.queries import CODE_WORKS_FOR
from portal.accounts.services.sessions import KEY_BYTES, hash_key

DIGITS = 8
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class AskedCode:
    """What is handed out once: the browser keeps its key, the message takes the code and the link."""

    id: int
    browser_key: str
    code: str  # digits
    link: str


def make_code(session: Session) -> AskedCode:
    """A code that is nobody's yet: `give_code` says whose it is, once it is on its way."""
    key, link = secrets.token_urlsafe(KEY_BYTES), secrets.token_urlsafe(KEY_BYTES)
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    row = LoginCode(
        browser_hash=hash_key(key),
        code_hash=_hash_code(key, code),
        link_hash=hash_key(link),
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return AskedCode(row.id, key, code, link)


def give_code(session: Session, code_id: int, login_id: int | None) -> None:
    """Make the code open this login; None leaves it opening nothing, for the same work."""
    session.execute(sa.update(LoginCode).where(LoginCode.id == code_id).values(login_id=login_id))


def count_try(session: Session, browser_key: str) -> bool:
    """Note that a code is being tried in this browser; False when no more may be.

    Commit it whatever comes of the try: that is what limits guessing.
    """
    counted = session.execute(
        sa.update(LoginCode)
        .where(
            LoginCode.browser_hash == hash_key(browser_key),
            LoginCode.tries < MOST_TRIES,
            *_open(clock.now()),
        )
        .values(tries=LoginCode.tries + 1)
        .returning(LoginCode.id)
    )
    return counted.first() is not None


def use_code(session: Session, browser_key: str, code: str) -> int | None:
    """The id of the login that the code opens, once; None when it opens nothing here and now."""
    return _use(session, browser_key, LoginCode.code_hash == _hash_code(browser_key, code))


def use_link(session: Session, browser_key: str, link: str) -> int | None:
    """The id of the login that the link opens, once, in the browser where it was asked for; or None."""
    return _use(session, browser_key, LoginCode.link_hash == hash_key(link))


def _use(session: Session, browser_key: str, proof: sa.ColumnElement[bool]) -> int | None:
    now = clock.now()
    return session.scalar(
        sa.update(LoginCode)
        .where(
            LoginCode.browser_hash == hash_key(browser_key),
            proof,
            LoginCode.login_id.is_not(None),
            *_open(now),
        )
        .values(used_at=now)
        .returning(LoginCode.login_id)
    )


def _open(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (LoginCode.used_at.is_(None), LoginCode.created_at > now - CODE_WORKS_FOR)


def _hash_code(browser_key: str, code: str) -> str:
    return hash_key(f"{browser_key}:{code}")


def asked_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """The ids of codes that were asked for before an instant."""
    return sa.select(LoginCode.id).where(LoginCode.created_at < before)


def forget_codes(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(LoginCode).where(LoginCode.id.in_(ids)))
