"""How many bodies fit, as plain arithmetic: needs, limits, and who would take what from whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.courses.api import RunSeats
from portal.enrolment.models import TakesPart


@dataclass(frozen=True, slots=True)
class Room:
    """Places by the way of taking part, and together: what is needed, or free. Free may be below zero."""

    in_person: int
    online: int
    total: int

    def fits(self, need: Room) -> bool:
        """True when what is free is enough. What is not needed may well be overfull."""
        return all(wanted <= free for wanted, free in self._beside(need) if wanted)

    def takes_from(self, need: Room, other: Room) -> bool:
        """True when giving `need` away would take something that `other` is short of, or then would be.

        `self` is what is free. Somebody who waits for a chair is not overtaken by one who joins online,
        as long as chairs are what is missing.
        """
        fits = self.fits(other)
        for (taken, free), wanted in zip(self._beside(need), other.parts, strict=True):
            if taken and wanted and (wanted > free or (fits and wanted > free - taken)):
                return True
        return False

    def short_of(self, need: Room) -> bool:
        """True when some of what `need` is short of is free: keeping it would help."""
        return self.total > 0 and any(
            wanted > free > 0 for wanted, free in self._beside(need) if wanted
        )

    @property
    def one_by_one(self) -> int:
        """How many fit who come by themselves and take part in whatever way is free."""
        return max(0, min(self.total, max(0, self.in_person) + max(0, self.online)))

    @property
    def parts(self) -> tuple[int, int, int]:
        """In person, online, together."""
        return self.in_person, self.online, self.total

    def _beside(self, need: Room) -> Iterable[tuple[int, int]]:
        return zip(need.parts, self.parts, strict=True)


def count(modes: Iterable[TakesPart]) -> Room:
    """What bodies that take part in these ways need, or hold."""
    listed = list(modes)
    online = listed.count(TakesPart.ONLINE)
    return Room(len(listed) - online, online, len(listed))


def limits(run: RunSeats, at: datetime) -> Room:
    """The most that may be on a run: the tightest of its sessions that are not over. Invariant 1.

    In person: the room less those who lead, where the room's size is known; online: the online cap;
    together: the learning cap. Without a session to come nobody fits.
    """
    coming = [one for one in run.sessions if one.ends_at > at]
    if not coming or not run.takes_people:
        return Room(0, 0, 0)
    cap = run.learning_cap
    chairs = [max(0, one.room - one.leaders) for one in coming if one.room is not None]
    online = cap if run.online_cap is None else min(cap, run.online_cap)
    return Room(
        in_person=min(cap, *chairs) if run.in_person and chairs else cap if run.in_person else 0,
        online=online if run.online else 0,
        total=cap,
    )


def left(most: Room, held: Room) -> Room:
    """What is free of `most` when `held` is taken."""
    return Room(*(limit - used for limit, used in zip(most.parts, held.parts, strict=True)))
