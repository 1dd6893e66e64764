"""Nobody decides about their own money, in any way: by person, never by role."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Bar(StrEnum):
    """Why somebody may not approve or pay a claim."""

    PAYEE = "payee"
    SUBMITTER = "submitter"
    SUPPORTER = "supporter"
    CARER = "carer"
    ACCOUNT = "account"
    APPROVED = "approved"
    DECIDED_BEFORE = "decided_before"
    CALLED = "called"


@dataclass(frozen=True, slots=True)
class Yes:
    """Somebody approved what is to be paid, as it stands. `person` is None once they are erased."""

    person: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Again:
    """Somebody approved so many pence of it once more, for the bank details that held; None: for none."""

    person: int | None
    pence: int
    detail_id: int | None


@dataclass(frozen=True, slots=True)
class Involved:
    """Who has a part in a claim, by person. `accounts` are fingerprints of the payee's bank details, of
    every version. `approved` approved it as it stands; `decided_before` decided what is appealed.
    `called` noted that the payee confirmed changed bank details on the telephone. `said` and `again` are
    what was approved of that which is to be paid, where it is.
    """

    payee: int | None
    submitters: frozenset[int] = frozenset()
    supporters: frozenset[int] = frozenset()
    carers: frozenset[int] = frozenset()
    accounts: frozenset[str] = frozenset()
    approved: frozenset[int] = frozenset()
    decided_before: frozenset[int] = frozenset()
    called: frozenset[int] = frozenset()
    said: tuple[Yes, ...] = ()
    again: tuple[Again, ...] = ()

    @property
    def approvers(self) -> frozenset[int]:
        """Who approved it as it stands, or once more."""
        people = [one.person for one in self.said] + [one.person for one in self.again]
        return frozenset(one for one in people if one is not None)


def bar(claim: Involved, person: int, accounts: frozenset[str] = frozenset()) -> Bar | None:
    """Why this person may neither approve nor pay it now; None where they may.

    `accounts` are the fingerprints of their own bank details. Whoever approved it once does not approve it
    a second time, and does not pay it.
    """
    tried = (
        (Bar.PAYEE, person == claim.payee),
        (Bar.SUBMITTER, person in claim.submitters),
        (Bar.SUPPORTER, person in claim.supporters),
        (Bar.CARER, person in claim.carers),
        (Bar.ACCOUNT, bool(accounts & claim.accounts)),
        (Bar.APPROVED, person in claim.approved),
        (Bar.DECIDED_BEFORE, person in claim.decided_before),
        (Bar.CALLED, person in claim.called),
    )
    return next((why for why, holds in tried if holds), None)


def has_part(claim: Involved, person: int, accounts: frozenset[str]) -> bool:
    """Whether somebody has a part in it that nobody has who approves it; to have approved it is none."""
    blank: frozenset[int] = frozenset()
    part = replace(claim, approved=blank, decided_before=blank, called=blank)
    return bar(part, person, accounts) is not None


def approvers_needed(pence: int, limit: int) -> int:
    """How many different people approve a claim of so many pence: two above the limit."""
    return 2 if pence > limit else 1
