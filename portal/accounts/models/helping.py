"""Helping somebody in again who has lost everything they signed in with."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice

LONGEST_NOTE = 300


class Checked(StrEnum):
    """How somebody of the college made sure who was asking."""

    IN_PERSON = "in_person"  # they know each other, and met
    CALLED_BACK = "called_back"  # on a number that was known before
    DOCUMENT = "document"


class HelpRequest(Base):
    """One person of the college begins it, another confirms it; it ends in a code for the person."""

    __tablename__ = "help_request"
    __table_args__ = (
        sa.CheckConstraint("confirmed_by_id != begun_by_id", name="two_people"),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (code_hash IS NULL)", name="code_when_confirmed"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login_id: Mapped[int] = mapped_column(sa.ForeignKey("login.id"), index=True)
    begun_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    begun_at: Mapped[datetime]
    checked: Mapped[Checked] = mapped_column(choice(Checked, "checked"))
    note: Mapped[str] = mapped_column(sa.String(LONGEST_NOTE), default="")
    stop_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of the link to the person
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    confirmed_at: Mapped[datetime | None]
    code_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    ended_at: Mapped[datetime | None]  # used, or stopped
