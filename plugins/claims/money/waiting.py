"""Since when, and how long, a payment waited for its person: by what is on record, a pure rule.

Once something is owed it waits while there are no bank details, while changed ones wait for a yes, and while
details are to be looked at after a payment came back. Cash that is put aside waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from plugins.claims.money.deadlines import Pause
from plugins.claims.money.readiness import Details, Wait, waits_for


@dataclass(frozen=True, slots=True)
class Held:
    """One version of somebody's bank details, from when it was given to when it ended; None: it holds.

    `confirmed_at` and `said_right_at` as in `Details`.
    """

    version: int
    given_at: datetime
    ended_at: datetime | None = None
    confirmed_at: datetime | None = None
    said_right_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it held at a moment."""
        return self.given_at <= at and (self.ended_at is None or at < self.ended_at)

    def known(self, at: datetime) -> Details:
        """What was known of it at a moment."""
        return Details(
            0,
            self.version,
            self.given_at,
            self.confirmed_at if _by(self.confirmed_at, at) else None,
            self.said_right_at if _by(self.said_right_at, at) else None,
        )


@dataclass(frozen=True, slots=True)
class Tried:
    """One try to pay: when it was begun, and from when on nothing was waited for, because it was in cash or
    had left. `back_at`: when it came back; `asks`: for a reason that lies in the bank details.
    """

    begun_at: datetime
    gone_at: datetime | None = None
    back_at: datetime | None = None
    asks: bool = False

    def away(self, at: datetime) -> bool:
        """Whether it waited for nobody at a moment."""
        return _by(self.gone_at, at) and not _by(self.back_at, at)


def _by(then: datetime | None, at: datetime) -> bool:
    return then is not None and then <= at


def wait_at(held: Sequence[Held], tried: Sequence[Tried], at: datetime) -> Wait | None:
    """What was waited for at a moment; None where nothing was.

    Whoever tried to pay again after a payment had come back waited for nobody to look at the details.
    """
    if any(one.away(at) for one in tried):
        return None
    backs = (one.back_at for one in tried if one.asks and one.back_at is not None)
    back = max((one for one in backs if one <= at), default=None)
    if back is not None and any(back < one.begun_at <= at for one in tried):
        back = None
    there = next((one for one in held if one.holds(at)), None)
    return waits_for(there.known(at) if there is not None else None, back)


def pauses(
    held: Sequence[Held],
    tried: Sequence[Tried],
    since: datetime,
    day: Callable[[datetime], date],
) -> list[Pause]:
    """The days on which it waited since something was owed: from the day after the wait began to the day on
    which it ended, as with a question. `day` is a moment's day where the college is.
    """
    found, begun = list[Pause](), None
    for at in sorted({since, *(one for one in _moments(held, tried) if one > since)}):
        waits = wait_at(held, tried, at) is not None
        if waits and begun is None:
            begun = at
        elif not waits and begun is not None:
            found.append(Pause(day(begun), day(at)))
            begun = None
    if begun is not None:
        found.append(Pause(day(begun)))
    return found


def _moments(held: Sequence[Held], tried: Sequence[Tried]) -> Iterator[datetime]:
    """When what is waited for may have changed."""
    for one in held:
        yield from (at for at in (one.given_at, one.ended_at, one.confirmed_at) if at)
        if one.said_right_at:
            yield one.said_right_at
    for other in tried:
        yield from (at for at in (other.begun_at, other.gone_at, other.back_at) if at)
