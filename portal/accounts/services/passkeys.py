"""Passkeys of a login: added, used, renamed, removed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import LONGEST_KEY_NAME, Login, Passkey
from portal.audit import api as audit
from portal.plugin_api import Actor

MOST_PASSKEYS = 20  # of one login


class TooManyPasskeysError(Exception):
    """The login has as many as it can have, or this one is known already."""


def add_passkey(
    session: Session,
    actor: Actor,
    login: Login,
    *,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    name: str,
) -> Passkey:
    """A new passkey of the login, flushed.

    Raises:
        TooManyPasskeysError: there is no room, or somebody has this one.
    """
    count = sa.select(sa.func.count(Passkey.id)).where(Passkey.login_id == login.id)
    known = sa.select(Passkey.id).where(Passkey.credential_id == credential_id)
    if (session.scalar(count) or 0) >= MOST_PASSKEYS or session.scalar(known) is not None:
        raise TooManyPasskeysError
    passkey = Passkey(
        login_id=login.id,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
        name=name[:LONGEST_KEY_NAME],
        created_at=clock.now(),
    )
    session.add(passkey)
    session.flush()
    _record(session, actor, "add", login, passkey.id)
    return passkey


def note_use(session: Session, passkey_id: int, sign_count: int) -> int | None:
    """Note that a passkey was used; the id of its login, or None when it was removed meanwhile."""
    return session.scalar(
        sa.update(Passkey)
        .where(Passkey.id == passkey_id)
        .values(sign_count=sign_count, used_at=clock.now())
        .returning(Passkey.login_id)
    )


def rename_passkey(
    session: Session, actor: Actor, login: Login, passkey: Passkey, name: str
) -> None:
    """What its owner calls it."""
    passkey.name = name[:LONGEST_KEY_NAME]
    session.flush()
    _record(session, actor, "rename", login, passkey.id)


def remove_passkey(session: Session, actor: Actor, login: Login, passkey: Passkey) -> None:
    """It signs nobody in any more. Sessions that it began go on."""
    _record(session, actor, "remove", login, passkey.id)
    session.delete(passkey)
    session.flush()


def _record(session: Session, actor: Actor, verb: str, login: Login, passkey_id: int) -> None:
    subject = ("person", login.person_id)
    audit.record(
        session, actor, f"accounts:passkey:{verb}", subject, details={"passkey": passkey_id}
    )
