"""The second step of a login: its authenticator app, its recovery codes, how often either may be tried."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Authenticator, Login, RecoveryCode, SecondTry
from portal.accounts.services.logins import ShortPasswordError
from portal.accounts.services.sessions import hash_key
from portal.audit import api as audit
from portal.db import lock_rows
from portal.plugin_api import Actor
from portal.vault import seal, unseal

# (tries, within): whoever mistypes waits five minutes; a machine gets through 20 an hour.
LIMITS = ((5, timedelta(minutes=5)), (20, timedelta(hours=1)))
CODES = 10
# Without those that look like another. 16 of them are 79 bits: a fast hash is enough.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP = 4, 4


def wait_to_try(session: Session, login_id: int) -> timedelta | None:
    """Count a try and return None; or how long to wait, when there were too many.

    Commit it whatever comes of the try: that is what limits guessing. Tries wait for each other.
    """
    lock_rows(session, Login, [login_id])
    now = clock.now()
    seen = session.scalars(
        sa.select(SecondTry.at)
        .where(SecondTry.login_id == login_id)
        .order_by(SecondTry.at.desc())
        .limit(LIMITS[-1][0])
    ).all()
    waits = [_wait(seen, now, most, within) for most, within in LIMITS]
    longest = max(waits)
    if longest > timedelta(0):
        return longest
    session.add(SecondTry(login_id=login_id, at=now))
    session.flush()
    return None


def _wait(seen: Sequence[datetime], now: datetime, most: int, within: timedelta) -> timedelta:
    """Until the oldest of the last `most` tries is longer ago than `within`."""
    if len(seen) < most:
        return timedelta(0)
    return max(seen[most - 1] + within - now, timedelta(0))


def tried_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """The ids of tries before an instant: after an hour none counts any more."""
    return sa.select(SecondTry.id).where(SecondTry.at < before)


def forget_tries_by_id(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(SecondTry).where(SecondTry.id.in_(ids)))


def forget_tries(session: Session, login_id: int) -> None:
    """The owner has come through."""
    session.execute(sa.delete(SecondTry).where(SecondTry.login_id == login_id))


def seal_key(session: Session, login_id: int, key: str) -> bytes:
    """The key of an authenticator app as it may be kept, of this login alone."""
    return seal(session, Authenticator.secret, login_id, key)


def open_key(session: Session, login_id: int, sealed: bytes) -> str:
    """The key that was sealed.

    Raises:
        portal.vault.VaultError: it is another login's, or the college's keys are not here.
    """
    return unseal(session, Authenticator.secret, login_id, sealed)


def add_authenticator(
    session: Session, actor: Actor, login: Login, key: str, counter: int
) -> list[str]:
    """The login's authenticator app from now on, instead of an earlier one; returns new recovery codes."""
    _drop(session, login)
    sealed = seal_key(session, login.id, key)
    session.add(
        Authenticator(
            login_id=login.id, secret=sealed, last_counter=counter, created_at=clock.now()
        )
    )
    session.flush()
    _record(session, actor, login, "accounts:authenticator:add")
    return make_recovery_codes(session, actor, login)


def remove_authenticator(session: Session, actor: Actor, login: Login) -> None:
    """No second step from now on; the recovery codes go with it.

    Raises:
        ShortPasswordError: the password is too short to be alone. Set a longer one first, in the same unit.
    """
    lock_rows(session, Login, [login.id])
    if login.short_password:
        raise ShortPasswordError
    _drop(session, login)
    _record(session, actor, login, "accounts:authenticator:remove")


def _drop(session: Session, login: Login) -> None:
    for model in (Authenticator, RecoveryCode):
        session.execute(sa.delete(model).where(model.login_id == login.id))


def use_counter(session: Session, login_id: int, counter: int) -> bool:
    """Note which number was used. False when it, or a later one, was used meanwhile."""
    used = session.execute(
        sa.update(Authenticator)
        .where(Authenticator.login_id == login_id, Authenticator.last_counter < counter)
        .values(last_counter=counter)
        .returning(Authenticator.id)
    )
    return used.first() is not None


def make_recovery_codes(session: Session, actor: Actor, login: Login) -> list[str]:
    """New codes instead of all earlier ones. They are returned once, and kept as hashes."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.login_id == login.id))
    codes = [_new_code() for _ in range(CODES)]
    session.add_all(
        RecoveryCode(login_id=login.id, code_hash=_hash(login.id, code)) for code in codes
    )
    session.flush()
    _record(session, actor, login, "accounts:recovery:make")
    return codes


def use_recovery_code(session: Session, actor: Actor, login: Login, typed: str) -> bool:
    """True, once for each code, when it is one of the login's."""
    used = session.execute(
        sa.update(RecoveryCode)
        .where(
            RecoveryCode.login_id == login.id,
            RecoveryCode.code_hash == _hash(login.id, typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .returning(RecoveryCode.id)
    )
    if used.first() is None:
        return False
    _record(session, actor, login, "accounts:recovery:use")
    return True


def _new_code() -> str:
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join(groups)


def _hash(login_id: int, code: str) -> str:
    letters = "".join(letter for letter in code.lower() if letter.isalnum())
    return hash_key(f"{login_id}:{letters}")


def _record(session: Session, actor: Actor, login: Login, action: str) -> None:
    audit.record(session, actor, action, ("person", login.person_id))
