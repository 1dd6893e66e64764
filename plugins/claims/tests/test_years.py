"""A person's year of miles, whatever happens in it: what is owed follows the bands on net miles."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError
from plugins.claims.models import (
    STANDS,
    Adjustment,
    AdjustmentKind,
    Claim,
    Decision,
    Line,
    RateRow,
    State,
)
from plugins.claims.money.mileage import Vehicle, quote
from plugins.claims.money.rates import Rate
from plugins.claims.money.years import Journey, due, taken_back
from plugins.claims.queries.adjusting import waiting
from plugins.claims.queries.books import verify
from plugins.claims.services import adjusting, deciding, writing
from plugins.claims.services.deciding_line import Decided
from plugins.claims.services.rates import NewRate, add_rate
from plugins.claims.services.store import lines_of
from plugins.claims.services.topping_up import propose_top_ups
from plugins.claims.tests.making import YES, Claims, car, less, no
from plugins.claims.tests.making_story import DEEP
from plugins.claims.tests.test_adjusting import at_45
from portal.plugin_api import Actor

__all__ = ["at_45"]

SOAK = os.environ.get("SOAK") == "1"
DAY = date(2026, 4, 20)
LIMIT = 150_00  # pence; above it two people approve
BEGIN, LATER = date(2026, 5, 1), date(2026, 9, 1)
# What often follows on each other; by themselves, steps would rarely meet.
SCENES = (
    ("send",),
    ("send", "approve"),
    ("send", "approve", "take back"),
    ("send", "send", "approve", "take back"),
    ("send", "decline", "send", "approve", "appeal"),
    ("send", "one says no", "send"),
    ("send", "send", "approve", "approve", "take back"),
    ("approve",),
    ("decline",),
    ("reduce",),
    ("withdraw",),
    ("take back",),
    ("appeal",),
    ("put right",),
    ("rate",),
)
scenes = st.sampled_from(SCENES).flatmap(
    lambda names: st.tuples(*(st.tuples(st.just(name), st.integers(30, 700)) for name in names))
)
steps = st.lists(scenes, max_size=8).map(lambda found: [step for scene in found for step in scene])


def said(names: str) -> list[tuple[str, int]]:
    """A story in a line: each step with its number, 100 where none is said."""
    found = [name.partition(":") for name in names.split()]
    return [(name.replace("_", " "), int(number or 100)) for name, _colon, number in found]


begun = st.sampled_from([0, 9_500, 9_900, 9_950])  # miles that were approved before the story


def first_band(rates: list[Rate], known: date) -> int:
    """The best rate that was known until a day, in pence a mile."""
    return max(one.pence for one in rates if one.key == "car-first" and one.known_from <= known)


def formula(rate: int, before: int, tenths: int) -> int:
    """Tenths of a penny for so many tenths of a mile after others: written apart from the rules."""

    def year(net: int) -> int:
        return rate * min(net, 100_000) + 25 * max(net - 100_000, 0)

    return year(before + tenths) - year(before)


@dataclass
class Year:
    """What services do with a year, without a database. `decided` and `pending` are journeys by number."""

    rates: list[Rate]
    today: date = BEGIN
    journeys: list[Journey] = field(default_factory=list)
    state: dict[int, str] = field(default_factory=dict)

    def counted(self) -> list[Journey]:
        gone = {"declined", "withdrawn"}
        return [one for one in self.journeys if self.state[one.id] not in gone]

    def net(self) -> int:
        return sum(one.tenths for one in self.counted() if not one.back)

    def take(self, name: str, number: int) -> None:
        steps: Mapping[str, Callable[[int], None]] = {
            "send": self.send,
            "approve": lambda n: self.decide(n, lambda pence: pence),
            "reduce": lambda n: self.decide(n, lambda pence: max(pence * (n % 9 + 1) // 10, 1)),
            "decline": lambda n: self.decide(n, lambda _pence: 0),
            "withdraw": self.withdraw,
            "take back": self.take_back,
            "appeal": self.appeal,
            "put right": self.put_right,
            "rate": self.rate,
            "one says no": lambda _number: None,
        }
        steps[name](number)

    def send(self, number: int) -> None:
        tenths = number * 10 + 1
        made = quote(self.rates, Vehicle.CAR, DAY, tenths, known=self.today, before=self.net())
        key = len(self.journeys)
        one = Journey(key, Vehicle.CAR, DAY, tenths, self.today, made.pence, open=True)
        self.journeys.append(one)
        self.state[key] = "pending"

    def pick(self, number: int, *states: str) -> Journey | None:
        found = [one for one in self.journeys if self.state[one.id] in states and not one.back]
        return found[number % len(found)] if found else None

    def change(self, one: Journey, state: str, **values: int | bool) -> None:
        self.journeys[self.journeys.index(one)] = replace(one, **values)  # type: ignore[arg-type]
        self.state[one.id] = state

    def decide(self, number: int, much: Callable[[int], int]) -> None:
        one = self.pick(number, "pending")
        if one is None:
            return
        pence = much(one.pence)
        state = "decided" if pence else "declined"
        self.change(one, state, allowed=pence, stands=pence, open=False)
        self.follow()

    def withdraw(self, number: int) -> None:
        one = self.pick(number, "pending", "decided")
        if one is not None:
            self.change(one, "withdrawn", allowed=0, stands=0)
            self.follow()

    def take_back(self, number: int) -> None:
        one = self.pick(number, "decided")
        if one is not None:
            pence = taken_back(self.rates, self.counted(), one.id, self.today)
            self.change(one, "decided", back=True, stands=one.stands + pence)
            self.follow()

    def appeal(self, number: int) -> None:
        """It counts again, behind all others, and comes to what they leave."""
        one = self.pick(number, "declined")
        if one is None:
            return
        made = quote(self.rates, Vehicle.CAR, DAY, one.tenths, known=one.known, before=self.net())
        self.journeys.remove(one)
        pence = min(made.pence, one.pence)
        self.journeys.append(replace(one, pence=pence, allowed=0, stands=0, open=True))
        self.state[one.id] = "pending"

    def follow(self) -> None:
        for one in due(self.rates, self.counted(), self.today):
            (made,) = (each for each in self.journeys if each.id == one.id)
            kind = "more" if one.pence > 0 else "less"
            self.change(made, self.state[one.id], **{kind: getattr(made, kind) + one.pence})

    def put_right(self, _number: int = 0) -> None:
        for one in self.counted():
            more = 0 if one.back else one.more
            self.change(
                one, self.state[one.id], stands=one.stands + more + one.less, more=0, less=0
            )

    def rate(self, _number: int) -> None:
        self.today = LATER
        self.follow()


def rates_of_2026() -> list[Rate]:
    """45 pence, and since the summer 55; 25 beyond ten thousand miles."""
    begun = date(2011, 4, 6)
    return [
        Rate("car-first", 45, begun, begun, date(2026, 4, 5), 10_000, id=1),
        Rate("car-over", 25, begun, begun, id=2),
        Rate("car-first", 55, date(2026, 4, 6), date(2026, 5, 21), None, 10_000, id=3),
    ]


@pytest.mark.soak
@settings(max_examples=10_000 if SOAK else 300, deadline=None, database=None)
@given(begun, steps)
def test_a_year_follows_the_bands_whatever_happens_in_it(
    miles: int, story: list[tuple[str, int]]
) -> None:
    year = Year(rates_of_2026())
    for number in [miles // 5] * 5 if miles else []:
        year.take("send", number)
        year.take("approve", 0)
    for name, number in story:
        year.take(name, number)
    while year.pick(0, "pending"):
        year.take("approve", 0)
    year.put_right()

    assert due(year.rates, year.counted(), year.today) == []
    assert not any(one.stands < 0 for one in year.counted())
    exact, before, lines = 0.0, 0, 0
    for one in year.counted():
        if one.back:
            continue
        rate = first_band(year.rates, year.today)
        exact += formula(rate, before, one.tenths) * one.allowed / one.pence
        before, lines = before + one.tenths, lines + 1
    paid = sum(one.stands for one in year.counted())
    assert (
        abs(10 * paid - exact) <= 10 * lines
    )  # each is rounded once, and once where a part was approved


class Travels:
    """One person's journeys over time by the services, as the college's people would take the steps."""

    def __init__(self, session: Session) -> None:
        self.session, self.made = session, Claims(session)
        self.sam = self.made.person()
        self.people = [self.made.person(f"Person {number}") for number in range(6)]
        self.steps: Mapping[str, Callable[[int], None]] = {
            "send": self.send,
            "approve": lambda _number: self.decide(lambda _line: YES),
            "reduce": lambda number: self.decide(lambda line: part(line, number)),
            "decline": lambda _number: self.decide(lambda _line: no()),
            "withdraw": self.withdraw,
            "take back": self.take_back,
            "appeal": self.appeal,
            "put right": self.put_right,
            "rate": self.rate,
            "one says no": self.one_says_no,
        }

    def take(self, name: str, number: int) -> None:
        with suppress(RefusedError), self.session.begin_nested():
            self.number = number
            self.steps[name](number)
        self.session.expire_all()

    def claim(self, *states: State, which: sa.ColumnElement[bool] | None = None) -> Claim | None:
        theirs = sa.select(Claim).where(
            Claim.person_id == self.sam.person_id, Claim.state.in_(states)
        )
        if which is not None:
            lines = sa.select(Line.id).where(Line.claim_id == Claim.id, which)
            theirs = theirs.where(lines.exists())
        found = self.session.scalars(theirs.order_by(Claim.id)).all()
        return found[self.number % len(found)] if found else None

    def send(self, number: int) -> None:
        self.made.sent(
            self.sam, *(car(number % 1_999 + 1, DAY) for _ in range(2 if number % 4 == 3 else 1))
        )

    def decide(self, said: Callable[[Line], Decided]) -> None:
        claim = self.claim(State.SUBMITTED)
        if claim is None:
            return
        lines = lines_of(self.session, claim.id)
        each = {line.id: said(line) if n == 0 else YES for n, line in enumerate(lines)}
        # Three for each round: one of them may have said otherwise.
        for who in self.people[3 * (claim.round - 1) :][:3]:
            if claim.state is State.SUBMITTED:
                with suppress(RefusedError):
                    deciding.decide(self.session, who, claim.id, claim.version, each)

    def one_says_no(self, _number: int) -> None:
        """To one of two journeys, where the other one needs two people; the second may say otherwise."""
        claim = self.claim(State.SUBMITTED)
        lines = lines_of(self.session, claim.id) if claim is not None else []
        if claim is not None and sum(line.pence or 0 for line in lines[1:]) > LIMIT:
            self.made.decide(self.people[0], claim, no(), YES)

    def withdraw(self, _number: int) -> None:
        if claim := self.claim(State.SUBMITTED, State.DECIDED):
            writing.withdraw(self.session, self.sam, claim.id)

    def take_back(self, number: int) -> None:
        back = sa.select(Adjustment.line_id).where(Adjustment.kind == AdjustmentKind.BACK)
        if claim := self.claim(State.DECIDED, which=Line.id.not_in(back)):
            lines = lines_of(self.session, claim.id)
            line, who = lines[number % len(lines)], self.people[0]
            adjusting.propose(self.session, who, claim.id, line.id, None, "It was not made")
            self.approve(AdjustmentKind.BACK)

    def appeal(self, _number: int) -> None:
        if claim := self.claim(State.DECIDED, which=Line.decision == Decision.DECLINED):
            writing.appeal(self.session, self.sam, claim.id, "It was for the college")

    def put_right(self, _number: int = 0) -> None:
        self.approve(AdjustmentKind.TOP_UP, AdjustmentKind.ANEW)

    def approve(self, *kinds: AdjustmentKind) -> None:
        for who in self.people[1:3]:
            shown = {one.id: one.pence for one in waiting(self.session) if one.kind in kinds}
            adjusting.approve(self.session, who, shown)

    def rate(self, _number: int) -> None:
        add_rate(self.session, self.people[0], NewRate("car-first", 55, BEGIN_55, "GOV.UK"))

    def end(self) -> None:
        """Whatever is open is decided, and whatever waits is approved."""
        while self.claim(State.SUBMITTED):
            self.take("approve", 0)
        self.put_right()
        self.session.expire_all()


def part(line: Line, number: int) -> Decided:
    pence = (line.pence or 0) * (number % 9 + 1) // 10
    return less(pence) if pence else YES


def left_of(session: Session, sam: Actor) -> tuple[float, int]:
    """Tenths of a penny that the bands give for what was approved, and how many journeys that is."""
    rows = session.execute(
        sa.select(Line, Claim.state)
        .join(Claim, Claim.id == Line.claim_id)
        .where(Claim.person_id == sam.person_id, Claim.state.in_(STANDS))
        .order_by(Line.turn)
    ).all()
    back = set(
        session.scalars(
            sa.select(Adjustment.line_id).where(
                Adjustment.kind == AdjustmentKind.BACK, Adjustment.approved_at.is_not(None)
            )
        )
    )
    rates = session.execute(sa.select(RateRow.pence).where(RateRow.key == "car-first")).all()
    exact, before, journeys = 0.0, 0, 0
    for line, _state in rows:
        if line.id not in back and line.decision is not Decision.DECLINED:
            tenths, share = line.tenths or 0, (line.allowed or 0) / (line.pence or 1)
            exact += formula(max(pence for (pence,) in rates), before, tenths) * share
            before, journeys = before + tenths, journeys + 1
    return exact, journeys


BEGIN_55 = date(2026, 4, 6)


@pytest.mark.soak
@pytest.mark.usefixtures("at_45")
@DEEP
@given(begun, steps)
@example(9_950, said("send decline send approve appeal approve"))
@example(9_000, said("send:703 one_says_no send:700"))
@example(9_950, said("send approve send take_back:101 decline"))
@example(9_950, said("send send approve approve take_back take_back:101"))
@example(9_950, said("send send approve approve take_back withdraw:101"))
@example(
    9_950, said("send send:101 approve approve:101 rate put_right take_back decline put_right")
)
def test_what_the_college_owes_for_a_year_follows_the_bands(
    session: Session, miles: int, story: list[tuple[str, int]]
) -> None:
    session.commit()
    with time_machine.travel(datetime(2026, 5, 8, 9, tzinfo=UTC), tick=False) as clock:
        travels = Travels(session)
        if miles:
            travels.made.sent(travels.sam, *[car(miles // 5, DAY)] * 5)
            travels.take("approve", 0)
        for name, number in story:
            travels.take(name, number)
            if number % 3 == 0:
                clock.shift(timedelta(days=1))
        travels.end()
        exact, journeys = left_of(session, travels.sam)
        books = verify(session)
        waits = waiting(session)
        again = propose_top_ups(session, since=DAY)
        session.rollback()

    assert (waits, again) == ([], 0)
    assert books.in_order
    assert abs(10 * books.owed - exact) <= 10 * journeys
