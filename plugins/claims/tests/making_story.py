"""A person's money over time, one step after the other, as the college's people would take them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError
from plugins.claims.models import (
    UNPAID,
    AdvanceRow,
    Batch,
    BatchState,
    CameBack,
    Category,
    Claim,
    Move,
    Offer,
    Payment,
    Proof,
    RecognitionChoice,
    Stage,
    State,
)
from plugins.claims.money.batches import Outcome
from plugins.claims.queries.adjusting import waiting as to_put_right
from plugins.claims.services import (
    adjusting,
    advances,
    answering,
    batching,
    beginning,
    by_hand,
    cash,
    deciding,
    exporting,
    outcomes,
    purposes,
    sources,
    writing,
)
from plugins.claims.services.advances import Wish
from plugins.claims.services.store import lines_of
from plugins.claims.services.today import today
from plugins.claims.tests.making import YES, car, less, no, taxi
from plugins.claims.tests.making_offers import Offers, charity
from plugins.claims.tests.making_offers import less as take_less
from plugins.claims.tests.making_paying import Paying

DAY = date(2026, 3, 2)
Step = tuple[str, int]
# What often follows on each other; by themselves, steps would rarely get as far as a payment.
SCENES = (
    ("claim", "decide", "pay", "arrive"),
    ("claim", "decide", "pay", "come back"),
    ("claim", "decide", "right", "pay"),
    ("claim", "part of", "decide", "pay"),
    ("claim", "decide", "pay", "arrive", "right", "appeal"),
    ("ahead", "pay", "arrive", "spend", "decide"),
    ("ahead", "pay", "arrive", "spend", "part of", "decide", "pay"),
    ("ahead", "pay", "arrive", "give back"),
    ("offer", "pay", "arrive"),
    ("offer", "hand"),
    ("claim", "ask"),
    ("draft",),
    ("decide",),
    ("appeal",),
    ("withdraw",),
    ("right",),
    ("pay",),
    ("come back",),
    ("cash",),
)
# A story goes through the services and a database, a second each on PostgreSQL: rules alone are tried 10,000
# times, stories 300, or the soak would take hours.
DEEP = settings(
    max_examples=300 if os.environ.get("SOAK") == "1" else 15,
    deadline=None,
    database=None,
    # A database is slow to shrink on: it took longer than a test may.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def stories() -> st.SearchStrategy[list[Step]]:
    """Some scenes, each of its steps with a number of its own."""
    scene = st.sampled_from(SCENES).flatmap(
        lambda names: st.tuples(
            *(st.tuples(st.just(name), st.integers(1, 9_000)) for name in names)
        )
    )
    return st.lists(scene, max_size=6).map(
        lambda scenes: [step for scene in scenes for step in scene]
    )


class Story:
    """What happens with one person's money; `take` tries a step, and leaves out what cannot be done."""

    def __init__(self, session: Session, *, details: bool = True) -> None:
        self.session = session
        self.made, self.offers = Paying(session), Offers(session)
        self.sam = self.made.payee(details=details)
        # All of them are there before the first step: one that cannot be done is undone with what it made.
        self.decider, self.payer, self.second = map(
            self.made.person, ("Decider", "Payer", "Second")
        )
        self.budgets = [self.offers.budget(10_000_000), self.offers.budget(10_000_000)]
        self.activities = [self.offers.activity(budget=budget) for budget in (*self.budgets, None)]
        assert self.offers.maker.person_id != self.offers.closer.person_id
        self.steps: Mapping[str, Callable[[int], None]] = {
            "claim": self.claim,
            "draft": self.draft,
            "ask": self.ask,
            "decide": self.decide,
            "withdraw": self.withdraw,
            "appeal": self.appeal,
            "ahead": self.ahead,
            "spend": self.spend,
            "give back": self.give_back,
            "offer": self.offer,
            "hand": self.hand,
            "right": self.right,
            "part of": self.part_of,
            "pay": self.pay,
            "cash": self.cash,
            "arrive": self.arrive,
            "come back": self.come_back,
        }

    def take(self, steps: Sequence[Step]) -> None:
        for name, number in steps:
            try:
                with self.session.begin_nested():
                    self.steps[name](number)
            except RefusedError:
                pass
            self.session.expire_all()

    def claim(self, number: int) -> None:
        spent = [taxi(number, DAY), car(number % 90 + 1, DAY), taxi(number % 7 + 1, DAY)]
        self.made.sent(self.sam, *spent[: number % 3 + 1])

    def draft(self, number: int) -> None:
        self.made.draft(self.sam, taxi(number, DAY))

    def ask(self, _number: int) -> None:
        if claim := self._claim(State.SUBMITTED):
            deciding.ask(self.session, self.decider, claim.id, "Where to?")

    def decide(self, number: int) -> None:
        claim = self._claim(State.SUBMITTED)
        if claim is None:
            return
        said = [
            no() if (number + n) % 5 == 0 else less(1) if (number + n) % 3 == 0 else YES
            for n, _line in enumerate(lines_of(self.session, claim.id))
        ]
        who = self.decider if claim.round == 1 else self.second
        if not self.made.decide(who, claim, *said):
            self.made.decide(self.made.person("Another"), claim, *said)

    def withdraw(self, _number: int) -> None:
        if claim := self._claim(State.SUBMITTED, State.DECIDED, State.FAILED):
            writing.withdraw(self.session, self.sam, claim.id)

    def appeal(self, _number: int) -> None:
        if claim := self._claim(State.DECIDED, State.SETTLED):
            writing.appeal(self.session, self.sam, claim.id, "All of it was for you")

    def ahead(self, number: int) -> None:
        one = advances.ask(self.session, self.sam, Wish("York", today() + timedelta(3), number))
        if number % 4:
            advances.decide(self.session, self.decider, one.id, YES)

    def spend(self, number: int) -> None:
        if one := self._open_ahead():
            claim = beginning.begin_against(self.session, self.sam, one.id)
            line = writing.add_line(self.session, self.sam, claim.id, Category.TRANSPORT)
            writing.say_when(self.session, self.sam, claim.id, line, DAY)
            writing.say_how_much(self.session, self.sam, claim.id, line, number)
            writing.prove(self.session, self.sam, claim.id, line, Proof.LOST)
            self.made.send(self.sam, claim)

    def give_back(self, number: int) -> None:
        if one := self._open_ahead():
            how = Move.RETURNED if number % 2 else Move.WRITTEN_OFF
            pence = min(number, one.left_open)
            key = f"{one.id}:{one.left_open}"  # another for each form that is shown
            advances.settle(self.session, self.payer, one.id, how, pence, key)

    def offer(self, number: int) -> None:
        made = self.offers.offer(self.sam, voucher=number, certificate=bool(number % 2))
        said = [charity(), take_less(number % 6000 + 1), take_less(1), None][number % 4]
        if said is not None:
            answering.answer(self.session, self.sam, made.id, said)
        if number % 3:
            self.offers.close(made, Stage.DONE)

    def hand(self, _number: int) -> None:
        found = self.session.scalars(
            sa.select(RecognitionChoice)
            .join(Offer, Offer.id == RecognitionChoice.offer_id)
            .where(Offer.person_id == self.sam.person_id, Offer.stage == Stage.DONE)
        )
        for one in found:
            if one.charity and one.paying in UNPAID:
                by_hand.note_paid(self.session, self.payer, one.id, one.version)

    def right(self, number: int) -> None:
        claim = self._claim(State.DECIDED, State.SETTLED, State.SENT)
        if claim is None:
            return
        lines = lines_of(self.session, claim.id)
        line = lines[number % len(lines)]
        pence = None if line.tenths else (number % 11 - 5 or 1)
        adjusting.propose(self.session, self.decider, claim.id, line.id, pence, "It was so")
        shown = {one.id: one.pence for one in to_put_right(self.session)}
        adjusting.approve(self.session, self.second, shown)

    def part_of(self, number: int) -> None:
        """The claim that was sent last is part of something, or of nothing that is known."""
        claim = self.session.scalars(
            sa.select(Claim).where(Claim.sent_at.is_not(None)).order_by(Claim.id.desc()).limit(1)
        ).one_or_none()
        if claim is not None:
            choices = [*(one.id for one in self.activities), None]
            purposes.set_purpose(self.session, self.decider, claim.id, choices[number % 4])

    def pay(self, number: int) -> None:
        """Some of what waits, or all of it, goes to the bank."""
        waiting = [sources.key_of(one) for one in sources.waiting(self.session)]
        keys = set(waiting[: number % len(waiting) + 1]) if waiting else set()
        if not keys:
            return
        ref = batching.put_in(self.session, self.payer, keys).ref
        made = self.session.scalars(sa.select(Batch).where(Batch.ref == ref)).one()
        batching.lock(self.session, self.payer, made.id)
        if number % 5:
            exporting.export(self.session, self.payer, made.id)

    def cash(self, _number: int) -> None:
        for one in sources.waiting(self.session)[:1]:
            cash.begin(self.session, self.payer, sources.key_of(one))

    def arrive(self, _number: int) -> None:
        if made := self._batch():
            outcomes.answer(self.session, self.payer, made.id, {})

    def come_back(self, number: int) -> None:
        made = self._batch()
        if made is None:
            return
        sent = self.session.scalars(
            sa.select(Payment).where(Payment.batch_id == made.id, Payment.outcome != Outcome.FAILED)
        ).all()
        why = CameBack.FILE if number % 2 else CameBack.CLOSED
        outcomes.answer(self.session, self.payer, made.id, {one.id: why for one in sent[:1]})

    def _claim(self, *states: State) -> Claim | None:
        return self.session.scalars(
            sa.select(Claim)
            .where(Claim.person_id == self.sam.person_id, Claim.state.in_(states))
            .order_by(Claim.changed_at, Claim.id)
            .limit(1)
        ).one_or_none()

    def _open_ahead(self) -> AdvanceRow | None:
        return self.session.scalars(
            sa.select(AdvanceRow).where(AdvanceRow.left_open > 0).limit(1)
        ).one_or_none()

    def _batch(self) -> Batch | None:
        exported = (BatchState.EXPORTED, BatchState.CONFIRMED, BatchState.PART_FAILED)
        return self.session.scalars(
            sa.select(Batch).where(Batch.state.in_(exported)).order_by(Batch.id.desc()).limit(1)
        ).one_or_none()
