"""Who somebody is here, how they can be reached, which roles they hold.

No column says anything about anybody's health: lived experience belongs to a seat or a contribution, by
the person's own choice.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice

LONGEST_NAME = 100
LONGEST_VALUE = 500


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


class Person(Base):
    """Somebody the college knows, with or without a login."""

    __tablename__ = "person"
    __table_args__ = (
        sa.CheckConstraint("length(name) > 0", name="name_given"),
        sa.CheckConstraint(
            "merged_into_id IS NULL OR erased_at IS NOT NULL", name="nobody_once_merged"
        ),
        sa.CheckConstraint("merged_into_id <> id", name="merged_into_another"),
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
    paused_at: Mapped[
        datetime | None
    ]  # they want to hear nothing that can wait; why is asked nowhere
    erased_at: Mapped[datetime | None]  # nobody any more: erased, or part of another record
    # The record of the same person that has everything now. Never one that was merged itself.
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)


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


class Closing(Base):
    """Somebody of the college closed a person's way to sign in: who, why, and until when if that is known."""

    __tablename__ = "account_closing"
    __table_args__ = (
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_later"),
        sa.CheckConstraint("length(reason) > 0", name="reason_given"),
        sa.Index(
            "uq_account_closing_open",
            "person_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    # Nobody: at the command line, by whoever keeps the machine.
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(300))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)


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
