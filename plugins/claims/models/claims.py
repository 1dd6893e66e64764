"""The tables: rates, a claim with its lines, what was asked about it, who approved it, and the books.

Names of people stand in no row: `person_id` leads to them, and is empty once they are erased. Money is in
whole pence, distance in tenths of a mile.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugins.claims import ddl
from plugins.claims.models.base import Base
from plugins.claims.money.amounts import MOST_TENTHS
from plugins.claims.money.postings import About, Account
from portal.plugin_api import choice, no_words

LONGEST_WHAT = 200  # letters
LONGEST_WORDS = 2_000
LONGEST_REF = 12
LONGEST_KEY = 64
MOST_PENCE = 100_000_00  # of one line

_RANDOM = no_words("an address, a hash: compared, never shown")
_NAME = no_words("a name that code gives and code reads")


class State(StrEnum):
    """Where a claim is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    QUERIED = "queried"
    DECIDED = "decided"
    BATCHED = "batched"
    SENT = "sent"
    SETTLED = "settled"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


# What was decided stands, however far its payment has come.
STANDS = frozenset({State.DECIDED, State.BATCHED, State.SENT, State.SETTLED, State.FAILED})


class Category(StrEnum):
    """What money was spent on."""

    TRANSPORT = "transport"
    TAXI = "taxi"
    CAR = "car"
    MOTORCYCLE = "motorcycle"
    BICYCLE = "bicycle"
    PASSENGER = "passenger"
    CARE = "care"
    FOOD = "food"
    OTHER = "other"


class Proof(StrEnum):
    """What shows an amount: a picture, or somebody's word."""

    FILE = "file"
    NONE = "none"
    LOST = "lost"


class Decision(StrEnum):
    """What was decided about a line."""

    APPROVED = "approved"
    REDUCED = "reduced"
    DECLINED = "declined"


# Not the states alone: SQLite would rather read each state off an index of its own, and sort them all.
_TO_PAY = sa.text("CASE WHEN state IN ('decided', 'failed') THEN 1 ELSE 0 END = 1")


class RateRow(Base):
    """A rate as a dated fact: pence per mile or hour. It is never changed; a later one ends it.

    `most_miles`: how far it reaches in one tax year. `known_from`: since when the college knows it.
    """

    __tablename__ = "claims_rate"
    __table_args__ = (
        sa.UniqueConstraint("key", "valid_from", "known_from"),
        sa.CheckConstraint("pence > 0", name="pence_positive"),
        sa.CheckConstraint("most_miles > 0", name="most_miles_positive"),
        sa.CheckConstraint("valid_to >= valid_from", name="ends_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), info=_NAME)
    pence: Mapped[int]
    most_miles: Mapped[int | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    known_from: Mapped[date]
    source: Mapped[str] = mapped_column(sa.String(LONGEST_WHAT))
    status: Mapped[str] = mapped_column(sa.String(LONGEST_WHAT), default="", info=_NAME)


class Claim(Base):
    """What somebody asks to be paid back. `ref` is its address: random, so that it tells nothing.

    `sent_at` is when the clock began, anew after an appeal. `version` counts changes: what was approved is
    a version. `round` counts appeals. `closed_at` is when it was decided or withdrawn. `activity_id` is what
    it was for, as far as that is known: its budget pays.
    """

    __tablename__ = "claims_claim"
    __table_args__ = (
        sa.CheckConstraint("version > 0", name="version_positive"),
        sa.CheckConstraint(
            "state = 'draft' OR state = 'withdrawn' OR sent_at IS NOT NULL", name="sent"
        ),
        sa.Index("ix_claims_claim_state_sent_at", "state", "sent_at", "id"),
        sa.Index("ix_claims_claim_person_id_id", "person_id", "id"),
        sa.Index("ix_claims_claim_person_id_state", "person_id", "state"),
        sa.Index(
            "ix_claims_claim_to_pay",
            "sent_at",
            "id",
            sqlite_where=_TO_PAY,
            postgresql_where=_TO_PAY,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(LONGEST_REF), unique=True, info=_RANDOM)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    submitted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    state: Mapped[State] = mapped_column(choice(State, "state"))
    what: Mapped[str] = mapped_column(sa.String(LONGEST_WHAT))
    begun_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    round: Mapped[int] = mapped_column(default=1)
    appeal: Mapped[str] = mapped_column(sa.Text, default="")
    activity_id: Mapped[int | None] = mapped_column(sa.ForeignKey("claims_activity.id"), index=True)


class Line(Base):
    """One thing that money was spent on. What is not answered yet is empty.

    `before` is the net tenths of a mile of that person and tax year before it, `known_on` the day as of
    which the rates were known: together they say for good how its pence came about. `turn` is the order in
    which a person's journeys were priced. `digest` is a hash of the receipt's bytes as they came. `allowed`
    is what was decided, in pence.
    """

    __tablename__ = "claims_line"
    __table_args__ = (
        sa.CheckConstraint(f"pence BETWEEN 1 AND {MOST_PENCE}", name="pence_in_range"),
        sa.CheckConstraint(f"tenths BETWEEN 1 AND {MOST_TENTHS}", name="tenths_in_range"),
        sa.CheckConstraint("allowed BETWEEN 0 AND pence", name="never_more_than_claimed"),
        sa.CheckConstraint("(decision IS NULL) = (allowed IS NULL)", name="decided_with_an_amount"),
        sa.CheckConstraint("(file_id IS NULL) OR (proof = 'file')", name="file_is_proof"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_claim.id"), index=True)
    category: Mapped[Category] = mapped_column(choice(Category, "category"))
    day: Mapped[date | None] = mapped_column(index=True)
    tenths: Mapped[int | None]
    before: Mapped[int | None]
    turn: Mapped[int | None]
    known_on: Mapped[date | None]
    pence: Mapped[int | None]
    proof: Mapped[Proof | None] = mapped_column(choice(Proof, "proof"))
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64), default="", index=True, info=_RANDOM)
    decision: Mapped[Decision | None] = mapped_column(choice(Decision, "decision"))
    allowed: Mapped[int | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")


class Question(Base):
    """What was asked about a claim, and the answer: meanwhile the clock stands still."""

    __tablename__ = "claims_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_claim.id"), index=True)
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    words: Mapped[str] = mapped_column(sa.Text)
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_at: Mapped[datetime | None]


class Approval(Base):
    """Somebody approved one version of a claim as decided. A new version needs all of them anew."""

    __tablename__ = "claims_approval"
    __table_args__ = (sa.UniqueConstraint("claim_id", "version", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_claim.id"))
    version: Mapped[int]
    round: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]


class EntryRow(Base):
    """The books: pence from one account into another, so that they always balance. Never changed.

    `key` names the effect, which happens once. `about_id` is a row of the table that `about` names; no
    foreign key, because the books outlast what they are about.
    """

    __tablename__ = "claims_entry"
    __table_args__ = (
        sa.Index("ix_claims_entry_about", "about", "about_id"),
        sa.CheckConstraint("pence > 0", name="pence_positive"),
        sa.CheckConstraint("out_of <> into_account", name="two_accounts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY), unique=True, info=_NAME)
    about: Mapped[About] = mapped_column(choice(About, "about"))
    about_id: Mapped[int]
    out_of: Mapped[Account] = mapped_column(choice(Account, "out_of"))
    into_account: Mapped[Account] = mapped_column(choice(Account, "into_account"))
    pence: Mapped[int]
    at: Mapped[datetime]


ddl.attach(EntryRow.metadata.tables[EntryRow.__tablename__])
