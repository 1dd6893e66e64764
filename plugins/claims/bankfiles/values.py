"""What a file for the bank is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class FileKind(StrEnum):
    """Which kind of file the college's bank takes."""

    CSV = "csv"
    STANDARD_18 = "standard18"


class Field(StrEnum):
    """What a column may hold. The amount is in pounds and pence, "68.75", or in pence, "6875"."""

    NAME = "name"
    SORT_CODE = "sort_code"
    ACCOUNT = "account"
    POUNDS = "pounds"
    PENCE = "pence"
    REFERENCE = "reference"
    DATE = "date"


class Dates(StrEnum):
    """How a day is written."""

    SLASHES = "slashes"
    HYPHENS = "hyphens"
    DIGITS = "digits"


PATTERNS: Mapping[Dates, str] = {
    Dates.SLASHES: "%d/%m/%Y",
    Dates.HYPHENS: "%Y-%m-%d",
    Dates.DIGITS: "%Y%m%d",
}


@dataclass(frozen=True, slots=True)
class Account:
    """An account at a bank of the United Kingdom: six digits, eight digits, and the name on it."""

    sort_code: str
    number: str
    name: str

    def __repr__(self) -> str:
        """Nothing of it: a traceback shows what a value says of itself."""
        return "Account(…)"


@dataclass(frozen=True, slots=True)
class Transfer:
    """So many pence to an account. `reference` is what its person reads on their statement."""

    to: Account
    pence: int
    reference: str


@dataclass(frozen=True, slots=True)
class Columns:
    """How a CSV is written: (field, heading) in their order, headings or none, "12-34-56" or "123456"."""

    fields: Sequence[tuple[Field, str]]
    dates: Dates = Dates.SLASHES
    headings: bool = True
    hyphens: bool = False


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose money it is: the college's account, and its number as a user of Bacs."""

    account: Account
    user_number: str


@dataclass(frozen=True, slots=True)
class Run:
    """Payments that go together. `serial` is six letters or digits, `made_on` today, `pays_on` when the bank
    works on it.
    """

    transfers: Sequence[Transfer]
    serial: str
    made_on: date
    pays_on: date

    @property
    def total(self) -> int:
        """Pence in all."""
        return sum(one.pence for one in self.transfers)


# What most banks ask for, until the college says otherwise.
USUAL = Columns(
    (
        (Field.NAME, "Name"),
        (Field.SORT_CODE, "Sort code"),
        (Field.ACCOUNT, "Account number"),
        (Field.POUNDS, "Amount"),
        (Field.REFERENCE, "Reference"),
        (Field.DATE, "Date"),
    )
)
