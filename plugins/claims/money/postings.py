"""The books: each entry moves pence from one account into another, so they always add up to nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Account(StrEnum):
    """Where money is counted: what it cost the college, and what it owes to people for that."""

    COST = "cost"
    OWED = "owed"


@dataclass(frozen=True, slots=True)
class Entry:
    """Pence, more than nothing, out of one account and into another."""

    out_of: Account
    into: Account
    pence: int


def allow(pence: int) -> Entry | None:
    """So much more is owed for a line than before; less, where it is negative. None for nothing."""
    if not pence:
        return None
    accounts = (Account.OWED, Account.COST) if pence > 0 else (Account.COST, Account.OWED)
    return Entry(*accounts, abs(pence))


def balance(entries: Iterable[Entry]) -> dict[Account, int]:
    """What stands in each account, in pence."""
    found = dict.fromkeys(Account, 0)
    for entry in entries:
        found[entry.into] += entry.pence
        found[entry.out_of] -= entry.pence
    return found
