"""The tables of paying: bank details, batches with their payments, the file for the bank, cash, the rules of
the banks' numbers, and how the college's own bank wants its file.

No bank detail stands in plain words anywhere: a sort code, an account and the name on it are sealed together.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugins.claims.bankfiles.values import Dates, Field, FileKind
from plugins.claims.models.base import Base
from plugins.claims.models.claims import LONGEST_REF, LONGEST_WORDS
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.modulus import Method
from portal.plugin_api import choice, no_words, sealed_by

LONGEST_HEADING = 60
LONGEST_NAME = 60  # on an account
_HASH = no_words("an address, a hash: compared, never read")
_DIGITS = no_words("digits, checked when they are taken in")
_OPEN, _WAITS = sa.text("state = 'open'"), sa.text("outcome IS NULL")
_FAILED = sa.text("outcome = 'failed'")


class BatchState(StrEnum):
    """Where a batch is."""

    OPEN = "open"
    LOCKED = "locked"
    EXPORTED = "exported"
    CONFIRMED = "confirmed"
    PART_FAILED = "part-failed"
    ABANDONED = "abandoned"


class Way(StrEnum):
    """How money leaves: from the bank, from the cash box, or by hand, to a charity or through the payroll."""

    BANK = "bank"
    CASH = "cash"
    HAND = "hand"


class CameBack(StrEnum):
    """Why a payment came back. After `FILE` nobody needs to look at their bank details."""

    CLOSED = "closed"
    NUMBERS = "numbers"
    NAME = "name"
    REFUSED = "refused"
    FILE = "file"


class NameCheck(StrEnum):
    """What the bank said about a name and an account: written down by hand."""

    SAME = "same"
    CLOSE = "close"
    OTHER = "other"
    UNKNOWN = "unknown"


class BankDetail(Base):
    """One version of somebody's bank details. The one that holds has no `ended_at`.

    `sealed` is empty once it is ended: only the fingerprint stays, so that nobody pays into an account of
    their own. `confirmed_at`: over a contact route, since it was changed; `confirmed_by_id` is who noted a
    call. `said_right_at`: its person looked at it again after a payment came back.
    """

    __tablename__ = "claims_bank_detail"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "version"),
        sa.CheckConstraint("version > 0", name="version_positive"),
        sa.CheckConstraint(
            "sealed IS NOT NULL OR ended_at IS NOT NULL", name="sealed_while_it_holds"
        ),
        sa.Index(
            "uq_claims_bank_detail_holds",
            "person_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True, info=_HASH)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    version: Mapped[int]
    sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary, info=sealed_by("uid"))
    fingerprint: Mapped[str] = mapped_column(sa.String(64), index=True, info=_HASH)
    last_four: Mapped[str] = mapped_column(sa.String(4), info=_DIGITS)
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    said_right_at: Mapped[datetime | None]
    name_check: Mapped[NameCheck | None] = mapped_column(choice(NameCheck, "name_check"))
    checked_at: Mapped[datetime | None]


class Batch(Base):
    """Payments that go to the bank together. One is open at a time."""

    __tablename__ = "claims_batch"
    __table_args__ = (
        sa.Index(
            "uq_claims_batch_open",
            "state",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(LONGEST_REF), unique=True, info=_HASH)
    state: Mapped[BatchState] = mapped_column(choice(BatchState, "state"))
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime]
    locked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]


class Payment(Base):
    """One try to pay what the college owes to somebody. `version` is what was approved of it.

    `outcome` is empty until the money has left; `sent_at` is when it did. `said_at` is when the bank's answer
    was written down. Only what goes to the bank has a batch, and bank details.
    """

    __tablename__ = "claims_payment"
    __table_args__ = (
        sa.UniqueConstraint("what", "what_id", "attempt"),
        sa.CheckConstraint("pence > 0", name="pence_positive"),
        sa.CheckConstraint("attempt > 0", name="attempt_positive"),
        sa.CheckConstraint(
            "(batch_id IS NULL) = (way <> 'bank')", name="only_the_bank_has_batches"
        ),
        sa.CheckConstraint("way = 'bank' OR detail_id IS NULL", name="cash_has_no_account"),
        sa.CheckConstraint("(outcome IS NULL) = (sent_at IS NULL)", name="sent_at_some_time"),
        sa.CheckConstraint(
            "came_back IS NULL OR (outcome IS NOT NULL AND outcome = 'failed')",
            name="only_what_failed_came_back",
        ),
        sa.Index("ix_claims_payment_batch_id_id", "batch_id", "id"),
        sa.Index(
            "ix_claims_payment_failed",
            "what",
            "what_id",
            sqlite_where=_FAILED,
            postgresql_where=_FAILED,
        ),
        sa.Index(
            "uq_claims_payment_waits",
            "what",
            "what_id",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(LONGEST_REF), unique=True, info=_HASH)
    way: Mapped[Way] = mapped_column(choice(Way, "way"))
    batch_id: Mapped[int | None] = mapped_column(sa.ForeignKey("claims_batch.id"))
    what: Mapped[What] = mapped_column(choice(What, "what"))
    what_id: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    pence: Mapped[int]
    attempt: Mapped[int]
    version: Mapped[int]
    detail_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("claims_bank_detail.id"), index=True
    )
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome, "outcome"))
    came_back: Mapped[CameBack | None] = mapped_column(choice(CameBack, "came_back"))
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    said_at: Mapped[datetime | None]


class Signature(Base):
    """Somebody of the college signed for cash that was handed out: two do, and neither is paid by it."""

    __tablename__ = "claims_signature"
    __table_args__ = (sa.UniqueConstraint("payment_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_payment.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]


class LeftOut(Base):
    """Something was taken out of a batch again, and why. Its person reads the words."""

    __tablename__ = "claims_left_out"
    __table_args__ = (sa.Index("ix_claims_left_out_what", "what", "what_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_batch.id"), index=True)
    what: Mapped[What] = mapped_column(choice(What, "what"))
    what_id: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(LONGEST_WORDS))
    at: Mapped[datetime]


class Export(Base):
    """The file of a batch, made once: the same bytes are given out again, until they are let go."""

    __tablename__ = "claims_export"
    __table_args__ = (sa.CheckConstraint("total > 0", name="total_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("claims_batch.id"), unique=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True, info=_HASH)
    kind: Mapped[FileKind] = mapped_column(choice(FileKind, "kind"))
    sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary, info=sealed_by("uid"))
    sha256: Mapped[str] = mapped_column(sa.String(64), info=_HASH)
    payments: Mapped[int]
    total: Mapped[int]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime]


class ModulusRow(Base):
    """One row of the table that banks publish, by which a sort code and an account fit together or not."""

    __tablename__ = "claims_modulus"
    __table_args__ = (
        sa.CheckConstraint("first <= last", name="first_before_last"),
        sa.Index("ix_claims_modulus_first", "first", "last"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[int]
    last: Mapped[int]
    method: Mapped[Method] = mapped_column(choice(Method, "method"))
    weights: Mapped[str] = mapped_column(sa.String(80), info=no_words("numbers from the table"))
    exception: Mapped[int | None]


class Layout(Base):
    """How the college's bank wants its file, and from which account it pays. One row."""

    __tablename__ = "claims_layout"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[FileKind] = mapped_column(choice(FileKind, "kind"))
    dates: Mapped[Dates] = mapped_column(choice(Dates, "dates"))
    headings: Mapped[bool]
    hyphens: Mapped[bool]
    user_number: Mapped[str] = mapped_column(sa.String(6), info=_DIGITS)
    sort_code: Mapped[str] = mapped_column(sa.String(6), info=_DIGITS)
    account: Mapped[str] = mapped_column(sa.String(8), info=_DIGITS)
    name: Mapped[str] = mapped_column(sa.String(18), default="")


class FileColumn(Base):
    """A column of the file: which of our fields, in which place, under which heading."""

    __tablename__ = "claims_column"

    field: Mapped[Field] = mapped_column(choice(Field, "field"), primary_key=True)
    place: Mapped[int]
    heading: Mapped[str] = mapped_column(sa.String(LONGEST_HEADING))
