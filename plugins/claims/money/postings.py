"""The books: each entry moves pence from one account into another, so they always add up to nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Account(StrEnum):
    """Where money is counted: what it cost the college, what it owes to people for that, what left the
    bank or the cash box, and what was paid ahead and is not accounted for yet.
    """

    COST = "cost"
    OWED = "owed"
    PAID = "paid"
    AHEAD = "ahead"


class About(StrEnum):
    """What an entry is about: a line of a claim, an answer to an offer, an advance, a try to pay."""

    LINE = "line"
    CHOICE = "choice"
    ADVANCE = "advance"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Entry:
    """Pence, more than nothing, out of one account and into another."""

    out_of: Account
    into: Account
    pence: int


def move(pence: int, out_of: Account, into: Account) -> Entry | None:
    """So much from one account into the other; back again, where it is negative. None for nothing."""
    if not pence:
        return None
    accounts = (out_of, into) if pence > 0 else (into, out_of)
    return Entry(*accounts, abs(pence))


def allow(pence: int) -> Entry | None:
    """So much more is owed than before; less, where it is negative. None for nothing."""
    return move(pence, Account.OWED, Account.COST)


def balance(entries: Iterable[Entry]) -> dict[Account, int]:
    """What stands in each account, in pence."""
    found = dict.fromkeys(Account, 0)
    for entry in entries:
        found[entry.into] += entry.pence
        found[entry.out_of] -= entry.pence
    return found
