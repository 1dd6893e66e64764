"""The books: each change is entries that add up to nothing, and nothing is ever changed in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Account(StrEnum):
    """Where money is counted. What a person is owed, and what it cost, are two sides of one thing."""

    COST = "cost"
    OWED = "owed"
    BANK = "bank"


@dataclass(frozen=True, slots=True)
class Entry:
    """Pence into an account, or out of it where negative."""

    account: Account
    pence: int


Entries = tuple[Entry, ...]


def moved(out_of: Account, into: Account, pence: int) -> Entries:
    """Pence from one account to another; none for nothing."""
    return (Entry(into, pence), Entry(out_of, -pence)) if pence else ()


def balance(entries: Iterable[Entry]) -> dict[Account, int]:
    """What stands in each account, in pence."""
    found = dict.fromkeys(Account, 0)
    for entry in entries:
        found[entry.account] += entry.pence
    return found


def balances(entries: Iterable[Entry]) -> bool:
    """Whether the entries add up to nothing, as those of each change must."""
    return sum(entry.pence for entry in entries) == 0
