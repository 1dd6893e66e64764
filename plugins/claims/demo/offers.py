"""Invented budgets, activities and offers at every stage, for the demo college."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from plugins.claims.models import ActivityKind as Kind
from plugins.claims.models import Offer, Stage
from plugins.claims.money.recognition import Basis, Taken
from plugins.claims.services import answering, confirming, offering
from plugins.claims.services.answering import Answer, choice_of
from plugins.claims.services.budgets import NewBudget, add_budget
from plugins.claims.services.offering import NewActivity, NewOffer
from plugins.claims.services.today import today
from portal.accounts.api import demo_people, demo_people_with_login
from portal.plugin_api import Actor, now

COVERED = "What you spend to take part, you get back: fares, miles, care for a child, food."
AN_HOUR = 2750  # pence
WANTED = frozenset({"credit", "certificate"})
ALL, NOTHING = Answer(Taken.ALL, wanted=WANTED), Answer(Taken.NOTHING)
LESS, CHARITY = (
    Answer(Taken.LESS, 2000, wanted=WANTED),
    Answer(Taken.CHARITY, charity="The lifeboats"),
)
# (kind, basis, title, days from now, minutes, answers, stage): whoever signs in as a
# student comes first, then whoever does as a contributor.
ACTIVITIES: Sequence[tuple[Kind, Basis, str, int, int, Sequence[Answer | None], Stage]] = (
    (Kind.BOARD, Basis.INVOLVEMENT, "Meeting of the board", -11, 120, (ALL, LESS), Stage.DONE),
    (Kind.DESIGN, Basis.INVOLVEMENT, "Making “Better sleep”", -8, 150, (LESS, ALL, CHARITY), Stage.DONE),
    (Kind.PANEL, Basis.INVOLVEMENT, "Interviews", -3, 180, (ALL, NOTHING), Stage.OPEN),
    (Kind.DESIGN, Basis.INVOLVEMENT, "Making “Money worries”", 9, 150, (None, None), Stage.OPEN),
    (Kind.DELIVER, Basis.VOLUNTEER, "Helping at the open day", 16, 240, (None, ALL), Stage.OPEN),
)  # fmt: skip


def seed_offers(session: Session) -> None:
    """Add them, flushed; nothing, where the demo has too few people."""
    people = demo_people(session)
    makers, keepers = people.officers.get("coordinator", ()), people.officers.get("treasurer", ())
    own = demo_people_with_login(people)
    asked = list(dict.fromkeys((own["student"], own["contributor"], *people.students)))
    if not makers or not keepers or len(asked) < max(len(one[5]) for one in ACTIVITIES):
        return
    first = today() - timedelta(weeks=10)
    new = NewBudget("Recognition, this season", first, first + timedelta(weeks=20), 1_500_00)
    budget = add_budget(session, Actor(keepers[0]), new)
    for kind, basis, title, days, minutes, answers, stage in ACTIVITIES:
        activity = offering.add_activity(
            session,
            Actor(makers[0]),
            NewActivity(
                kind,
                basis,
                title,
                COVERED,
                today() + timedelta(days=days),
                10,
                budget_id=budget.id,
            ),
        )
        money = AN_HOUR if basis is not Basis.VOLUNTEER else 0
        for person_id, answer in zip(asked, answers, strict=False):
            offer = NewOffer(person_id, minutes, money, credit=60, certificate=True)
            made = offering.offer(session, Actor(makers[0]), activity.id, offer)
            if answer is not None:
                answering.answer(session, Actor(person_id), made.id, answer)
                _some_time_ago(session, made, days)
            if stage is not Stage.OPEN:
                confirming.close(session, Actor(makers[0]), made.id, stage)


def _some_time_ago(session: Session, offer: Offer, days: int) -> None:
    """It was answered a week before its day, or now, so that a budget shows how it went."""
    choice = choice_of(session, offer.id)
    if choice is not None and days < 0:
        choice.at = now() + timedelta(days=days - 7)
