"""The board of opportunities, and who is interested in which."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.api import AgreedHow
from portal.db import Base, choice

LONGEST_TITLE = 120
LONGEST_PART = 1_000
LONGEST_PLACE = 200
LONGEST_WORDS = 1_000


class OpportunityKind(StrEnum):
    """What somebody would be to the college."""

    VOLUNTEER = "volunteer"
    SESSIONAL = "sessional"
    EMPLOYED = "employed"


class Opportunity(Base):
    """Something that people can do here, with what they need to know before they say that they like it.

    `leads`: it is leading sessions, so whoever likes it begins on the pathway. It stands on the board from
    `published_at` to `closed_at`, or to the end of `last_day`.
    """

    __tablename__ = "opportunity"
    __table_args__ = (
        sa.CheckConstraint("length(title) > 0", name="title_given"),
        sa.CheckConstraint(
            "closed_at IS NULL OR published_at IS NOT NULL", name="closed_after_published"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[OpportunityKind] = mapped_column(choice(OpportunityKind, "kind"))
    title: Mapped[str] = mapped_column(sa.String(LONGEST_TITLE))
    what: Mapped[str] = mapped_column(sa.Text)
    hours: Mapped[str] = mapped_column(sa.Text)
    support: Mapped[str] = mapped_column(sa.Text)
    money: Mapped[str] = mapped_column(sa.Text)
    leads: Mapped[bool] = mapped_column(default=False)
    last_day: Mapped[date | None]
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class InterestState(StrEnum):
    """Where an interest stands, as both sides see it."""

    WAITING = "waiting"  # for somebody of the college to name a time
    PROPOSED = "proposed"  # for the person to say whether it suits them
    AGREED = "agreed"
    GOES_ON = "goes_on"
    NOT_NOW = "not_now"
    WITHDRAWN = "withdrawn"


class OpportunityInterest(Base):
    """Somebody likes an opportunity; an informal chat follows. Said again later, the same row waits anew.

    `round` counts the times that were named. `words` is what the person said about another time.
    """

    __tablename__ = "opportunity_interest"
    __table_args__ = (
        sa.UniqueConstraint("opportunity_id", "person_id"),
        sa.CheckConstraint(
            "state NOT IN ('proposed', 'agreed')"
            " OR (chat_at IS NOT NULL AND chat_with_id IS NOT NULL)",
            name="chat_named",
        ),
        sa.Index("ix_opportunity_interest_state", "state", "said_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    opportunity_id: Mapped[int] = mapped_column(sa.ForeignKey("opportunity.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    state: Mapped[InterestState] = mapped_column(choice(InterestState, "state"))
    how: Mapped[AgreedHow] = mapped_column(choice(AgreedHow, "how"))
    said_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    round: Mapped[int] = mapped_column(default=0)
    chat_at: Mapped[datetime | None]
    chat_with_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    chat_place: Mapped[str] = mapped_column(sa.String(LONGEST_PLACE), default="")
    words: Mapped[str] = mapped_column(sa.String(LONGEST_WORDS), default="")
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
