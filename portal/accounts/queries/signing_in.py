"""Reads of sessions, and of what people sign in with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from portal import clock
from portal.accounts.models import (
    Authenticator,
    ContactRoute,
    EmailChange,
    Login,
    LoginCode,
    LoginSession,
    Passkey,
    Person,
    RecoveryCode,
    RoleGrant,
    RouteKind,
)
from portal.accounts.queries.people import holds_at
from portal.db import UTCDateTime

CODE_WORKS_FOR = timedelta(minutes=10)  # a code or a link that was e-mailed
EMAIL_CHANGE_WAITS = timedelta(hours=72)  # before another address takes over
CODE_PURPOSE = "accounts:code"  # of the message that brings it


@dataclass(frozen=True, slots=True)
class LiveSession:
    """An open session and whose it is, as one query finds them."""

    id: int
    created_at: datetime
    seen_at: datetime
    proved_at: datetime
    strong: bool
    login_id: int
    person_id: int
    name: str
    grants: tuple[tuple[str, str], ...]  # (role, scope) of every grant that holds now


def _session_by_hash() -> sa.Select[Any]:
    # Of tables, not of models: the same statement, without the ORM's part in running it.
    session, login, person, grant = (
        model.__table__.c for model in (LoginSession, Login, Person, RoleGrant)
    )
    at = sa.bindparam("at", type_=UTCDateTime())
    return (
        sa.select(
            session.id,
            session.created_at,
            session.seen_at,
            session.proved_at,
            session.strong,
            session.login_id,
            login.person_id,
            person.name,
            grant.role,
            grant.scope,
        )
        .join_from(LoginSession.__table__, Login.__table__, login.id == session.login_id)
        .join(Person.__table__, person.id == login.person_id)
        .outerjoin(
            RoleGrant.__table__,
            sa.and_(grant.person_id == person.id, *holds_at(at, grant)),
        )
        .where(
            session.token_hash == sa.bindparam("token_hash"),
            session.ended_at.is_(None),
            login.active,
            login.confirmed_at.is_not(None),
        )
    )


# Asked on every click of everybody who is signed in, so it is one statement, put together once.
_SESSION_BY_HASH = _session_by_hash()


def session_by_hash(session: Session, token_hash: str, at: datetime) -> LiveSession | None:
    """The session of that key that nobody has ended, when its login may still sign in, and its grants.

    Its time limits are the caller's to judge: they depend on the roles.
    """
    rows = session.execute(_SESSION_BY_HASH, {"token_hash": token_hash, "at": at}).all()
    if not rows:
        return None
    found = rows[0]
    return LiveSession(
        id=found.id,
        created_at=found.created_at,
        seen_at=found.seen_at,
        proved_at=found.proved_at,
        strong=found.strong,
        login_id=found.login_id,
        person_id=found.person_id,
        name=found.name,
        grants=tuple((row.role, row.scope) for row in rows if row.role is not None),
    )


def person_of_session(session: Session, token_hash: str) -> int | None:
    """Whose session that key opened, though it may be over; None when nothing is known of it any more."""
    return session.scalar(
        sa.select(Login.person_id)
        .join(LoginSession, LoginSession.login_id == Login.id)
        .where(LoginSession.token_hash == token_hash)
    )


def code_by_link(session: Session, link_hash: str) -> LoginCode | None:
    """The code whose link this is, when it has been neither used nor become too old."""
    return session.scalar(
        sa.select(LoginCode).where(
            LoginCode.link_hash == link_hash,
            LoginCode.used_at.is_(None),
            LoginCode.login_id.is_not(None),
            LoginCode.created_at > clock.now() - CODE_WORKS_FOR,
        )
    )


def passkeys_of(session: Session, login_id: int) -> Sequence[Passkey]:
    """A login's passkeys, oldest first."""
    return session.scalars(
        sa.select(Passkey).where(Passkey.login_id == login_id).order_by(Passkey.id)
    ).all()


def passkey_of(session: Session, login_id: int, passkey_id: int) -> Passkey | None:
    """One passkey, when it is this login's."""
    return session.scalar(
        sa.select(Passkey).where(Passkey.id == passkey_id, Passkey.login_id == login_id)
    )


def passkey_by_credential(session: Session, credential_id: bytes) -> Passkey | None:
    """The passkey that a device calls by this name, whoever's it is."""
    return session.scalar(sa.select(Passkey).where(Passkey.credential_id == credential_id))


def authenticator_of(session: Session, login_id: int) -> Authenticator | None:
    """The login's authenticator app, if it has one."""
    return session.scalar(sa.select(Authenticator).where(Authenticator.login_id == login_id))


def count_recovery_codes(session: Session, login_id: int) -> int:
    """How many of the login's recovery codes have not been used."""
    unused = sa.select(sa.func.count(RecoveryCode.id)).where(
        RecoveryCode.login_id == login_id, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(unused) or 0


def login_by_uniquifier(session: Session, uniquifier: str) -> Login | None:
    """The login that goes by this name until its password changes."""
    return session.scalar(
        sa.select(Login).where(Login.fs_uniquifier == uniquifier).options(joinedload(Login.person))
    )


def email_change_of(session: Session, login_id: int) -> EmailChange | None:
    """The other address that this login waits for, if it does."""
    return session.scalar(sa.select(EmailChange).where(EmailChange.login_id == login_id))


def email_change_by_link(
    session: Session, *, confirm_hash: str = "", stop_hash: str = ""
) -> EmailChange | None:
    """The change whose link this is, as long as it waits."""
    which = (
        EmailChange.confirm_hash == confirm_hash
        if confirm_hash
        else EmailChange.stop_hash == stop_hash
    )
    return session.scalar(sa.select(EmailChange).where(which))


def open_sessions(
    session: Session, login_id: int, *, seen_after: datetime, begun_after: datetime
) -> Sequence[LoginSession]:
    """Sessions that nobody ended and that no limit has ended by itself, latest first."""
    return session.scalars(
        sa.select(LoginSession)
        .where(
            LoginSession.login_id == login_id,
            LoginSession.ended_at.is_(None),
            LoginSession.seen_at > seen_after,
            LoginSession.created_at > begun_after,
        )
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
    ).all()


def may_send(session: Session, person_id: int, address: str, purpose: str) -> bool:
    """Whether a queued message may still go to that address: asked when it is about to leave.

    Messages about the login itself (`accounts:…`) go to the login's own address; all others need
    the person's consent to be written to there.
    """
    if purpose == CODE_PURPOSE:  # late, it would only confuse: the person has asked again
        found = (
            sa.select(Login.id)
            .join(LoginCode, LoginCode.login_id == Login.id)
            .where(
                Login.person_id == person_id,
                Login.email == address,
                LoginCode.used_at.is_(None),
                LoginCode.created_at > clock.now() - CODE_WORKS_FOR,
            )
        )
    elif purpose.startswith("accounts:"):
        found = sa.select(Login.id).where(Login.person_id == person_id, Login.email == address)
    else:
        found = sa.select(ContactRoute.id).where(
            ContactRoute.person_id == person_id,
            ContactRoute.kind == RouteKind.EMAIL,
            ContactRoute.value == address,
            ContactRoute.consent_at.is_not(None),
        )
    return session.scalar(found.limit(1)) is not None
