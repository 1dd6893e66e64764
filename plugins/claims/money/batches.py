"""Payments that go out together, and what came back of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class What(StrEnum):
    """What a payment is for: a claim, recognition that somebody took, or money ahead of an event."""

    CLAIM = "claim"
    CHOICE = "choice"
    ADVANCE = "advance"


class Outcome(StrEnum):
    """How far a payment has come."""

    SENT = "sent"
    SETTLED = "settled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Payment:
    """One try to pay one claim, in pence. A later try waits until the contributor confirms their details."""

    claim_id: int
    pence: int
    attempt: int = 1
    outcome: Outcome = Outcome.SENT
    confirm_details: bool = False


def answered(payments: Sequence[Payment], came_back: frozenset[int]) -> list[Payment]:
    """The payments once the bank has answered: those of these claims failed, the others arrived."""
    return [
        replace(one, outcome=Outcome.FAILED if one.claim_id in came_back else Outcome.SETTLED)
        for one in payments
    ]


def total(payments: Sequence[Payment], outcome: Outcome) -> int:
    """Pence of the payments with this outcome."""
    return sum(one.pence for one in payments if one.outcome is outcome)


def again(failed: Payment) -> Payment:
    """The next try.

    Raises:
        ValueError: it did not fail.
    """
    if failed.outcome is not Outcome.FAILED:
        raise ValueError("only a payment that failed is tried again")
    return Payment(failed.claim_id, failed.pence, failed.attempt + 1, confirm_details=True)
