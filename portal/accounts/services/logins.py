"""Logins: their address, password, confirmation, and whether they may be used."""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import (
    LONGEST_EMAIL,
    Authenticator,
    EmailChange,
    EndReason,
    HelpRequest,
    Login,
    LoginCode,
    LoginSession,
    Passkey,
    Person,
    RecoveryCode,
    RouteKind,
    SecondTry,
)
from portal.accounts.queries import authenticator_of, email_change_of
from portal.accounts.services.people import create_person
from portal.accounts.services.routes import RouteInput, add_route, agreed
from portal.accounts.services.sessions import end_all_sessions
from portal.audit import api as audit
from portal.plugin_api import ANONYMOUS, Actor


def normalise_email(email: str) -> str:
    """The one spelling an address is kept and looked up in.

    All lower case, although the part before the @ may in theory tell case apart: in practice two
    people never share an address but for its case, and phones like to begin with a capital.

    Raises:
        ValueError: it is not an e-mail address.
    """
    from email_validator import validate_email

    email = email.strip()
    if len(email) > LONGEST_EMAIL:  # before it is looked at: that of a long text takes seconds
        raise ValueError(f"an address has at most {LONGEST_EMAIL} letters")
    return validate_email(email, check_deliverability=False).normalized.lower()


# Tables whose rows hang on a login.
ON_LOGIN: tuple[Any, ...] = (
    LoginSession,
    LoginCode,
    Passkey,
    Authenticator,
    RecoveryCode,
    SecondTry,
    EmailChange,
    HelpRequest,
)


def new_uniquifier() -> str:
    """A new name for a login: links that carry the old one stop working."""
    return secrets.token_hex(32)


def create_login(
    session: Session,
    actor: Actor,
    person: Person,
    *,
    email: str,
    password_hash: str | None,
    confirmed: bool = False,
) -> Login:
    """A login for a person who has none, with the address as a contact route.

    `password_hash` comes from `passwords.hash_password`; demo people may share one, which takes a
    few milliseconds instead of a hash for each.

    Raises:
        ValueError: it is not an e-mail address.
        sqlalchemy.exc.IntegrityError: the person has a login, or the address is taken.
    """
    address = normalise_email(email)
    login = Login(
        person=person,
        email=address,
        password=password_hash,
        fs_uniquifier=new_uniquifier(),
        confirmed_at=clock.now() if confirmed else None,
        active=True,
        created_at=clock.now(),
    )
    session.add(login)
    session.flush()
    add_route(session, actor, person.id, RouteInput(RouteKind.EMAIL, address, consent=agreed()))
    audit.record(session, actor, "accounts:login:create", ("person", person.id))
    return login


def register(session: Session, *, name: str, email: str, password_hash: str) -> Login:
    """A person and their unconfirmed login, made by themselves."""
    person = create_person(session, ANONYMOUS, name=name)
    actor = Actor(person_id=person.id, name=person.name)
    return create_login(session, actor, person, email=email, password_hash=password_hash)


def confirm_login(session: Session, login: Login) -> bool:
    """Mark the address as its owner's. False when it was marked before."""
    if login.confirmed_at is not None:
        return False
    login.confirmed_at = clock.now()
    session.flush()
    audit.record(
        session, Actor(login.person_id), "accounts:login:confirm", ("person", login.person_id)
    )
    return True


class ShortPasswordError(Exception):
    """The password is too short to be the only proof, and there would be no other. Nothing was changed."""


def set_password(
    session: Session, actor: Actor, login: Login, password_hash: str, *, short: bool = False
) -> bool:
    """A new password. Every session ends and every link that was sent before stops working.

    A reset through a link also proves that the address is its owner's, so it confirms it. `short` says that
    the password will do only beside an authenticator app.

    Returns whether a change of the address was waiting: whoever chooses a new password may do so because
    somebody else began it, so it is stopped.

    Raises:
        ShortPasswordError: it is short, and there is no app.
    """
    if short and authenticator_of(session, login.id) is None:
        raise ShortPasswordError
    login.password, login.short_password = password_hash, short
    login.fs_uniquifier = new_uniquifier()
    if login.confirmed_at is None:
        login.confirmed_at = clock.now()
    end_all_sessions(session, login.id, EndReason.PASSWORD)
    session.flush()
    audit.record(session, actor, "accounts:login:password", ("person", login.person_id))
    return _stop_email_change(session, actor, login)


def _stop_email_change(session: Session, actor: Actor, login: Login) -> bool:
    change = email_change_of(session, login.id)
    if change is None:
        return False
    session.delete(change)
    session.flush()
    audit.record(session, actor, "accounts:email_change:stop", ("person", login.person_id))
    return True


def forget_login(session: Session, login: Login) -> None:
    """Delete a way to sign in, and first what hangs on it: whoever is signed in with it is out."""
    for model in ON_LOGIN:
        session.execute(sa.delete(model).where(model.login_id == login.id))
    session.delete(login)
    session.flush()


def set_active(session: Session, actor: Actor, login: Login, active: bool, reason: str) -> None:
    """Open or close a login. Closing it ends every session at once; the person's record stays."""
    if login.active == active:
        return
    login.active = active
    if not active:
        end_all_sessions(session, login.id, EndReason.DISABLED)
        login.fs_uniquifier = new_uniquifier()
    session.flush()
    action = "accounts:login:enable" if active else "accounts:login:disable"
    audit.record(session, actor, action, ("person", login.person_id), reason=reason)
