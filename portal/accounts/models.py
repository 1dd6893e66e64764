"""The tables of the accounts room.

`Person` is who somebody is here; `Login` is how some of them sign in. No column says anything about
anybody's health: lived experience belongs to a seat or a contribution, by the person's own choice.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from flask_security import RoleMixin, UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base, choice

LONGEST_NAME = 100
LONGEST_VALUE = 500
LONGEST_EMAIL = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets


class RouteKind(StrEnum):
    """A way to reach a person."""

    EMAIL = "email"
    MOBILE = "mobile"
    LANDLINE = "landline"
    LETTER = "letter"
    THROUGH_PERSON = "through_person"


class AgreedHow(StrEnum):
    """How a person agreed that a route is used."""

    THEMSELVES = "themselves"  # on their own page
    PHONE = "phone"
    WROTE = "wrote"
    IN_PERSON = "in_person"


class EndReason(StrEnum):
    """Why a session of a signed-in person is over."""

    SIGNED_OUT = "signed_out"
    ELSEWHERE = "elsewhere"  # ended by its owner from another device
    REPLACED = "replaced"  # the same browser signed in again
    PASSWORD = "password"  # noqa: S105 - the password was changed or reset
    DISABLED = "disabled"


class Person(Base):
    """Somebody the college knows, with or without a login."""

    __tablename__ = "person"
    __table_args__ = (
        sa.CheckConstraint("length(name) > 0", name="name_given"),
        sa.Index("ix_person_name_id", "name", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))  # as they want to be called
    pronouns: Mapped[str] = mapped_column(sa.String(40), default="")
    # Text size, spacing, contrast, calm mode, in the words of the ui room.
    display: Mapped[str] = mapped_column(sa.String(200), default="")
    # What they want to be written to in; empty: as they read here, else the college's own.
    language: Mapped[str] = mapped_column(sa.String(20), default="")
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class ContactRoute(Base):
    """One way to reach a person, with their consent to use it."""

    __tablename__ = "contact_route"
    __table_args__ = (
        sa.CheckConstraint("length(value) > 0", name="value_given"),
        sa.CheckConstraint(
            "consent_how IS NULL OR consent_at IS NOT NULL", name="agreed_at_some_time"
        ),
        sa.UniqueConstraint("person_id", "kind", "value"),
        sa.Index(
            "uq_contact_route_preferred",
            "person_id",
            unique=True,
            sqlite_where=sa.text("preferred"),
            postgresql_where=sa.text("preferred"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[RouteKind] = mapped_column(choice(RouteKind, "kind"))
    # An address, a number, or "Through Sam, 01234 567890".
    value: Mapped[str] = mapped_column(sa.String(LONGEST_VALUE))
    safe_to_leave_message: Mapped[bool] = mapped_column(default=False)
    preferred: Mapped[bool] = mapped_column(default=False)
    consent_at: Mapped[datetime | None]  # empty: kept, and not used
    consent_how: Mapped[AgreedHow | None] = mapped_column(choice(AgreedHow, "consent_how"))
    version: Mapped[int] = mapped_column(default=1)  # counts up with every change
    created_at: Mapped[datetime]


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
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[EndReason | None] = mapped_column(choice(EndReason, "ended_why"))


class RoleGrant(Base):
    """A role that a person holds in a scope for a time, and who gave it."""

    __tablename__ = "role_grant"
    __table_args__ = (
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="ends_after_start"),
        sa.CheckConstraint("length(scope) > 0", name="scope_given"),
        sa.Index("ix_role_grant_role_person_id", "role", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(sa.String(30))
    scope: Mapped[str] = mapped_column(sa.String(60), default="college")  # or "course:12"
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    # Nobody: given at the command line, by whoever keeps the machine.
    granted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    revoked_reason: Mapped[str] = mapped_column(sa.String(300), default="")
