"""The services on each database against the rules in memory: whatever happens, both say the same."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from plugins.proposals.models import Credit
from plugins.proposals.privacy import SOURCES
from plugins.proposals.services import going_on, joining_two, judging, taking_part, writing
from plugins.proposals.services.store import GoneError, load
from plugins.proposals.services.taking_part import Part
from plugins.proposals.states import Perspective, Proposal, RefusedError, Stage, Why
from plugins.proposals.tests.histories import Histories
from plugins.proposals.tests.making import College, actor
from plugins.proposals.tests.worlds import NOON, PEOPLE, brings, normal
from portal.plugin_api import db

SOAK = os.environ.get("SOAK") == "1"


class Stored:
    """The same proposals in a database, done with the services."""

    def __init__(self, app: Any) -> None:
        self.stack = ExitStack()
        self.clock = self.stack.enter_context(time_machine.travel(NOON, tick=False))
        self.stack.enter_context(app.app_context())
        self.session = db.sessionmaker()
        self.college = College(self.session)
        self.people = [self.college.person(f"Person {n}") for n in range(PEOPLE)]
        self.number_of = {person: n for n, person in enumerate(self.people)}
        self.ids: dict[int, int] = {}
        self.relations: dict[tuple[int, int], int] = {}
        self.at = NOON
        self.texts = 0

    def close(self) -> None:
        self.session.rollback()
        self.session.close()
        self.stack.close()

    def seen(self) -> dict[int, Proposal]:
        return {number: self._plain(key) for number, key in self.ids.items()}

    def _plain(self, key: int) -> Proposal:
        state = load(self.session, key).state
        return normal(
            replace(
                state,
                contributors=tuple(
                    replace(one, person_id=self.number_of.get(one.person_id or 0))
                    for one in state.contributors
                ),
                reviews=tuple(
                    replace(one, person_id=self.number_of.get(one.person_id or 0))
                    for one in state.reviews
                ),
                declared=self._numbers(state.declared),
                deciders=self._numbers(state.deciders),
                earlier=self._numbers(state.earlier),
            )
        )

    def _numbers(self, people: frozenset[int]) -> frozenset[int]:
        return frozenset(self.number_of[one] for one in people)

    def begin(self, number: int, person: int, perspective: Perspective) -> None:
        who = self.people[person]
        part = Part(perspective, Credit.NAME)
        row = taking_part.begin(self.session, actor(who), f"Idea {number}", "Words", who, part)
        self.ids[number] = row.id

    def join(self, number: int, person: int, perspective: Perspective, agreed: bool) -> None:
        part = Part(perspective, Credit.NAME, agreed=agreed)
        who = self.people[person]
        taking_part.join(self.session, actor(who), self.ids[number], who, part)

    def by(self, name: str, number: int, person: int) -> None:
        who, key = actor(self.people[person]), self.ids[number]
        if name == "revise":
            self.revise(key, self.people[person])
        elif name == "appeal":
            judging.appeal(self.session, who, key, "Please look again")
        elif name == "agree_to_withdraw":
            going_on.agree_to_end(self.session, who, key)
        else:
            getattr(going_on, name)(self.session, who, key)

    def revise(self, key: int, person: int) -> None:
        self.texts += 1
        version = load(self.session, key).row.version
        writing.keep(
            self.session, actor(person), key, person, "who", f"Text {self.texts}", base=version
        )

    def leave(self, number: int, person: int) -> None:
        who = self.people[person]
        taking_part.leave(self.session, actor(who), self.ids[number], who)

    def erase(self, person: int) -> None:
        for source in SOURCES:
            source.erase(self.session, self.people[person], source.on_erasure)
        self.session.expire_all()

    def declare(self, number: int, person: int) -> None:
        judging.declare(
            self.session,
            actor(self.people[person]),
            self.ids[number],
            brings(person),
            interests="",
            employer="",
        )

    def review(self, number: int, person: int, bands: Mapping[str, int]) -> None:
        answers = {name: (band, "") for name, band in bands.items()}
        who = actor(self.people[person])
        judging.review(self.session, who, self.ids[number], answers)

    def confirm(self, number: int, person: int) -> None:
        judging.confirm(self.session, actor(self.people[person]), self.ids[number])

    def converse(self, number: int) -> None:
        judging.converse(self.session, actor(self.people[0]), self.ids[number])

    def return_to_review(self, number: int) -> None:
        judging.end_conversation(self.session, actor(self.people[0]), self.ids[number], "We spoke")

    def decide(self, number: int, person: int, outcome: Stage, words: bool) -> None:
        decision = self.college.decision(outcome)
        if not words:
            decision = replace(decision, reasons={}, change="", contact="")
        judging.decide(self.session, actor(self.people[person]), self.ids[number], decision)

    def advance(self, number: int, to: Stage) -> None:
        going_on.advance(self.session, actor(self.people[0]), self.ids[number], to)

    def ask_to_merge(self, source: int, target: int) -> None:
        both = [load(self.session, self.ids[n]).state for n in (source, target)]
        active = [one.person_id for state in both for one in state.active]
        asker = actor(active[0] if active and active[0] else self.people[0])
        self.relations[source, target] = joining_two.ask(
            self.session, asker, self.ids[source], self.ids[target]
        )

    def agree_to_merge(self, source: int, target: int, person: int) -> bool:
        relation = self.relations.get((source, target))
        if relation is None:
            return False
        try:
            return joining_two.agree(self.session, actor(self.people[person]), relation)
        except GoneError:
            raise RefusedError(Why.STAGE) from None

    def take_back_merge(self, source: int, target: int, person: int) -> None:
        relation = self.relations.get((source, target))
        if relation is None:
            raise RefusedError(Why.STAGE)
        try:
            joining_two.take_back(self.session, actor(self.people[person]), relation)
        except GoneError:
            raise RefusedError(Why.STAGE) from None

    def wait(self, days: int) -> None:
        self.at += timedelta(days=days)
        self.clock.move_to(self.at)
        going_on.follow_time(self.session)


@pytest.mark.soak
def test_services_and_rules_agree(app: Any) -> None:
    class Both(Histories):
        def __init__(self) -> None:
            super().__init__()
            self.other = Stored(app)

        def teardown(self) -> None:
            self.other.close()

    run_state_machine_as_test(
        Both,
        settings=settings(
            max_examples=200 if SOAK else 4,
            stateful_step_count=25,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # a database is slow to shrink on
            suppress_health_check=list(HealthCheck),
        ),
    )
