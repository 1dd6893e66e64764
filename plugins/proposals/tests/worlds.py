"""Two proposals and nine people in memory, by number: asks the pure rules, and keeps what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from plugins.proposals import states
from plugins.proposals.states import Perspective, Proposal, Rules, Stage

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
PEOPLE, PROPOSALS = 9, 2
CRITERIA = Rules().criteria


def brings(person: int) -> Perspective:
    """What a reviewer brings: each of the four, in turn."""
    perspectives: list[Perspective] = list(Perspective)
    return perspectives[person % len(perspectives)]


class World:
    """Proposals in memory, by number; people by number, too."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.at = NOON
        self.keys = count(1)
        self.proposals: dict[int, Proposal] = {}
        self.merges: dict[tuple[int, int], states.Merge] = {}
        self.merged: dict[int, int] = {}

    def begin(self, number: int, person: int, perspective: Perspective) -> None:
        empty = Proposal(number)
        self.proposals[number] = states.join(
            empty, next(self.keys), person, perspective, agreed=True
        )

    def part(self, number: int, person: int) -> int:
        """The id of somebody's part; of nobody's when they have none."""
        found = self.proposals[number].of_person(person)
        return found.id if found else -1

    def join(self, number: int, person: int, perspective: Perspective, agreed: bool) -> None:
        before = self.proposals[number]
        key = self.part(number, person)
        self.proposals[number] = states.join(
            before, key if key > 0 else next(self.keys), person, perspective, agreed=agreed
        )
        self.ask_anew(key)

    def ask_anew(self, key: int) -> None:
        """Whoever comes back has not said yes to what was planned."""
        for pair, asked in self.merges.items():
            self.merges[pair] = states.take_back_merge(asked, key)

    def by(self, name: str, number: int, person: int) -> None:
        """What a contributor does that needs nothing but them."""
        do = getattr(states, name)
        self.proposals[number] = do(self.proposals[number], self.part(number, person))

    def leave(self, number: int, person: int) -> None:
        before = self.proposals[number]
        self.proposals[number] = states.leave(
            before, self.part(number, person), at=self.at, rules=self.rules
        )

    def erase(self, person: int) -> None:
        for number, before in self.proposals.items():
            self.proposals[number] = states.erase(before, person, at=self.at, rules=self.rules)

    def declare(self, number: int, person: int) -> None:
        self.proposals[number] = states.declare(self.proposals[number], person)

    def review(self, number: int, person: int, bands: Mapping[str, int]) -> None:
        before = self.proposals[number]
        mine = [one.id for one in before.reviews if one.person_id == person and not one.voided]
        key = mine[0] if mine else next(self.keys)
        self.proposals[number] = states.review(
            before, key, person, brings(person), bands, rules=self.rules
        )

    def confirm(self, number: int, person: int) -> None:
        self.proposals[number] = states.confirm(self.proposals[number], person)

    def converse(self, number: int) -> None:
        self.proposals[number] = states.converse(self.proposals[number], self.rules)

    def return_to_review(self, number: int) -> None:
        self.proposals[number] = states.return_to_review(self.proposals[number])

    def decide(self, number: int, person: int, outcome: Stage, words: bool) -> None:
        reasons = dict.fromkeys(CRITERIA, "because") if words else {}
        self.proposals[number] = states.decide(
            self.proposals[number],
            person,
            outcome,
            rules=self.rules,
            reasons=reasons,
            change="more people" if words else "",
            contact="Alex" if words else "",
        )

    def advance(self, number: int, to: Stage) -> None:
        self.proposals[number] = states.advance(self.proposals[number], to)

    def ask_to_merge(self, source: int, target: int) -> None:
        """Asked again while it waits, it is the same asking."""
        asked = states.ask_to_merge(
            next(self.keys),
            self.proposals[source],
            self.proposals[target],
            self.merged,
            at=self.at,
        )
        waits = self.merges.get((source, target))
        if waits is None or waits.is_over(self.at, self.rules):
            self.merges[source, target] = asked

    def agree_to_merge(self, source: int, target: int, person: int) -> bool:
        """True when that was the last yes."""
        asked = self.merges.get((source, target))
        if asked is None:
            return False
        one, other = self.proposals[source], self.proposals[target]
        parts = [key for n in (source, target) if (key := self.part(n, person)) > 0]
        active = [key for key in parts if one.is_active(key) or other.is_active(key)]
        for key in active or [-1]:
            asked = states.agree_to_merge(asked, one, other, key, at=self.at, rules=self.rules)
        self.merges[source, target] = asked
        if not states.is_agreed(asked, one, other):
            return False
        newcomers = {
            each.person_id: next(self.keys) for each in one.active if each.person_id is not None
        }
        self.proposals[source], self.proposals[target] = states.merge(
            asked, one, other, self.merged, newcomers, at=self.at, rules=self.rules
        )
        self.merged[source] = target
        return True

    def take_back_merge(self, source: int, target: int, person: int) -> None:
        asked = self.merges.get((source, target))
        if asked is None or asked.is_over(self.at, self.rules) or self.merged.get(source) == target:
            raise states.RefusedError(states.Why.STAGE)
        parts = [self.part(n, person) for n in (source, target)]
        both = (self.proposals[source], self.proposals[target])
        if not any(one.is_active(key) for one in both for key in parts):
            raise states.RefusedError(states.Why.NOT_HERE)
        for key, one in zip(parts, both, strict=True):
            if one.is_active(key):
                asked = states.take_back_merge(asked, key)
        self.merges[source, target] = asked

    def wait(self, days: int) -> None:
        self.at += timedelta(days=days)
        for number, before in self.proposals.items():
            self.proposals[number] = states.steward_over(before, at=self.at)


def normal(proposal: Proposal) -> Proposal:
    """The same without the numbers of rows, which differ between worlds."""
    order = {one.id: n for n, one in enumerate(sorted(proposal.contributors, key=lambda c: c.id))}
    contributors = sorted(proposal.contributors, key=lambda one: one.id)
    reviews = sorted(proposal.reviews, key=lambda one: one.id)
    return replace(
        proposal,
        id=0,
        contributors=tuple(replace(one, id=order[one.id]) for one in contributors),
        reviews=tuple(
            replace(one, id=n, bands=tuple(sorted(one.bands))) for n, one in enumerate(reviews)
        ),
        ending=frozenset(order[key] for key in proposal.ending if key in order),
    )
