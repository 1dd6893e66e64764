"""Helping somebody in again who has lost everything: begun by one person, confirmed by another, used once.

The code goes from mouth to ear, or on paper: the mailbox may be lost too. Whoever uses it chooses a new
password; what was lost signs nobody in any more.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import (
    Authenticator,
    Checked,
    HelpRequest,
    Login,
    Passkey,
    RecoveryCode,
)
from portal.accounts.queries import is_open
from portal.accounts.services.logins import set_password
from portal.accounts.services.second_step import LETTERS
from portal.accounts.services.sessions import KEY_BYTES, hash_key
from portal.audit import api as audit
from portal.db import lock_rows
from portal.plugin_api import Actor

GROUPS, GROUP = 3, 4  # 59 bits, for one day


class HelpError(Exception):
    """Nothing was changed. `code` is "open" (somebody is being helped already) or "gone"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def begin_help(
    session: Session, actor: Actor, login: Login, *, checked: Checked, note: str
) -> tuple[HelpRequest, str]:
    """A request that waits for a second person, and the secret of the link with which its person stops it.

    Raises:
        HelpError: "open".
    """
    lock_rows(session, Login, [login.id])
    now = clock.now()
    there = sa.select(HelpRequest.id).where(HelpRequest.login_id == login.id, *is_open(now))
    if session.scalar(there.limit(1)) is not None:
        raise HelpError("open")
    stop = secrets.token_urlsafe(KEY_BYTES)
    request = HelpRequest(
        login_id=login.id,
        begun_by_id=actor.person_id,
        begun_at=now,
        checked=checked,
        note=note,
        stop_hash=hash_key(stop),
    )
    session.add(request)
    session.flush()
    _record(session, actor, login, request, "begin", checked=checked.value)
    return request, stop


def confirm_help(session: Session, actor: Actor, request_id: int) -> str:
    """The code to read out or to print, which is not kept. Who may confirm is for the caller to ask.

    Raises:
        HelpError: "gone": stopped, or confirmed by somebody else meanwhile.
    """
    request = _locked(session, request_id)
    if request.confirmed_at is not None:
        raise HelpError("gone")
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
    code = "-".join(groups)
    request.confirmed_by_id, request.confirmed_at = actor.person_id, clock.now()
    request.code_hash = hash_help_code(code)
    session.flush()
    _record(session, actor, session.get_one(Login, request.login_id), request, "confirm")
    return code


def stop_help(session: Session, actor: Actor, request_id: int) -> None:
    """End a request: its code, if there is one, opens nothing.

    Raises:
        HelpError: "gone".
    """
    request = _locked(session, request_id)
    request.ended_at = clock.now()
    session.flush()
    _record(session, actor, session.get_one(Login, request.login_id), request, "stop")


def end_help(session: Session, actor: Actor, person_id: int) -> None:
    """End what is open for a person whose record has come to open more: who may confirm it has changed."""
    open_now = (
        sa.select(HelpRequest.id)
        .join(Login, Login.id == HelpRequest.login_id)
        .where(Login.person_id == person_id, *is_open(clock.now()))
        .order_by(HelpRequest.id)
    )
    for request_id in session.scalars(open_now).all():
        stop_help(session, actor, request_id)


def use_help(session: Session, request_id: int, password_hash: str) -> Login:
    """A new password for the login; its sessions end, and what was lost signs nobody in any more.

    Raises:
        HelpError: "gone".
    """
    request = _locked(session, request_id)
    (login,) = lock_rows(session, Login, [request.login_id])
    request.ended_at = clock.now()
    for model in (Passkey, Authenticator, RecoveryCode):
        session.execute(sa.delete(model).where(model.login_id == login.id))
    actor = Actor(login.person_id)
    _record(session, actor, login, request, "use")
    set_password(session, actor, login, password_hash)
    return login


def hash_help_code(code: str) -> str:
    """What is kept of a code, however it was typed."""
    letters = "".join(letter for letter in code.lower() if letter.isalnum())
    return hash_key(f"help:{letters}")


def _locked(session: Session, request_id: int) -> HelpRequest:
    """The request, when it is open and nobody else is at it.

    Raises:
        HelpError: "gone".
    """
    lock_rows(session, HelpRequest, [request_id])
    request = session.scalar(
        sa.select(HelpRequest).where(HelpRequest.id == request_id, *is_open(clock.now()))
    )
    if request is None:
        raise HelpError("gone")
    return request


def _record(
    session: Session, actor: Actor, login: Login, request: HelpRequest, verb: str, **more: object
) -> None:
    audit.record(
        session,
        actor,
        f"accounts:help:{verb}",
        ("person", login.person_id),
        details={"request": request.id, **more},
    )
