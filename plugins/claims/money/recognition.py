"""Recognition: what is offered for time, and what somebody takes of it. Declining is never a debt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from plugins.claims.money.amounts import half_up

MINUTES = 60  # in an hour


class Basis(StrEnum):
    """How somebody takes part. On the volunteer basis there is no recognition in money: a flat sum can make a
    volunteer a worker (source: GOV.UK, "Volunteer opportunities, rights and expenses").
    """

    VOLUNTEER = "volunteer"
    INVOLVEMENT = "involvement"
    PAYROLL = "payroll"


class Taken(StrEnum):
    """What somebody answers to the recognition that is offered."""

    ALL = "all"
    LESS = "less"
    NOTHING = "nothing"
    CHARITY = "charity"


@dataclass(frozen=True, slots=True)
class Settled:
    """An answer in money, in pence: to the person, to a charity, back to the budget. Nothing is owed."""

    payable: int
    to_charity: int
    back: int


def worth(minutes: int, pence_an_hour: int) -> int:
    """What so much time is offered for, in pence, rounded half up once."""
    return half_up(minutes * pence_an_hour, MINUTES)


def settle(offered: int, taken: Taken, pence: int = 0) -> Settled:
    """What an answer means. `pence` is how much is taken, where it is less.

    Raises:
        ValueError: "less" is not less, or is nothing.
    """
    if taken is Taken.LESS and not 0 < pence < offered:
        raise ValueError("less than what is offered, and more than nothing")
    to_person = {Taken.ALL: offered, Taken.LESS: pence}.get(taken, 0)
    to_charity = offered if taken is Taken.CHARITY else 0
    return Settled(to_person, to_charity, offered - to_person - to_charity)


def may_be_offered(basis: Basis, pence: int) -> bool:
    """Whether so much money, or money's worth, may be offered on this basis. Expenses are no recognition: a
    line of a claim never exceeds what was spent, or the miles at their rate.
    """
    return basis is not Basis.VOLUNTEER or pence == 0


def week_of(on: date) -> date:
    """The Monday of a day's week."""
    return on - timedelta(days=on.weekday())


def over_ceiling(
    ceiling: int | None, accepted: Iterable[tuple[date, int]], on: date, offered: int
) -> int | None:
    """What a week would come to, in pence, where that is more than the person's own ceiling; else None.

    `accepted` is (day, pence) of what they took already. Money's worth, such as a voucher, counts.
    """
    monday = week_of(on)
    total = offered + sum(pence for day, pence in accepted if week_of(day) == monday)
    return total if ceiling is not None and total > ceiling else None
