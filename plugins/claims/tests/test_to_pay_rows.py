"""The lists of those who pay against the rules, for rows as they may stand in the tables, however they came
about: moments that coincide, people who are erased, days that have passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import TypeVar

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from plugins.claims.models import (
    Activity,
    ActivityKind,
    Adjustment,
    AdjustmentKind,
    AdvanceApproval,
    AdvanceRow,
    AdvanceState,
    Approval,
    ApprovedAgain,
    BankDetail,
    Batch,
    BatchState,
    CameBack,
    Category,
    Claim,
    Decision,
    Line,
    Offer,
    Payment,
    PaymentStage,
    Question,
    RecognitionChoice,
    Stage,
    State,
    SupportConsent,
    Way,
)
from plugins.claims.models import Paying as PayingStage
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.recognition import Basis, Taken
from plugins.claims.queries import to_pay
from plugins.claims.queries.to_pay import Part
from plugins.claims.services.books import post
from plugins.claims.tests.making import Claims
from plugins.claims.tests.making_story import DEEP
from plugins.claims.tests.test_to_pay import check, whole

FIRST = datetime(2026, 6, 1, 8, tzinfo=UTC)  # a Monday
T = TypeVar("T")
TURNS = 8  # half days: so few that they coincide
PENCE = 500


class Rows:
    """Rows as chance has it, within what the schema and the services allow."""

    def __init__(self, session: Session, chance: Random) -> None:
        self.session, self.chance, self.number = session, chance, count(1)
        made = Claims(session)
        self.people = [made.person(f"Person {n}").person_id or 0 for n in range(5)]
        self.holding: set[tuple[int, int]] = set()
        self.batch = Batch(ref="batch", state=BatchState.CONFIRMED, made_at=FIRST)
        session.add(self.batch)
        for person in (*self.people, None):
            self.details(person)
        for _one in range(chance.randint(0, 4)):
            self.consent()
        session.flush()
        for make, most in ((self.claim, 12), (self.advance, 4), (self.choice, 4)):
            for _one in range(chance.randint(0, most)):
                make()
        session.flush()
        session.expire_all()

    def at(self, since: datetime = FIRST) -> datetime:
        """A moment, not before another one, and often that one."""
        turns = int((since - FIRST) / timedelta(hours=12))
        return FIRST + timedelta(hours=12) * self.chance.randint(turns, max(TURNS, turns))

    def rarely(self, value: T) -> T | None:
        return value if self.chance.random() < 0.3 else None

    def mostly(self, value: T) -> T | None:
        return value if self.chance.random() < 0.8 else None

    def somebody(self) -> int:
        return self.chance.choice(self.people)

    def add(self, row: T) -> T:
        self.session.add(row)
        self.session.flush()
        return row

    def details(self, person: int | None) -> None:
        given = FIRST - timedelta(hours=12)
        for version in range(1, self.chance.randint(0, 3) + 1):
            given = self.at(max(given, FIRST))
            ended = self.at(given)
            self.add(
                BankDetail(
                    uid=f"uid{next(self.number)}",
                    person_id=person,
                    version=version,
                    sealed=None,
                    fingerprint=self.chance.choice(
                        [f"own{person}", f"own{person}", "one", "other"]
                    ),
                    last_four="0000",
                    given_at=given,
                    ended_at=ended,
                    confirmed_at=self.mostly(self.at(given)) if version > 1 else None,
                    confirmed_by_id=self.rarely(self.somebody()) if version > 1 else None,
                    said_right_at=self.rarely(self.at(given)),
                )
            )
            given = ended
        last = self.session.scalars(
            sa.select(BankDetail)
            .where(BankDetail.person_id == person)
            .order_by(BankDetail.version.desc())
            .limit(1)
        ).one_or_none()
        if last is not None and self.mostly(value=True):
            last.ended_at, last.sealed = None, b"sealed"
            self.session.flush()

    def consent(self) -> None:
        person, supporter = self.chance.sample(self.people, 2)
        since, ended = self.mostly(self.at()), (person, supporter) in self.holding
        ended = ended or self.chance.random() < 0.7
        self.holding |= set() if ended else {(person, supporter)}
        self.add(
            SupportConsent(
                person_id=self.mostly(person),
                supporter_id=self.mostly(supporter),
                code_until=FIRST,
                paid=bool(self.chance.randint(0, 1)),
                begun_at=FIRST,
                since=since,
                until=self.at(since or FIRST) if ended else None,
            )
        )

    def tried(self, what: What, what_id: int, version: int, failed: bool) -> None:
        made = FIRST
        for attempt in range(1, self.chance.randint(1 if failed else 0, 2) + 1):
            made = self.at(made)
            sent = self.at(made)
            said, back = self.at(sent), failed or self.chance.random() < 0.5
            cash = self.chance.random() < 0.2 and not back
            self.add(
                Payment(
                    ref=f"p{next(self.number)}",
                    way=Way.CASH if cash else Way.BANK,
                    batch_id=None if cash else self.batch.id,
                    what=what,
                    what_id=what_id,
                    person_id=self.somebody(),
                    pence=PENCE,
                    attempt=attempt,
                    version=version,
                    outcome=Outcome.FAILED if back else Outcome.SETTLED,
                    came_back=self.mostly(self.chance.choice(list(CameBack))) if back else None,
                    made_at=made,
                    sent_at=sent,
                    said_at=said,
                )
            )
            made = said

    def again(self, what: What, what_id: int, version: int) -> None:
        ids: Sequence[int | None] = [*self.session.scalars(sa.select(BankDetail.id)), None]
        for who in self.chance.sample(self.people, self.chance.choice([0, 0, 1, 2])):
            self.add(
                ApprovedAgain(
                    what=what,
                    what_id=what_id,
                    version=self.chance.choice([version, version, version + 1]),
                    pence=self.chance.choice([PENCE, PENCE, 1]),
                    detail_id=self.chance.choice(ids),
                    person_id=self.mostly(who),
                    at=self.at(),
                )
            )

    def claim(self) -> None:
        chance, begun = self.chance, self.at()
        sent = self.at(begun)
        closed = self.at(sent)
        state = chance.choice([State.DECIDED, State.DECIDED, State.FAILED, State.SETTLED])
        payee = self.somebody()
        claim = self.add(
            Claim(
                ref=f"c{next(self.number)}",
                person_id=self.mostly(payee),
                submitted_by_id=self.mostly(chance.choice([payee, self.somebody()])),
                state=state,
                what="Co-design",
                begun_at=begun,
                changed_at=closed,
                sent_at=sent,
                closed_at=self.mostly(closed),
                version=chance.randint(1, 2),
                round=chance.randint(1, 2),
            )
        )
        line = self.add(
            Line(
                claim_id=claim.id,
                category=Category.TAXI,
                day=date(2026, 6, 1),
                pence=PENCE,
                allowed=PENCE,
                decision=Decision.APPROVED,
            )
        )
        post(self.session, line.id, "decided:1", PENCE)
        for who in chance.sample(self.people, chance.randint(0, 2)):
            self.add(
                Approval(
                    claim_id=claim.id,
                    version=chance.randint(1, claim.version),
                    round=chance.randint(1, claim.round),
                    person_id=self.mostly(who),
                    at=self.at(begun),
                )
            )
        for _one in range(chance.choice([0, 0, 1, 2])):
            asked = self.at(begun)
            answered = self.mostly(self.at(asked))
            self.add(Question(claim_id=claim.id, words="?", asked_at=asked, answered_at=answered))
        for _one in range(chance.choice([0, 0, 1, 2])):
            proposed = self.at(closed)
            self.add(
                Adjustment(
                    line_id=line.id,
                    kind=AdjustmentKind.AMOUNT,
                    pence=chance.choice([-1, 1]),
                    by_id=self.mostly(self.somebody()),
                    proposed_at=proposed,
                    approved_at=self.at(proposed),
                    approved_by_id=self.mostly(self.somebody()),
                )
            )
        self.tried(What.CLAIM, claim.id, claim.version, state is State.FAILED)
        self.again(What.CLAIM, claim.id, claim.version)

    def advance(self) -> None:
        asked, failed = self.at(), self.chance.random() < 0.4
        one = self.add(
            AdvanceRow(
                ref=f"a{next(self.number)}",
                person_id=self.mostly(self.somebody()),
                what="York",
                event_on=date(2026, 7, self.chance.randint(1, 3)),
                state=AdvanceState.APPROVED,
                asked=PENCE,
                pence=PENCE,
                asked_at=asked,
                payment=PaymentStage.FAILED if failed else PaymentStage.NONE,
            )
        )
        for who in self.chance.sample(self.people, self.chance.randint(0, 2)):
            who_said = self.mostly(who)
            self.add(
                AdvanceApproval(
                    advance_id=one.id, person_id=who_said, pence=PENCE, at=self.at(asked)
                )
            )
        self.tried(What.ADVANCE, one.id, 1, failed)
        self.again(What.ADVANCE, one.id, 1)

    def choice(self) -> None:
        chance, made = self.chance, self.at()
        closed, failed = self.at(made), chance.random() < 0.4
        activity = self.add(
            Activity(
                ref=f"y{next(self.number)}",
                kind=ActivityKind.DESIGN,
                basis=Basis.INVOLVEMENT,
                title="Board",
                covered="Fares",
                day=date(2026, 6, chance.randint(1, 3)),
                pays_in=chance.randint(1, 3),
                made_at=FIRST,
            )
        )
        offer = self.add(
            Offer(
                ref=f"o{next(self.number)}",
                activity_id=activity.id,
                person_id=self.mostly(self.somebody()),
                basis=Basis.INVOLVEMENT,
                minutes=60,
                pence_an_hour=PENCE,
                stage=chance.choice([Stage.DONE, Stage.CANCELLED]),
                made_by_id=self.mostly(self.somebody()),
                made_at=made,
                closed_by_id=self.mostly(self.somebody()),
                closed_at=closed,
            )
        )
        one = self.add(
            RecognitionChoice(
                offer_id=offer.id,
                taken=Taken.ALL,
                pence=PENCE,
                at=self.at(made),
                version=chance.randint(1, 2),
                paying=PayingStage.FAILED if failed else None,
            )
        )
        self.tried(What.CHOICE, one.id, one.version, failed)
        self.again(What.CHOICE, one.id, one.version)


def check_order(session: Session, me: int) -> None:
    """Claims stand in each list as they were sent; those of one instant as they were begun."""
    turn = {one.id: (one.sent_at, one.id) for one in session.scalars(sa.select(Claim))}
    for part in Part:
        ids = [one.id for one in whole(session, me, part) if one.what is What.CLAIM]
        assert ids == sorted(ids, key=lambda one: turn[one])


@pytest.mark.soak
@DEEP
@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(4, 12))
def test_whatever_stands_in_the_tables_the_lists_say_what_the_rules_say(
    session: Session, seed: int, size: int, days: int
) -> None:
    with (
        pytest.MonkeyPatch.context() as patch,
        time_machine.travel(FIRST + timedelta(days=days), tick=False),
    ):
        patch.setattr(to_pay, "A_PAGE", size)
        try:
            rows = Rows(session, Random(seed))
            for who in rows.people[:3]:
                check(session, who)
                check_order(session, who)
        finally:
            session.rollback()
