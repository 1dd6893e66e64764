"""People, and proposals at every stage, for tests: made with the plugin's own services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals.models import Credit, Proposal
from plugins.proposals.policies import STANDARD
from plugins.proposals.services import going_on, judging, taking_part
from plugins.proposals.services.taking_part import Part
from plugins.proposals.states import Perspective, Stage
from portal.accounts.api import create_person
from portal.courses.api import sample_session, topics
from portal.plugin_api import SYSTEM, Actor, now

IDEA = "How to sleep when the house is noisy.\n\nAnd what helps the day after."
REVIEWERS = (
    Perspective.LIVED,
    Perspective.LEARNER,
    Perspective.PROFESSIONAL,
    Perspective.SUBJECT,
)


def actor(person_id: int) -> Actor:
    return Actor(person_id=person_id, name=f"Person {person_id}")


class College:
    """Makes what a test needs in its session; nothing is committed."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._topic = 0

    def person(self, name: str = "Sam") -> int:
        return create_person(self.session, SYSTEM, name=name)

    @property
    def topic(self) -> int:
        """A shelf of the catalogue."""
        if not self._topic:
            sample_session(self.session, now().date() + timedelta(weeks=5))
            self._topic = next(iter(topics(self.session)))
        return self._topic

    def set(self, key: str, value: int | str) -> None:
        """A setting, as the college chose it."""
        table = Proposal.metadata.tables["setting_value"]
        row = {"key": key, "value": {"value": value}, "changed_at": now()}
        self.session.execute(sa.insert(table).values(row))

    def idea(
        self,
        *people: int,
        title: str = "Sleeping in a noisy house",
        perspectives: Sequence[Perspective] = (Perspective.LIVED, Perspective.SUBJECT),
        credit: Credit = Credit.NAME,
    ) -> Proposal:
        """An idea of these people, or of a new one: the first brings lived experience, the next a subject."""
        makers = people or (self.person(),)
        parts = [Part(perspectives[n % len(perspectives)], credit) for n in range(len(makers))]
        row = taking_part.begin(self.session, actor(makers[0]), title, IDEA, makers[0], parts[0])
        for person, part in zip(makers[1:], parts[1:], strict=True):
            taking_part.join(self.session, actor(person), row.id, person, part)
        return row

    def open(self, *people: int, stage: Stage = Stage.OPEN) -> Proposal:
        """One that was taken on to a stage up to review."""
        makers = people or (self.person("Ash"), self.person("Bo"))
        row = self.idea(*makers)
        while row.stage is not stage:
            going_on.take_step(self.session, actor(makers[0]), row.id)
        return row

    def review(self, row: Proposal, person: int, perspective: Perspective, band: int) -> None:
        judging.declare(self.session, actor(person), row.id, perspective, interests="", employer="")
        answers = dict.fromkeys(STANDARD, (band, "As I see it"))
        judging.review(self.session, actor(person), row.id, answers)

    def reviewed(self, *bands: int, people: Sequence[int] = ()) -> Proposal:
        """In review, with the bands of one reviewer of each perspective."""
        row = self.open(*people, stage=Stage.REVIEW)
        for perspective, band in zip(REVIEWERS, bands or (2, 2, 2, 2), strict=True):
            self.review(row, self.person("Reviewer"), perspective, band)
        return row

    def decided(self, outcome: Stage = Stage.ADOPTED, people: Sequence[int] = ()) -> Proposal:
        """With a decision."""
        row = self.reviewed(people=people)
        judging.decide(self.session, actor(self.person("Chair")), row.id, self.decision(outcome))
        return row

    def decision(self, outcome: Stage) -> judging.Decision:
        return judging.Decision(
            outcome,
            reasons=dict.fromkeys(STANDARD, "There is no room yet"),
            change="A quiet room",
            contact="Alex, 0300 000 0000",
            topic_id=self.topic,
        )
