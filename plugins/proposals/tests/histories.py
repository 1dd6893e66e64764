"""Histories of proposals, made at random: what people do in whatever order, and what must hold then.

A `World` keeps proposals in memory and asks the pure rules. The machine does everything in it and, where
there is one, in a second world over a database, which must say and hold the same. What must always hold is
judged by the machine's own books, never by the rules it tries.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from plugins.proposals.states import (
    LIVING,
    Perspective,
    Proposal,
    RefusedError,
    Rules,
    Stage,
)
from plugins.proposals.tests.worlds import CRITERIA, PEOPLE, PROPOSALS, World, normal

EXPERIENCE = {Perspective.LIVED, Perspective.LEARNER}
people = st.integers(0, PEOPLE - 1)
proposals = st.integers(0, PROPOSALS - 1)
perspectives = st.sampled_from(Perspective)
OUTCOMES = (Stage.ADOPTED, Stage.ADOPTED_CHANGED, Stage.NOT_NOW)


class Histories(RuleBasedStateMachine):
    """Two proposals and nine people, with everything that can happen."""

    other: Any = None  # a second world that must say the same

    def __init__(self) -> None:
        super().__init__()
        self.world = World(Rules(criteria=CRITERIA))
        self.ever: dict[int, int] = {}  # parts that anybody had in it, erased ones too
        self.joined: dict[int, set[int]] = {}
        self.ending: dict[int, set[int]] = {}
        self.yes: dict[tuple[int, int], set[int]] = {}
        self.judged: dict[int, set[int]] = {}  # whose voice was heard before an appeal
        self.heard: dict[int, set[int]] = {}

    @initialize(one=perspectives, other=perspectives)
    def begin(self, one: Perspective, other: Perspective) -> None:
        for number, perspective in enumerate((one, other)):
            self.do("begin", number, number, perspective)
            self.ever[number], self.joined[number] = 1, {number}
            self.ending[number], self.judged[number] = set(), set()
            self.heard[number] = set()

    def do(self, name: str, *arguments: Any) -> Any:
        """Do it in both worlds; what it returned, or the reason why it was refused."""
        said = self.ask(self.world, name, *arguments)
        if self.other is not None:
            assert self.ask(self.other, name, *arguments) == said, (name, arguments)
            assert self.other.seen() == {
                number: normal(one) for number, one in self.world.proposals.items()
            }, (name, arguments)
        return said

    @staticmethod
    def ask(world: Any, name: str, *arguments: Any) -> Any:
        try:
            return getattr(world, name)(*arguments)
        except RefusedError as refused:
            return refused.why

    def now(self, number: int) -> Proposal:
        return self.world.proposals[number]

    # What people do

    @rule(number=proposals, person=people, perspective=perspectives, agreed=st.booleans())
    def join(self, number: int, person: int, perspective: Perspective, agreed: bool) -> None:
        said = self.do("join", number, person, perspective, agreed)
        if said is None:
            self.come(number, person)

    def come(self, number: int, person: int) -> None:
        self.ever[number] += person not in self.joined[number]
        self.joined[number].add(person)
        self.ending[number].discard(person)
        for pair, yes in self.yes.items():
            if number in pair:
                yes.discard(person)

    @rule(number=proposals, person=people)
    def leave(self, number: int, person: int) -> None:
        self.do("leave", number, person)

    @rule(person=people)
    def erase(self, person: int) -> None:
        self.do("erase", person)
        for number in self.joined:
            self.joined[number].discard(person)
            self.ending[number].discard(person)
            self.judged[number].discard(person)
            self.heard[number].discard(person)
        for yes in self.yes.values():
            yes.discard(person)

    @rule(number=proposals, person=people)
    def step(self, number: int, person: int) -> None:
        before = self.now(number)
        said = self.do("by", "take_step", number, person)
        if said is None and before.stage is Stage.DRAFTING:
            here = {one.perspective for one in before.active}
            assert Perspective.LIVED in here
            assert here & {Perspective.PROFESSIONAL, Perspective.SUBJECT}

    @rule(number=proposals, person=people)
    def revise(self, number: int, person: int) -> None:
        self.do("by", "revise", number, person)

    @rule(number=proposals, person=people, other=people)
    def pause_and_resume(self, number: int, person: int, other: int) -> None:
        before = self.now(number)
        if self.do("by", "pause", number, person) is None:
            self.do("by", "resume", number, other)
            if self.now(number).stage is not Stage.PAUSED:
                assert self.now(number) == before, "a pause cost something"

    @rule(number=proposals, person=people)
    def resume(self, number: int, person: int) -> None:
        self.do("by", "resume", number, person)

    @rule(number=proposals, person=people)
    def withdraw(self, number: int, person: int) -> None:
        before = self.now(number)
        if self.do("by", "agree_to_withdraw", number, person) is not None:
            return
        self.ending[number].add(person)
        everybody = {one.person_id for one in before.active} <= self.ending[number]
        assert (self.now(number).stage is Stage.WITHDRAWN) is everybody

    @rule(number=proposals, person=people)
    def keep_going(self, number: int, person: int) -> None:
        if self.do("by", "keep_going", number, person) is None:
            self.ending[number].discard(person)

    @rule(number=proposals, first=people, other=people)
    def withdraw_and_think_again(self, number: int, first: int, other: int) -> None:
        """Somebody agrees and takes it back before another agrees: it is not ended by that one alone."""
        self.join(number, first, Perspective.LIVED, True)
        self.join(number, other, Perspective.SUBJECT, True)
        self.withdraw(number, first)
        self.keep_going(number, first)
        self.withdraw(number, other)

    @rule(number=proposals, person=people)
    def declare(self, number: int, person: int) -> None:
        if self.do("declare", number, person) is None:
            assert person not in self.joined[number]
            assert person not in self.judged[number]

    @rule(
        number=proposals,
        person=people,
        bands=st.tuples(*(st.integers(0, 3) for _ in CRITERIA)),
    )
    def review(self, number: int, person: int, bands: tuple[int, ...]) -> None:
        said = self.do("review", number, person, dict(zip(CRITERIA, bands, strict=True)))
        if said is None:
            assert person not in self.joined[number]
            self.heard[number].add(person)

    @rule(number=proposals, person=people)
    def confirm(self, number: int, person: int) -> None:
        self.do("confirm", number, person)

    @rule(number=proposals, back=st.booleans())
    def converse(self, number: int, back: bool) -> None:
        before = self.now(number)
        if self.do("converse", number) is None:
            assert far_apart(before)
            if back:
                self.do("return_to_review", number)

    @rule(number=proposals, person=people, outcome=st.sampled_from(OUTCOMES), words=st.booleans())
    def decide(self, number: int, person: int, outcome: Stage, words: bool) -> None:
        before = self.now(number)
        if self.do("decide", number, person, outcome, words) is not None:
            return
        experience, knowledge = fresh(before)
        assert len(experience) >= 2 <= len(knowledge), "decided without both perspectives"
        assert not far_apart(before), "decided though the groups see it differently"
        assert person not in self.joined[number] | self.judged[number]
        assert words or outcome is Stage.ADOPTED
        self.heard[number].add(person)

    @rule(number=proposals, person=people)
    def appeal(self, number: int, person: int) -> None:
        if self.do("by", "appeal", number, person) is None:
            self.judged[number] |= self.heard[number]

    @rule(number=proposals, person=people)
    def write_again(self, number: int, person: int) -> None:
        if self.do("by", "write_again", number, person) is None:
            assert fresh(self.now(number)) == ([], []), "what was said of the old text counts"

    @rule(number=proposals, to=st.sampled_from(Stage))
    def advance(self, number: int, to: Stage) -> None:
        self.do("advance", number, to)

    @rule(source=proposals, days=st.sampled_from([0, 0, 0, 27, 28]), silent=st.integers(0, 3))
    def merge(self, source: int, days: int, silent: int) -> None:
        """Asked, and answered by nearly everybody, in time or not."""
        target = 1 - source
        asked_before = self.world.merges.get((source, target))
        if self.do("ask_to_merge", source, target) is not None:
            return
        asked = self.world.merges[source, target]
        if asked is not asked_before:
            self.yes[source, target] = set()
        said_yes = self.yes[source, target]
        self.do("wait", days)
        everybody = {
            one.person_id
            for n in (source, target)
            for one in self.now(n).active
            if one.person_id is not None
        }
        in_time = self.world.at < asked.asked_at + timedelta(days=28)
        before = (self.now(source), self.now(target))
        for person in sorted(everybody)[silent:]:
            said = self.do("agree_to_merge", source, target, person)
            if said in (True, False):
                said_yes.add(person)
            if said is True:
                assert said_yes >= everybody, "merged without everyone"
                assert in_time, "merged when it was too late"
                self.ending[target].clear()
                for one in before[0].active:
                    assert one.person_id is not None
                    self.come(target, one.person_id)
                break
        else:
            assert self.now(source).stage is not Stage.MERGED

    @rule(source=proposals, person=people)
    def take_back_merge(self, source: int, person: int) -> None:
        if self.do("take_back_merge", source, 1 - source, person) is None:
            self.yes[source, 1 - source].discard(person)

    @rule(days=st.sampled_from([1, 13, 28, 40]))
    def wait(self, days: int) -> None:
        self.do("wait", days)

    @rule(number=proposals, bands=st.lists(st.integers(0, 3), min_size=4, max_size=4))
    def hurry(self, number: int, bands: list[int]) -> None:
        """To a review by two of each side, as far as it goes: else few histories would get there."""
        for _ in range(4):
            here = self.now(number).active
            if here and here[0].person_id is not None:
                self.resume(number, here[0].person_id)
                self.step(number, here[0].person_id)
            for perspective in (Perspective.LIVED, Perspective.SUBJECT):
                if perspective not in {one.perspective for one in here}:
                    person = next((p for p in range(4) if p not in self.joined[number]), 0)
                    self.join(number, person, perspective, True)
        for person, band in zip(range(5, 9), bands, strict=True):
            self.declare(number, person)
            self.review(number, person, (band,) * len(CRITERIA))

    @rule(
        number=proposals,
        bands=st.lists(st.integers(0, 3), min_size=4, max_size=4),
        changed=st.booleans(),
        outcome=st.sampled_from(OUTCOMES),
        person=people,
        again=st.booleans(),
    )
    def hurry_to_a_decision(
        self,
        number: int,
        bands: list[int],
        changed: bool,
        outcome: Stage,
        person: int,
        again: bool,
    ) -> None:
        self.hurry(number, bands)
        here = self.now(number).active
        if changed and here and here[0].person_id is not None:
            self.revise(number, here[0].person_id)
        self.decide(number, person, outcome, True)
        if again and here and here[0].person_id is not None:
            self.write_again(number, here[0].person_id)

    # What must always hold

    @invariant()
    def nobody_is_lost(self) -> None:
        for number, ever in self.ever.items():
            found = self.now(number).contributors
            assert len(found) == ever, "a contributor was dropped"
            named = {one.person_id for one in found if one.person_id is not None}
            assert named == self.joined[number]
            assert len({one.id for one in found}) == ever

    @invariant()
    def somebody_is_there(self) -> None:
        for number in self.ever:
            now = self.now(number)
            if now.stage in LIVING:
                assert now.active, f"{now.stage} and nobody is there"
            if now.stage is Stage.STEWARD:
                assert not now.active
                assert now.steward_until is not None
                assert now.steward_until > self.world.at
            if now.stage in {Stage.STEWARD, Stage.PAUSED}:
                assert now.back_to in LIVING

    @invariant()
    def nobody_judges_their_own(self) -> None:
        for number in self.ever:
            now = self.now(number)
            for one in now.reviews:
                assert one.voided or one.person_id not in self.joined[number]
            assert not now.declared & self.judged[number]


def fresh(proposal: Proposal) -> tuple[list[Any], list[Any]]:
    """Reviews that count, of each side; worked out anew."""
    valid = [
        one for one in proposal.reviews if not one.voided and one.confirmed == proposal.version
    ]
    return (
        [one for one in valid if one.perspective in EXPERIENCE],
        [one for one in valid if one.perspective not in EXPERIENCE],
    )


def middle(numbers: list[int]) -> float:
    ordered = sorted(numbers)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def far_apart(proposal: Proposal) -> bool:
    one, other = fresh(proposal)
    return any(
        abs(
            middle([dict(each.bands)[name] for each in one])
            - middle([dict(each.bands)[name] for each in other])
        )
        >= 1
        for name in CRITERIA
        if one and other
    )
