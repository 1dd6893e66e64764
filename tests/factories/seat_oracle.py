"""The rules of places once more, as plain Python over lists: what the engine is compared with.

Written for being read beside the college's rules, not for speed; it shares no code with the engine.
Limits are given in whole: working them out from rooms and leaders is the machine's part.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

HOUR = timedelta(hours=1)
SKIPS, HOLD, OFFER_HOURS, LEAST = 2, 72 * HOUR, 48, 24 * HOUR
HOLIDAYS = {date(2027, 3, 26), date(2027, 3, 29), date(2027, 5, 3), date(2027, 5, 31)}


def working_hours_later(start: datetime, hours: int) -> datetime:
    """Hour by hour; the machine stays within one offset from UTC."""
    while hours:
        if start.weekday() < 5 and start.date() not in HOLIDAYS:
            hours -= 1
        start += HOUR
    return start


@dataclass
class Wait:
    """An entry of the list: who, as (name, mode), the asking student first."""

    number: int
    bodies: list[tuple[str, str]]
    roles: dict[str, str]
    skips: int = 0
    hold: datetime | None = None
    expires: datetime | None = None  # while there is an offer
    made: datetime | None = None  # when it was made
    last: int = 0


@dataclass
class Oracle:
    """One run. `enrolled` and `offered` map a name to how they take part."""

    limits: tuple[int, int, int]  # in person, online, together
    starts: list[datetime]
    enrolled: dict[str, str] = field(default_factory=dict)
    students: set[str] = field(default_factory=set)
    supports: set[tuple[str, str]] = field(default_factory=set)  # (helper, student)
    offered: dict[str, str] = field(default_factory=dict)
    list: list[Wait] = field(default_factory=list)
    apart: set[frozenset[str]] = field(default_factory=set)
    numbers: int = 0

    # Arithmetic

    def free(self) -> tuple[int, int, int]:
        modes = [*self.enrolled.values(), *self.offered.values()]
        room, online, both = self.limits
        return room - modes.count("in_person"), online - modes.count("online"), both - len(modes)

    def need(self, bodies: list[tuple[str, str]]) -> tuple[int, int, int]:
        modes = [
            mode for name, mode in bodies if name not in self.enrolled and name not in self.offered
        ]
        return modes.count("in_person"), modes.count("online"), len(modes)

    def fits(self, need: tuple[int, int, int]) -> bool:
        return all(n == 0 or n <= f for n, f in zip(need, self.free(), strict=True))

    def hurts(self, need: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
        """Taking `need` takes what `other` lacks, or would lack then."""
        free = self.free()
        lacks = [o > f for o, f in zip(other, free, strict=True)]
        if any(n and o and lack for n, o, lack in zip(need, other, lacks, strict=True)):
            return True
        left = [f - n for f, n in zip(free, need, strict=True)]
        return self.fits(other) and any(
            n and o and o > rest for n, o, rest in zip(need, other, left, strict=True)
        )

    def is_apart(self, names: list[str]) -> bool:
        here = {*self.enrolled, *self.offered, *names}
        return any(frozenset((name, one)) in self.apart for name in names for one in here)

    # The list

    def tick(self, at: datetime) -> None:
        """What is over at an instant is over, and what is free goes on."""
        for wait in list(self.list):
            if wait.expires is None or wait.made is None:
                continue
            wait.expires = min(wait.expires, self.next_start(wait.made) or at)
            if wait.expires > at:
                continue
            if wait.expires in self.starts and wait.expires - wait.made < LEAST:
                self.take_back(wait)
            else:
                self.drop(wait)
        self.hand_on(at)

    def refresh(self, at: datetime) -> None:
        """The minute's look: once nobody new can begin, nobody waits any more."""
        self.tick(at)
        if self.starts and self.next_start(at) is None:
            for wait in list(self.list):
                self.drop(wait)

    def next_start(self, after: datetime) -> datetime | None:
        return min((one for one in self.starts if one > after), default=None)

    def take_back(self, wait: Wait) -> None:
        for name, _ in wait.bodies:
            self.offered.pop(name, None)
        wait.expires = wait.made = None

    def has_room_for(self, bodies: list[tuple[str, str]]) -> bool:
        need = self.need(bodies)
        return all(n == 0 or n <= most for n, most in zip(need, self.limits, strict=True))

    def drop(self, wait: Wait) -> None:
        if wait.expires is not None:
            self.take_back(wait)
        self.list.remove(wait)

    def hand_on(self, at: datetime) -> None:  # noqa: C901 - the rules in their own order, on one page
        start = self.next_start(at)
        if start is None:
            return
        ahead: list[Wait] = []
        for wait in list(self.list):
            if wait.expires is not None:
                continue
            if wait.hold is not None and wait.hold <= at:
                wait.hold, wait.skips = None, 0
            names = [name for name, _ in wait.bodies]
            if any(name in self.offered for name in names):
                continue
            need = self.need(wait.bodies)
            if not need[2]:
                self.settle(wait)
            elif self.is_apart(names) or not self.has_room_for(wait.bodies):
                continue
            elif self.fits(need) and self.may_pass(need, ahead, wait.number, at):
                wait.expires, wait.made = min(working_hours_later(at, OFFER_HOURS), start), at
                wait.last, wait.hold = max(one.number for one in self.list), None
                for name, mode in wait.bodies:
                    if name not in self.enrolled:
                        self.offered[name] = mode
            else:
                ahead.append(wait)
        if ahead:
            need, free = self.need(ahead[0].bodies), self.free()
            if free[2] > 0 and any(n > f > 0 for n, f in zip(need, free, strict=True) if n):
                self.held(ahead[0], at)

    def held(self, wait: Wait, at: datetime) -> bool:
        if wait.hold is None and wait.skips >= SKIPS:
            wait.hold = at + HOLD
        return wait.hold is not None and wait.hold > at

    def may_pass(
        self, need: tuple[int, int, int], ahead: list[Wait], number: int, at: datetime
    ) -> bool:
        hurt = [one for one in ahead if self.hurts(need, self.need(one.bodies))]
        if not hurt:
            return True
        if any(one.expires is not None and one.last < number for one in self.list):
            return False
        if self.held(hurt[0], at):
            return False
        for one in hurt:
            one.skips += 1
        return True

    def settle(self, wait: Wait) -> None:
        for name, mode in wait.bodies:
            self.offered.pop(name, None)
            self.enrolled.setdefault(name, mode)
        self.join(wait.bodies, wait.roles)
        self.list.remove(wait)

    def join(self, bodies: list[tuple[str, str]], roles: dict[str, str]) -> None:
        student = bodies[0][0]
        for name, _ in bodies:
            if roles[name] == "student":
                self.students.add(name)
            else:
                self.supports.add((name, student))

    # What people do

    def book(self, bodies: list[tuple[str, str]], roles: dict[str, str], at: datetime) -> str:
        """`closed`, `too many`, `offered`, `waiting` or `enrolled`."""
        self.tick(at)  # what is over is over, whoever is refused afterwards
        if not any(one > at for one in self.starts):
            return "closed"
        if 1 < len(bodies) > self.limits[2]:
            return "too many"
        asking = bodies[0][0]
        mine = [one for one in self.list if one.bodies[0][0] == asking]
        if mine:
            return "offered" if mine[0].expires is not None else "waiting"
        names = [name for name, _ in bodies]
        need = self.need(bodies)
        elders = [
            one
            for one in self.list
            if one.expires is None
            and not any(name in self.offered for name, _ in one.bodies)
            and not self.is_apart([name for name, _ in one.bodies])
            and self.has_room_for(one.bodies)
        ]
        everybody_here = all(
            name in self.enrolled and (roles[name] != "student" or name in self.students)
            for name in names
        )
        if everybody_here:
            return "enrolled"
        if (
            self.fits(need)
            and not any(name in self.offered for name in names)
            and not self.is_apart(names)
            and self.may_pass(need, elders, self.numbers + 1, at)
        ):
            for name, mode in bodies:
                self.enrolled.setdefault(name, mode)
            self.join(bodies, roles)
            for wait in list(self.list):  # a party whose members all came by themselves
                unsettled = any(name in self.offered for name, _ in wait.bodies)
                if not unsettled and not self.need(wait.bodies)[2]:
                    self.settle(wait)
            return "enrolled"
        self.numbers += 1
        self.list.append(Wait(self.numbers, bodies, roles))
        return "waiting"

    def withdraw(self, name: str, at: datetime) -> None:
        self.tick(at)
        if name not in self.enrolled:
            return
        leaving = [name]
        for helper, student in sorted(self.supports):
            others = {one for who, one in self.supports if who == helper and one != name}
            if (
                student == name
                and helper in self.enrolled
                and helper not in self.students
                and not others & set(self.enrolled)
            ):
                leaving.append(helper)
        for one in leaving:
            self.enrolled.pop(one, None)
            self.students.discard(one)
            self.supports = {pair for pair in self.supports if one not in pair}
            self.forget(one)
        self.hand_on(at)

    def forget(self, name: str) -> None:
        """Whoever leaves waits no more; others wait without them."""
        for wait in list(self.list):
            if wait.bodies[0][0] == name:
                self.drop(wait)
            elif any(one == name for one, _ in wait.bodies):
                wait.bodies = [body for body in wait.bodies if body[0] != name]
                self.offered.pop(name, None)

    def accept(self, asking: str, at: datetime) -> bool:
        self.tick(at)
        wait = self.offer_of(asking)
        if wait is None:
            return False
        wait.expires = None
        self.settle(wait)
        self.hand_on(at)
        return True

    def leave(self, asking: str, at: datetime) -> None:
        self.tick(at)
        for wait in [one for one in self.list if one.bodies[0][0] == asking]:
            self.drop(wait)
        self.hand_on(at)

    def offer_of(self, asking: str) -> Wait | None:
        return next(
            (one for one in self.list if one.bodies[0][0] == asking and one.expires is not None),
            None,
        )
