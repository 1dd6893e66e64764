"""The tables of requests: for the whole record, and to be erased, as somebody here wrote it down."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice

LONGEST_WORDS = 2_000
SEAL = 16  # letters
_OPEN = sa.text("state IN ('asked', 'waiting')")
_NOT_ENDED = sa.text("ended_at IS NULL")


class RequestState(StrEnum):
    """Where a request stands."""

    ASKED = "asked"  # the clock runs
    WAITING = "waiting"  # for the person's answer: the clock stands still
    RELEASED = "released"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class AskedHow(StrEnum):
    """How somebody asked. All but the first were written down by somebody of the college."""

    ONLINE = "online"
    PHONE = "phone"
    LETTER = "letter"
    IN_PERSON = "in_person"


class RecordRequest(Base):
    """Somebody asks for the whole record. One that is open at a time.

    Days are those on the wall of the college. `approved` holds what was looked at and may be given out, as a
    hash of each row: what comes later was not looked at. `left_out` counts the rows that were left out.
    """

    __tablename__ = "record_request"
    __table_args__ = (
        sa.CheckConstraint("(state = 'waiting') = (paused_on IS NOT NULL)", name="paused"),
        sa.CheckConstraint(
            "(state IN ('asked', 'waiting')) = (decided_at IS NULL)", name="decided"
        ),
        sa.CheckConstraint("paused_days >= 0", name="paused_days"),
        sa.CheckConstraint("how <> 'online' OR written_by_id IS NULL", name="written_down"),
        sa.Index(
            "uq_record_request_open",
            "person_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    state: Mapped[RequestState] = mapped_column(choice(RequestState, "state"))
    words: Mapped[str] = mapped_column(sa.Text)  # what they look for, if they say
    asked_on: Mapped[date]
    how: Mapped[AskedHow] = mapped_column(choice(AskedHow, "how"), default=AskedHow.ONLINE)
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    paused_on: Mapped[date | None]
    paused_days: Mapped[int] = mapped_column(default=0)
    question: Mapped[str] = mapped_column(sa.Text, default="")
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    decided_at: Mapped[datetime | None] = mapped_column(index=True)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    outcome: Mapped[str] = mapped_column(sa.Text, default="")  # what we say with it
    approved: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    left_out: Mapped[int] = mapped_column(default=0)


class ErasureAsk(Base):
    """Somebody asked the college to erase them, and one of us wrote it down: it waits for a second person.

    One that is open at a time. `told` is the seal of what they were told is held. `ended_at` says when it was
    stopped; one that is carried out goes with its person.
    """

    __tablename__ = "erasure_ask"
    __table_args__ = (
        sa.CheckConstraint("how <> 'online'", name="written_down"),
        sa.CheckConstraint("length(words) > 0", name="words_given"),
        sa.Index(
            "uq_erasure_ask_open",
            "person_id",
            unique=True,
            sqlite_where=_NOT_ENDED,
            postgresql_where=_NOT_ENDED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    how: Mapped[AskedHow] = mapped_column(choice(AskedHow, "how"))
    asked_on: Mapped[date]
    words: Mapped[str] = mapped_column(
        sa.Text
    )  # what they said, and how it was made sure that it is them
    told: Mapped[str] = mapped_column(sa.String(SEAL))
    begun_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
