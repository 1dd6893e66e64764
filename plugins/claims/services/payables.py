"""What can be paid out: each kind says what waits, and is told how far the payment has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.separation import Involved


@dataclass(frozen=True, slots=True)
class Payable:
    """Pence that the college owes to one person. `what_id` is a claim's, an answer's or an advance's;
    `title` is what its person called it, `version` what was approved.
    """

    what: What
    what_id: int
    person_id: int
    pence: int
    version: int
    title: str


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of what is paid.

    `waiting`: all that is approved and not on its way, oldest first. `holds`: whether it stands as it was,
    asked again with its rows locked when it is put into a batch and when the batch is exported.
    `involved`: who has a part in it. `moved`: it was put into a batch (None), sent, settled or failed.
    """

    what: What
    waiting: Callable[[Session], Sequence[Payable]]
    holds: Callable[[Session, Payable], bool]
    involved: Callable[[Session, int], Involved]
    moved: Callable[[Session, int, Outcome | None], None]
