"""Offers and what people take of them, for tests: made with the plugin's own services."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from plugins.claims.models import Activity, ActivityKind, BudgetRow, Offer, RecognitionChoice, Stage
from plugins.claims.money.recognition import Basis, Taken
from plugins.claims.services import answering, confirming, offering
from plugins.claims.services.answering import Answer, choice_of
from plugins.claims.services.budgets import NewBudget, add_budget
from plugins.claims.services.offering import NewActivity, NewOffer
from plugins.claims.services.today import today
from portal.accounts.api import create_person
from portal.plugin_api import SYSTEM, Actor

ALL, NOTHING = Answer(Taken.ALL), Answer(Taken.NOTHING)
YEAR = timedelta(days=365)


def less(pence: int) -> Answer:
    return Answer(Taken.LESS, pence)


def charity(name: str = "The lifeboats") -> Answer:
    return Answer(Taken.CHARITY, charity=name)


class Offers:
    """Makes what a test needs in its session; nothing is committed."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @cached_property
    def maker(self) -> Actor:
        """Whoever makes the offers."""
        return self.person("Maker")

    @cached_property
    def closer(self) -> Actor:
        """Whoever says what became of them."""
        return self.person("Closer")

    def person(self, name: str = "Sam") -> Actor:
        return Actor(create_person(self.session, SYSTEM, name=name), name)

    def budget(self, pence: int = 50_000) -> BudgetRow:
        new = NewBudget("The board", today() - YEAR, today() + YEAR, pence)
        return add_budget(self.session, self.maker, new)

    def activity(
        self,
        day: date | None = None,
        *,
        basis: Basis = Basis.INVOLVEMENT,
        budget: BudgetRow | None = None,
        title: str = "Co-design",
    ) -> Activity:
        new = NewActivity(
            ActivityKind.DESIGN,
            basis,
            title,
            "Fares",
            day or today(),
            10,
            budget_id=budget.id if budget else None,
        )
        return offering.add_activity(self.session, self.maker, new)

    def offer(
        self, to: Actor, activity: Activity | None = None, *, minutes: int = 150, **more: Any
    ) -> Offer:
        """Of 2.5 hours at £27.50, which is £68.75, unless something else is said."""
        activity = activity or self.activity()
        pence = more.pop("pence", 2750 if activity.basis is not Basis.VOLUNTEER else 0)
        new = NewOffer(to.person_id or 0, minutes, pence, **more)
        return offering.offer(self.session, self.maker, activity.id, new)

    def answer(self, who: Actor, offer: Offer, said: Answer = ALL) -> RecognitionChoice:
        answering.answer(self.session, who, offer.id, said)
        found = choice_of(self.session, offer.id)
        assert found is not None
        return found

    def close(self, offer: Offer, stage: Stage = Stage.DONE, by: Actor | None = None) -> None:
        confirming.close(self.session, by or self.closer, offer.id, stage)

    def done(self, who: Actor, said: Answer = ALL, **more: Any) -> tuple[Offer, RecognitionChoice]:
        """An offer that was answered and took place."""
        made = self.offer(who, **more)
        choice = self.answer(who, made, said)
        self.close(made)
        return made, choice
