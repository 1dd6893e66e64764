"""The tables of asking for a place: what is not sent yet, and who may ask for somebody else."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice
from portal.enrolment.models.places import LONGEST_NAME, How, Role, TakesPart
from portal.vault import sealed_by


class Company(StrEnum):
    """Whether somebody comes along."""

    ALONE = "alone"
    GUEST = "guest"  # somebody by name
    KNOWN = "known"  # somebody with a record here, who agreed to it


class PlaceDraft(Base):
    """What somebody has written so far to ask for a place, so that they can go on later, anywhere.

    `by_id` writes it, `person_id` is who wants to learn: mostly the same. A question that is not answered
    yet is empty (NULL); that there is nothing to know is an answer, and sealed too. While they wait for a
    place it is kept, for what they share once they have one.
    """

    __tablename__ = "place_draft"
    __table_args__ = (sa.UniqueConstraint("by_id", "run_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    mode: Mapped[TakesPart | None] = mapped_column(choice(TakesPart, "mode"))
    needs: Mapped[bytes | None] = mapped_column(sa.LargeBinary, info=sealed_by("uid"))
    company: Mapped[Company | None] = mapped_column(choice(Company, "company"))
    role: Mapped[Role | None] = mapped_column(choice(Role, "role"))
    guest_name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME), default="")
    companion_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    updated_at: Mapped[datetime]


class Agreement(Base):
    """A person agreed that somebody takes and gives up places for them, and comes along with them.

    `acting_id` empty is the college itself, for one run: asked on paper or by phone. `recorded_by_id` empty:
    the person agreed here themselves.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        sa.CheckConstraint("acting_id IS NULL OR acting_id <> person_id", name="two_people"),
        sa.CheckConstraint("acting_id IS NOT NULL OR run_id IS NOT NULL", name="for_something"),
        sa.Index(
            "uq_agreement_live",
            "person_id",
            "acting_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL AND acting_id IS NOT NULL"),
            postgresql_where=sa.text("ended_at IS NULL AND acting_id IS NOT NULL"),
        ),
        sa.Index("ix_agreement_acting_id_ended_at", "acting_id", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    acting_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("run.id"), index=True)
    how: Mapped[How] = mapped_column(choice(How, "how"))
    agreed_on: Mapped[date]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class AgreementCode(Base):
    """A code that a person gives to whoever may act for them. Only its hash is kept; it works once."""

    __tablename__ = "agreement_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)  # SHA-256, 60 random bits
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
