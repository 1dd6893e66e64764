"""Invented ideas at every stage, for the demo college."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from plugins.proposals.models import Answer, CommentKind, Credit, Proposal
from plugins.proposals.policies import STANDARD
from plugins.proposals.services import commenting, going_on, judging, taking_part, writing
from plugins.proposals.services.taking_part import Part
from plugins.proposals.states import Perspective, Stage
from portal.accounts.api import demo_people, demo_people_with_login
from portal.courses.api import topics
from portal.plugin_api import Actor

IDEAS: Sequence[tuple[str, str, Stage]] = (
    (
        "Sleeping in a noisy house",
        "How to sleep when the house is never quiet: neighbours, children, a road outside.\n\nAnd what helps "
        "on the day after a bad night.",
        Stage.OPEN,
    ),
    (
        "Going back to work after a long time off",
        "What to say on the first day, and what you need not say. How to ask for shorter hours.",
        Stage.REVIEW,
    ),
    (
        "Cooking for one",
        "Meals for days when cooking feels like too much: cheap, in one pan, in twenty minutes.",
        Stage.ADOPTED,
    ),
    (
        "Being a friend to somebody who hears voices",
        "What to say, what not to say, and how to look after yourself.",
        Stage.DRAFTING,
    ),
    (
        "Money when your mind is racing",
        "Spending in a good week and paying for it in a bad one: what people do so that it hurts less.",
        Stage.NOT_NOW,
    ),
    ("Walking in winter", "Getting out when it is dark at four.", Stage.PAUSED),
    ("Songs for a hard day", "Singing together, without having to be good at it.", Stage.IDEA),
)


LEAST = 3  # students


def seed_ideas(session: Session) -> None:
    """Add them, flushed; nothing, where the demo has too few people."""
    people = demo_people(session)
    students = [one for one in people.students if one not in people.peers]
    reviewers = [*people.peers[:2], *people.professionals[:2]]
    chairs = people.officers.get("co_chair", ())
    if len(students) < LEAST or len(reviewers) < len(Perspective) or not chairs:
        return
    students.insert(0, demo_people_with_login(people)["student"])
    for n, (title, words, stage) in enumerate(IDEAS):
        lead, helper, other = (students[(n * 3 + more) % len(students)] for more in range(3))
        part = Part(Perspective.LIVED, Credit.NAME)
        row = taking_part.begin(session, _act(lead), title, words, lead, part)
        if stage is Stage.IDEA:
            continue
        joined = Part(Perspective.SUBJECT, Credit.NONE)
        taking_part.join(session, _act(helper), row.id, helper, joined)
        _write(session, row, lead)
        _take_on(session, row, stage, lead, other, reviewers, chairs[0])


def _act(person_id: int) -> Actor:
    return Actor(person_id=person_id)


def _write(session: Session, row: Proposal, lead: int) -> None:
    texts = {
        "why": "Many of us asked for it, and **nobody** offers it near here.",
        "learning": "- three things to try at home\n- whom to ask\n- others who know how it is",
        "access": "A room without stairs, and a quiet corner. You can come and go.",
    }
    for key, words in texts.items():
        version = row.version
        writing.keep(session, _act(lead), row.id, lead, key, words, base=version)


def _take_on(
    session: Session,
    row: Proposal,
    stage: Stage,
    lead: int,
    other: int,
    reviewers: Sequence[int],
    chair: int,
) -> None:
    ends = {Stage.ADOPTED: Stage.REVIEW, Stage.NOT_NOW: Stage.REVIEW, Stage.PAUSED: Stage.DRAFTING}
    while row.stage is not ends.get(stage, stage):
        going_on.take_step(session, _act(lead), row.id)
        if row.stage is Stage.OPEN:
            said = "Please think of people who work at night, too."
            key = commenting.comment(
                session, _act(other), row.id, "idea", CommentKind.COMMENT, said
            )
            thanks = "Thank you, we had not thought of it. It is in now."
            commenting.answer(session, _act(lead), row.id, key, Answer.YES, thanks)
    if stage is Stage.PAUSED:
        going_on.pause(session, _act(lead), row.id)
    if stage in {Stage.REVIEW, Stage.ADOPTED, Stage.NOT_NOW}:
        for reviewer, perspective in zip(reviewers, Perspective, strict=False):
            judging.declare(session, _act(reviewer), row.id, perspective, interests="", employer="")
            band = 2 if stage is Stage.ADOPTED else 1
            judging.review(session, _act(reviewer), row.id, dict.fromkeys(STANDARD, (band, "")))
    if stage in {Stage.ADOPTED, Stage.NOT_NOW}:
        reasons = dict.fromkeys(STANDARD, "It is not clear yet who would lead it.")
        decision = judging.Decision(
            stage,
            reasons=reasons if stage is Stage.NOT_NOW else {},
            change="Somebody who knows about debts and would lead it with you.",
            contact="Alex at the college, 0300 000 0000",
            topic_id=next(iter(topics(session))),
        )
        judging.decide(session, _act(chair), row.id, decision)
