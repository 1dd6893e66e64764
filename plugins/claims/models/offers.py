"""The tables of offers: what is done, what is offered to whom for it, what they take, and the budgets.

Money is in whole pence, time in minutes. What somebody takes is for them and for whoever pays; their own
ceiling is for them alone, and is sealed.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugins.claims.ddl import credits as credit_guard
from plugins.claims.models.base import Base
from plugins.claims.models.claims import LONGEST_KEY, LONGEST_REF, LONGEST_WHAT
from plugins.claims.money.recognition import Basis, Taken
from portal.plugin_api import choice, no_words, sealed_by

_NAME = no_words("a name that code gives and code reads")
MOST_MINUTES = 10_000  # of one offer, and of one entry of time
MOST_AN_HOUR = 500_00  # pence
MOST_VOUCHER = 500_00
MOST_BUDGET = 10_000_000_00

_RANDOM = no_words("an address: compared, never shown")


class ActivityKind(StrEnum):
    """What is done together."""

    DESIGN = "design"
    DELIVER = "deliver"
    BOARD = "board"
    PANEL = "panel"


class Stage(StrEnum):
    """Where an offer is. What was agreed stands when it is done, and when the college cancelled it."""

    OPEN = "open"
    NO = "no"
    DONE = "done"
    CANCELLED = "cancelled"
    AWAY = "away"


class Paying(StrEnum):
    """How far the payment of what was taken has come; empty before it is in a batch."""

    BATCHED = "batched"
    SENT = "sent"
    SETTLED = "settled"
    FAILED = "failed"


UNPAID = (None, Paying.FAILED)  # the answer can still be changed
WANTED = ("voucher", "credit", "certificate", "reference", "training")  # what is not money


class Credit(StrEnum):
    """How hours came in or went out."""

    EARNED = "earned"
    SPENT = "spent"
    ADJUSTED = "adjusted"


class Topic(StrEnum):
    """What a fact is about."""

    TAX = "tax"
    BENEFITS = "benefits"
    ADVICE = "advice"


class BudgetRow(Base):
    """Pence for a course or a body from a day to a day. What of it is offered, agreed and paid is derived."""

    __tablename__ = "claims_budget"
    __table_args__ = (
        sa.CheckConstraint(f"pence BETWEEN 0 AND {MOST_BUDGET}", name="pence_in_range"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(LONGEST_REF), unique=True, info=_RANDOM)
    title: Mapped[str] = mapped_column(sa.String(LONGEST_WHAT))
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    pence: Mapped[int]


class Activity(Base):
    """Something that people are asked to do: what is covered, and how many working days later it is paid."""

    __tablename__ = "claims_activity"
    __table_args__ = (sa.CheckConstraint("pays_in BETWEEN 1 AND 90", name="pays_in_range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(LONGEST_REF), unique=True, info=_RANDOM)
    kind: Mapped[ActivityKind] = mapped_column(choice(ActivityKind, "kind"))
    basis: Mapped[Basis] = mapped_column(choice(Basis, "basis"))
    title: Mapped[str] = mapped_column(sa.String(LONGEST_WHAT))
    covered: Mapped[str] = mapped_column(sa.Text)
    day: Mapped[date] = mapped_column(index=True)
    pays_in: Mapped[int]
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"), index=True)
    budget_id: Mapped[int | None] = mapped_column(sa.ForeignKey("claims_budget.id"), index=True)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime]


class Offer(Base):
    """What is offered to one person. It is never changed: it keeps the basis that it was made on.

    `credit` is minutes of a time credit, `voucher` pence. `closed_by_id` said what became of it.
    """

    __tablename__ = "claims_offer"
    __table_args__ = (
        sa.CheckConstraint(f"minutes BETWEEN 1 AND {MOST_MINUTES}", name="minutes_in_range"),
        sa.CheckConstraint(f"pence_an_hour BETWEEN 0 AND {MOST_AN_HOUR}", name="pence_in_range"),
        sa.CheckConstraint(f"voucher BETWEEN 0 AND {MOST_VOUCHER}", name="voucher_in_range"),
        sa.CheckConstraint(f"credit BETWEEN 0 AND {MOST_MINUTES}", name="credit_in_range"),
        sa.CheckConstraint(
            "basis <> 'volunteer' OR (pence_an_hour = 0 AND voucher = 0)",
            name="volunteers_no_money",
        ),
        sa.CheckConstraint(
            "(stage IN ('open', 'no')) = (closed_at IS NULL)", name="closed_with_a_time"
        ),
        sa.Index("ix_claims_offer_person_id_id", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(LONGEST_REF), unique=True, info=_RANDOM)
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_activity.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    basis: Mapped[Basis] = mapped_column(choice(Basis, "basis"))
    minutes: Mapped[int]
    pence_an_hour: Mapped[int]
    voucher: Mapped[int] = mapped_column(default=0)
    credit: Mapped[int] = mapped_column(default=0)
    certificate: Mapped[bool] = mapped_column(default=False)
    reference: Mapped[bool] = mapped_column(default=False)
    training: Mapped[bool] = mapped_column(default=False)
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"), default=Stage.OPEN)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime]
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    closed_at: Mapped[datetime | None]


class RecognitionChoice(Base):
    """What somebody takes of an offer, changeable until its payment is in a batch.

    `pence` is what is paid of it: to them, or to the charity. `version` counts answers. `handed_at` is when
    what is not money was given.
    """

    __tablename__ = "claims_recognition_choice"
    __table_args__ = (
        sa.CheckConstraint("pence >= 0", name="pence_not_negative"),
        sa.CheckConstraint("taken <> 'nothing' OR pence = 0", name="nothing_is_nothing"),
        sa.CheckConstraint("version > 0", name="version_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_offer.id"), unique=True)
    taken: Mapped[Taken] = mapped_column(choice(Taken, "taken"))
    pence: Mapped[int]
    charity: Mapped[str] = mapped_column(sa.String(LONGEST_WHAT), default="")
    voucher: Mapped[bool] = mapped_column(default=False)
    credit: Mapped[bool] = mapped_column(default=False)
    certificate: Mapped[bool] = mapped_column(default=False)
    reference: Mapped[bool] = mapped_column(default=False)
    training: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    paying: Mapped[Paying | None] = mapped_column(choice(Paying, "paying"))
    paid_at: Mapped[datetime | None]
    handed_at: Mapped[datetime | None]


class Ceiling(Base):
    """The sum in a week before which somebody wants to be warned: for nobody else at all, so it is sealed."""

    __tablename__ = "claims_ceiling"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    pence: Mapped[bytes] = mapped_column(sa.LargeBinary, info=sealed_by("person_id"))


class TimeCreditEntry(Base):
    """Minutes that somebody earned, or less than nothing: that they used. Only added to; `ddl/credits.py`.

    `key` names the effect, which happens once. The balance is the sum.
    """

    __tablename__ = "claims_time_credit"
    __table_args__ = (
        sa.CheckConstraint("minutes <> 0", name="minutes_not_nothing"),
        sa.Index("ix_claims_time_credit_person_id_id", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY), unique=True, info=_NAME)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[Credit] = mapped_column(choice(Credit, "kind"))
    minutes: Mapped[int]
    words: Mapped[str] = mapped_column(sa.Text, default="")
    at: Mapped[datetime]


class FactRow(Base):
    """What a basis may mean for tax or benefits, or where advice is given: a dated fact, with who says so.

    It is never changed; a later one ends it. `known_from` is since when the college knows it.
    """

    __tablename__ = "claims_fact"
    __table_args__ = (
        sa.UniqueConstraint("basis", "topic", "valid_from", "known_from"),
        sa.CheckConstraint("valid_to >= valid_from", name="ends_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    basis: Mapped[Basis] = mapped_column(choice(Basis, "basis"))
    topic: Mapped[Topic] = mapped_column(choice(Topic, "topic"))
    words: Mapped[str] = mapped_column(sa.Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    known_from: Mapped[date]
    source: Mapped[str] = mapped_column(sa.String(LONGEST_WHAT))
    status: Mapped[str] = mapped_column(sa.String(LONGEST_WHAT), default="", info=_NAME)


credit_guard.attach(TimeCreditEntry.metadata.tables[TimeCreditEntry.__tablename__])
