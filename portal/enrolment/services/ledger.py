"""A run's places as they stand under its lock, and the only code that adds and removes seats.

`opened` locks the run before it reads anything, so whatever is decided on a ledger is one act with what
it was decided on. `services.handing` decides who is next; `services.seats` is what others call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count as numbers
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.courses.api import MissingError, RunSeats, leaders_of_run, lock_run, set_places
from portal.db import Base, CollisionError, insert_row, table_of
from portal.enrolment.models import (
    Enrolment,
    EnrolmentState,
    KeepApart,
    Offer,
    OfferState,
    Seat,
    TakesPart,
    WaitBody,
    WaitEntry,
    WaitState,
)
from portal.enrolment.queries.pauses import paused_among
from portal.enrolment.services.outcomes import Body, NoSuchPlaceError
from portal.enrolment.services.room import Room, count, left, limits

LIVE = (WaitState.WAITING, WaitState.OFFERED)
UNIQUE_VIOLATION = "23505"  # of PostgreSQL; SQLite only says it in words


@dataclass(slots=True)
class Line:
    """One live entry of the waiting list, with its bodies (the one who is asked first) and its offer."""

    entry: WaitEntry
    bodies: tuple[WaitBody, ...]
    offer: Offer | None

    @property
    def people(self) -> set[int]:
        """The people the college knows among them."""
        return {body.person_id for body in self.bodies if body.person_id is not None}


@dataclass(slots=True)
class Held:
    """A row of `seat`, as this transaction sees it."""

    id: int
    number: int
    mode: TakesPart
    place: int
    person_id: int | None
    enrolment_id: int | None
    wait_body_id: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """As little as most questions need of a live entry of the list."""

    entry_id: int
    person_id: int | None
    state: WaitState


# Asked or done for every booking, so put together once.
_SEAT, _ENTRY, _APART = table_of(Seat), table_of(WaitEntry), table_of(KeepApart)
_SEATS = sa.select(
    _SEAT.c.id,
    _SEAT.c.number,
    _SEAT.c.mode,
    _SEAT.c.place,
    _SEAT.c.person_id,
    _SEAT.c.enrolment_id,
    _SEAT.c.wait_body_id,
).where(_SEAT.c.run_id == sa.bindparam("run_id"))
_STANDING = (
    sa.select(_ENTRY.c.id, _ENTRY.c.person_id, _ENTRY.c.state)
    .where(_ENTRY.c.run_id == sa.bindparam("run_id"), _ENTRY.c.ended_at.is_(None))
    .order_by(_ENTRY.c.id)
)
_PAIRS = sa.select(_APART.c.one_id, _APART.c.other_id)
_CHANGE_SEAT = sa.update(_SEAT).where(_SEAT.c.id == sa.bindparam("seat_id"))
_DELETE_SEAT = sa.delete(_SEAT).where(_SEAT.c.id == sa.bindparam("seat_id"))


class Ledger:
    """Everything that decides about the places on one run at one instant."""

    def __init__(self, session: Session, run: RunSeats, at: datetime) -> None:
        self.session = session
        self.run = run
        self.at = at
        self.limits = limits(run, at)
        session.flush()
        self.seats = [Held(*row) for row in session.execute(_SEATS, {"run_id": run.id})]
        self._standing: list[Standing] | None = None
        self._lines: list[Line] | None = None
        self._apart: list[tuple[int, int]] | None = None
        self._leading: frozenset[int] | None = None
        self._away: frozenset[int] | None = None

    # What is there

    @property
    def free(self) -> Room:
        """What nobody holds; below zero where the caps were lowered."""
        return left(self.limits, count(seat.mode for seat in self.seats))

    @property
    def has_offers(self) -> bool:
        """True while places are held for somebody's answer."""
        return any(seat.wait_body_id is not None for seat in self.seats)

    @property
    def standing(self) -> list[Standing]:
        """Who stands in the waiting list, in its order. Read when first asked for."""
        if self._lines is not None:
            return [
                Standing(line.entry.id, line.entry.person_id, line.entry.state)
                for line in self._lines
            ]
        if self._standing is None:
            rows = self.session.execute(_STANDING, {"run_id": self.run.id})
            self._standing = [Standing(*row) for row in rows]
        return self._standing

    @property
    def lines(self) -> list[Line]:
        """The waiting list in its order, offered ones among it. Read when first asked for."""
        if self._lines is None:
            self._lines = self._read_lines() if self.standing else []
        return self._lines

    def waiting(self) -> list[Line]:
        """Those of the list who have no offer, in order."""
        return [line for line in self.lines if line.entry.state is WaitState.WAITING]

    def count_waiting(self) -> int:
        """How many of the list have no offer."""
        return sum(1 for one in self.standing if one.state is WaitState.WAITING)

    def lines_of(self, person_id: int) -> list[Line]:
        """The line in which somebody is the one who is asked, if there is one."""
        if not any(one.person_id == person_id for one in self.standing):
            return []
        return [line for line in self.lines if line.entry.person_id == person_id]

    def bodies_of(self, entry_id: int) -> tuple[WaitBody, ...]:
        """Who waits together in an entry of the list."""
        return next((line.bodies for line in self.lines if line.entry.id == entry_id), ())

    def position(self, entry_id: int) -> int:
        """The place in the list: 1 is the head. Those who have an offer are not counted."""
        return 1 + sum(1 for line in self.waiting() if line.entry.id < entry_id)

    def seat_of(self, person_id: int | None) -> Held | None:
        """The seat that a person holds here, enrolled or offered."""
        if person_id is None:
            return None
        return next((seat for seat in self.seats if seat.person_id == person_id), None)

    def need(self, bodies: Iterable[WaitBody]) -> Room:
        """What these would need to be seated: who has a seat here already is not counted again."""
        own = {seat.wait_body_id for seat in self.seats}
        return count(
            body.mode
            for body in bodies
            if body.id not in own and self.seat_of(body.person_id) is None
        )

    def is_unsettled(self, people: Iterable[int]) -> bool:
        """True when one of them has a place here that is only offered: first that must be answered."""
        seats = (self.seat_of(person_id) for person_id in people)
        return any(seat is not None and seat.wait_body_id is not None for seat in seats)

    def is_kept_apart(self, people: Iterable[int]) -> bool:
        """True when one of these must not share a group with another of them, or with somebody who has
        a place here or leads.
        """
        if self._apart is None:
            self._apart = [(one, other) for one, other in self.session.execute(_PAIRS)]
        asked = set(people)
        return any(
            other in asked or self.seat_of(other) is not None or other in self._leaders()
            for pair in self._apart
            for one, other in (pair, pair[::-1])
            if one in asked
        )

    def is_away(self, person_id: int | None) -> bool:
        """True while somebody who waits takes a break: places pass them, and they keep theirs in the list."""
        if self._away is None:
            waiting = [one.person_id for one in self.standing if one.person_id is not None]
            self._away = paused_among(self.session, waiting, self.at) if waiting else frozenset()
        return person_id in self._away

    def _leaders(self) -> frozenset[int]:
        if self._leading is None:
            self._leading = leaders_of_run(self.session, self.run.id)
        return self._leading

    # What changes

    def seat(
        self,
        mode: TakesPart,
        person_id: int | None,
        *,
        enrolment_id: int | None,
        body_id: int | None,
    ) -> None:
        """Give one body the lowest free numbers. The caller has made sure that it fits."""
        number = _lowest_free(seat.number for seat in self.seats)
        place = _lowest_free(seat.place for seat in self.seats if seat.mode is mode)
        seat_id = self.insert(
            Seat,
            run_id=self.run.id,
            number=number,
            mode=mode,
            place=place,
            person_id=person_id,
            enrolment_id=enrolment_id,
            wait_body_id=body_id,
        )
        self.seats.append(Held(seat_id, number, mode, place, person_id, enrolment_id, body_id))

    def change_mode(self, seat: Held, mode: TakesPart) -> None:
        """The same body takes part in the other way."""
        place = _lowest_free(other.place for other in self.seats if other.mode is mode)
        self._change(seat, mode=mode, place=place)

    def enrol_seat(self, seat: Held, enrolment_id: int) -> None:
        """A body whose place was only offered has it now."""
        self._change(seat, enrolment_id=enrolment_id, wait_body_id=None)

    def unseat(self, seat: Held) -> None:
        """A body holds its place no more. Numbers of others stay: they are promises, not an order."""
        self.seats.remove(seat)
        self.flush()
        # At once: the database must see a number leave before it sees it given again.
        self.session.execute(_DELETE_SEAT, {"seat_id": seat.id})

    def wake(self) -> None:
        """There is another place: whoever could not be reached for the last one is asked again."""
        for line in self.waiting():
            line.entry.resting = False

    def end_offer(self, line: Line, state: OfferState) -> None:
        """An offer is over without a place; the seats it held are free."""
        if line.offer is None:
            raise NoSuchPlaceError(line.entry.id)
        line.offer.state, line.offer.settled_at = state, self.at
        line.offer = None
        bodies = {body.id for body in line.bodies}
        for seat in [one for one in self.seats if one.wait_body_id in bodies]:
            self.unseat(seat)

    def join(self, entry_id: int, person_id: int | None, bodies: Iterable[Body]) -> None:
        """Somebody new stands at the end of the list. The entry is written already."""
        for body in bodies:
            self.insert(
                WaitBody,
                entry_id=entry_id,
                person_id=body.person_id,
                guest_name=body.guest_name,
                role=body.role,
                mode=body.mode,
            )
        self._standing = [*self.standing, Standing(entry_id, person_id, WaitState.WAITING)]
        self._lines = None

    def take_back_offer(self, line: Line, state: OfferState) -> None:
        """An offer ends, and they wait again, where they stood."""
        self.end_offer(line, state)
        line.entry.state = WaitState.WAITING
        self.flush()

    def end_line(self, line: Line, state: WaitState, why: str = "") -> None:
        """An entry leaves the list."""
        line.entry.state, line.entry.ended_at, line.entry.ended_why = state, self.at, why
        line.entry.hold_until = None
        self.lines.remove(line)
        self.flush()

    def end_enrolment(self, enrolment: Enrolment, state: EnrolmentState, why: str) -> None:
        """A place is given up; its seat is free."""
        enrolment.state, enrolment.ended_at, enrolment.ended_why = state, self.at, why
        for seat in [one for one in self.seats if one.enrolment_id == enrolment.id]:
            self.unseat(seat)

    def flush(self) -> None:
        """Write what is pending.

        Raises:
            CollisionError: another unit slipped past the lock; this one can be run again.
        """
        with _colliding():
            self.session.flush()

    def insert(self, model: type[Base], **values: Any) -> int:
        """Write one row of this run; its id.

        Raises:
            CollisionError: as `flush`.
        """
        with _colliding():
            return insert_row(self.session, model, **values)

    def _change(self, seat: Held, **values: Any) -> None:
        self.flush()
        with _colliding():
            self.session.execute(_CHANGE_SEAT, {"seat_id": seat.id, **values})
        for name, value in values.items():
            setattr(seat, name, value)

    def keep_numbers(self, free: int | None) -> None:
        """Keep the numbers that lists show, when they have changed: see `handing.close`."""
        taken = len(self.seats)
        if (taken, free) != (self.run.seats_taken, self.run.places_free):
            set_places(self.session, self.run.id, taken=taken, free=free)
            self.run = replace(self.run, seats_taken=taken, places_free=free)

    def _read_lines(self) -> list[Line]:
        rows = self.session.execute(
            sa.select(WaitEntry, Offer)
            .outerjoin(
                Offer, sa.and_(Offer.entry_id == WaitEntry.id, Offer.state == OfferState.LIVE)
            )
            .where(WaitEntry.run_id == self.run.id, WaitEntry.state.in_(LIVE))
            .order_by(WaitEntry.id)
            .execution_options(populate_existing=True)
        ).all()
        bodies: dict[int, list[WaitBody]] = {entry.id: [] for entry, _ in rows}
        if rows:
            found = self.session.scalars(
                sa.select(WaitBody).where(WaitBody.entry_id.in_(bodies)).order_by(WaitBody.id)
            )
            for body in found:
                bodies[body.entry_id].append(body)
        return [Line(entry, tuple(bodies[entry.id]), offer) for entry, offer in rows]


def locked(session: Session, run_id: int, at: datetime) -> Ledger:
    """A run's ledger, under its lock. Nothing has been decided yet: see `handing.opened`.

    Raises:
        NoSuchPlaceError: there is no such run.
    """
    try:
        return Ledger(session, lock_run(session, run_id), at)
    except MissingError as error:
        raise NoSuchPlaceError(run_id) from error


@contextmanager
def _colliding() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if not _is_collision(error):
            raise
        raise CollisionError(
            error.statement, error.params, error.orig or error, hide_parameters=True
        ) from error


def _lowest_free(taken: Iterable[int]) -> int:
    used = set(taken)
    return next(number for number in numbers(1) if number not in used)


def _is_collision(error: IntegrityError) -> bool:
    return getattr(error.orig, "sqlstate", None) == UNIQUE_VIOLATION or "UNIQUE constraint" in str(
        error.orig
    )
