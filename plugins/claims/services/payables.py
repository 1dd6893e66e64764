"""What can be paid out: each kind says what waits, and is told how far the payment has come."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy.orm import Session

from plugins.claims.models import Payment, Way
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.separation import Involved


@dataclass(frozen=True, slots=True)
class Payable:
    """Pence that the college owes to one person. `what_id` is a claim's, an answer's or an advance's;
    `title` is what its person called it, `version` what was approved, `due` by when payment is promised.
    `by_hand`: it is paid into no account of its person.
    """

    what: What
    what_id: int
    person_id: int
    pence: int
    version: int
    title: str
    due: date | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """What it is called, and the address of the record that it is a part of."""

    title: str
    ref: str


class Waiting(Protocol):
    """What waits to be paid; of some people, where they are named."""

    def __call__(
        self, session: Session, people: Collection[int] | None = None, /
    ) -> Sequence[Payable]:
        """What waits, oldest first."""


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of what is paid.

    `waiting`: all that is approved and not on its way, oldest first; of some people, where they are named.
    `holds`: whether it stands as it was, asked again with its rows locked when it is put into a batch and
    when the batch is exported. `involved`: who has a part in it. `weighs`: the sums, by `what_id`, that say
    whether two people approve it. `named`: what it is called, and its address. `moved`: it was put into a
    batch (None), sent, settled or failed. `taken_out`: it was left out of a batch again, and waits as before.

    The last three do the same for many at once, for a source of which there may be hundreds: who has a part,
    by `what_id`; which stand, of those with these ids; how far they have come.
    """

    what: What
    waiting: Waiting
    holds: Callable[[Session, Payable], bool]
    involved: Callable[[Session, int], Involved]
    weighs: Callable[[Session, Collection[int]], Mapping[int, int]]
    named: Callable[[Session, Collection[int]], Mapping[int, Named]]
    moved: Callable[[Session, int, Outcome | None], None]
    taken_out: Callable[[Session, int], None] | None = None
    many_involved: Callable[[Session, Collection[int]], Mapping[int, Involved]] | None = None
    many_hold: Callable[[Session, Sequence[Payable]], Collection[int]] | None = None
    many_moved: Callable[[Session, Collection[int], Outcome | None], None] | None = None


def payable_of(payment: Payment) -> Payable:
    """What a payment pays, as it was when it was put into its batch. Nobody's any more: person 0."""
    return Payable(
        payment.what,
        payment.what_id,
        payment.person_id or 0,
        payment.pence,
        payment.version,
        "",
        by_hand=payment.way is not Way.BANK,
    )
