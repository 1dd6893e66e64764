"""People and their claims, for tests: made with the plugin's own services."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Category, Claim, Decision, EntryRow, Proof
from plugins.claims.queries.claims import show
from plugins.claims.queries.prices import VEHICLES
from plugins.claims.services import deciding, writing
from plugins.claims.services.deciding import Decided
from plugins.claims.services.store import lines_of
from portal.accounts.api import create_person
from portal.plugin_api import SYSTEM, Actor

YES = Decided(Decision.APPROVED)
Spent = tuple[Category, date, int]


def no(reason: str = "It was paid before") -> Decided:
    return Decided(Decision.DECLINED, reason=reason)


def less(pence: int, reason: str = "Half of it was for somebody else") -> Decided:
    return Decided(Decision.REDUCED, pence, reason)


def taxi(pence: int, day: date = date(2026, 6, 1)) -> Spent:
    return (Category.TAXI, day, pence)


def car(miles: int, day: date = date(2026, 6, 1)) -> Spent:
    return (Category.CAR, day, miles * 10)


class Claims:
    """Makes what a test needs in its session; nothing is committed."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def person(self, name: str = "Sam") -> Actor:
        return Actor(create_person(self.session, SYSTEM, name=name), name)

    def draft(self, payee: Actor, *spent: Spent) -> Claim:
        claim = writing.begin(self.session, payee, "Co-design")
        for category, day, amount in spent:
            line = writing.add_line(self.session, payee, claim.id, category)
            writing.say_when(self.session, payee, claim.id, line, day)
            writing.say_how_much(self.session, payee, claim.id, line, amount)
            if category not in VEHICLES:
                writing.prove(self.session, payee, claim.id, line, Proof.LOST)
        return claim

    def sent(self, payee: Actor, *spent: Spent) -> Claim:
        claim = self.draft(payee, *spent)
        writing.send(self.session, payee, claim.id, self.total(claim))
        return claim

    def total(self, claim: Claim) -> int:
        return show(self.session, claim).total

    def decide(self, decider: Actor, claim: Claim, *said: Decided) -> bool:
        """The same for each line, or one for each."""
        lines = [line.id for line in lines_of(self.session, claim.id)]
        each = said if len(said) == len(lines) else said * len(lines)
        decisions = dict(zip(lines, each, strict=True))
        return deciding.decide(self.session, decider, claim.id, claim.version, decisions)

    def decided(self, payee: Actor, *spent: Spent, said: Decided = YES) -> Claim:
        claim = self.sent(payee, *spent)
        assert self.decide(self.person("Decider"), claim, said)
        return claim

    def entries(self) -> list[tuple[str, str, int]]:
        rows = self.session.scalars(sa.select(EntryRow).order_by(EntryRow.id))
        return [(one.out_of.value, one.into_account.value, one.pence) for one in rows]
