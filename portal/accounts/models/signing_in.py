"""How some of the people sign in, and where they are signed in. A key or a code is kept as a hash alone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from flask_security import RoleMixin, UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models.people import Person
from portal.db import Base, choice
from portal.vault import sealed_by

LONGEST_EMAIL = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets
LONGEST_KEY_NAME = 60


class EndReason(StrEnum):
    """Why a session of a signed-in person is over."""

    SIGNED_OUT = "signed_out"
    ELSEWHERE = "elsewhere"  # ended by its owner from another device
    REPLACED = "replaced"  # the same browser signed in again
    PASSWORD = "password"  # noqa: S105 - the password was changed or reset
    DISABLED = "disabled"


class SignedInBy(StrEnum):
    """What somebody showed when they signed in."""

    PASSWORD = "password"  # noqa: S105 - a word, not one
    EMAIL = "email"  # a code or a link that was sent there
    PASSKEY = "passkey"
    HELPED = "helped"  # a code that two people of the college gave them


class Login(UserMixin, Base):
    """How a person signs in: Flask-Security's user. One per person, one per e-mail address."""

    __tablename__ = "login"
    __table_args__ = (sa.CheckConstraint("email = lower(email)", name="email_lower"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    email: Mapped[str] = mapped_column(sa.String(LONGEST_EMAIL), unique=True)
    password: Mapped[str | None] = mapped_column(
        sa.String(255)
    )  # Argon2id; none with passkeys alone
    # Changes with the password: links that were sent before it stop working.
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)
    # Too short to be the only proof: taken beside an authenticator app, which cannot go before it.
    short_password: Mapped[bool] = mapped_column(default=False)
    confirmed_at: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    person: Mapped[Person] = relationship()

    @property
    def roles(self) -> list[RoleMixin]:  # type: ignore[override]  # theirs may be written to
        """Always empty: Flask-Security asks, but rights come from `RoleGrant`, read on every request."""
        return []


class LoginSession(Base):
    """One browser where somebody signed in. Only a hash of its key is kept."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    login_id: Mapped[int] = mapped_column(sa.ForeignKey("login.id"), index=True)
    token_hash: Mapped[str] = mapped_column(
        sa.String(64), unique=True
    )  # SHA-256 of 256 random bits
    device: Mapped[str] = mapped_column(sa.String(60), default="")  # "Firefox · Android"
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]  # at most a minute behind
    how: Mapped[SignedInBy] = mapped_column(choice(SignedInBy, "how"))
    # With two proofs, or with one that is two: a passkey that asks for a finger, a face or a number.
    strong: Mapped[bool] = mapped_column(default=False)
    proved_at: Mapped[datetime]  # when its owner last showed that it is them
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[EndReason | None] = mapped_column(choice(EndReason, "ended_why"))


class LoginCode(Base):
    """A code and a link to sign in with, sent by e-mail. Of neither is more than a hash kept.

    Without a login nothing was sent: the address is nobody's, or was written to enough for now. The row is
    there all the same, so that asking costs the same.
    """

    __tablename__ = "login_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    login_id: Mapped[int | None] = mapped_column(sa.ForeignKey("login.id"), index=True)
    # The browser that asked holds 256 random bits: the code is worth nothing without them.
    browser_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    link_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A key pair in somebody's phone, computer or security key; we hold the public half."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    login_id: Mapped[int] = mapped_column(sa.ForeignKey("login.id"), index=True)
    # WebAuthn level 3, section 4: at most 1,023 bytes, chosen by the device.
    credential_id: Mapped[bytes] = mapped_column(sa.LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    # Some devices count their uses: a count that does not grow is a copy. Others say 0 for ever.
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[str] = mapped_column(sa.String(LONGEST_KEY_NAME))  # as its owner calls it
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Authenticator(Base):
    """An app that shows a new number every half minute (RFC 6238): the second step of a login."""

    __tablename__ = "authenticator"

    id: Mapped[int] = mapped_column(primary_key=True)
    login_id: Mapped[int] = mapped_column(sa.ForeignKey("login.id"), unique=True)
    secret: Mapped[bytes] = mapped_column(sa.LargeBinary, info=sealed_by("login_id"))
    last_counter: Mapped[int] = mapped_column(sa.BigInteger)  # of the newest number used: once each
    created_at: Mapped[datetime]


class RecoveryCode(Base):
    """A code on paper, for when the phone is lost: shown once, used once, kept as a hash."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    login_id: Mapped[int] = mapped_column(sa.ForeignKey("login.id"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    used_at: Mapped[datetime | None]


class SecondTry(Base):
    """That somebody tried a number or a recovery code: how often is limited, here and not in a store."""

    __tablename__ = "second_try"

    id: Mapped[int] = mapped_column(primary_key=True)
    login_id: Mapped[int] = mapped_column(sa.ForeignKey("login.id"), index=True)
    at: Mapped[datetime]


class EmailChange(Base):
    """Another address that somebody wants to sign in with. One at a time; it waits, and can be stopped."""

    __tablename__ = "email_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    login_id: Mapped[int] = mapped_column(sa.ForeignKey("login.id"), unique=True)
    new_email: Mapped[str] = mapped_column(sa.String(LONGEST_EMAIL))
    # Of the links in the messages: to the new address, to confirm it; to the old one, to stop it.
    confirm_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    stop_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
