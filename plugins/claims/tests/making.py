"""People and their claims, for tests: made with the plugin's own services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Category, Claim, Decision, EntryRow, Proof
from plugins.claims.queries.one_claim import show
from plugins.claims.queries.prices import VEHICLES
from plugins.claims.queries.support import supporters_of
from plugins.claims.services import deciding, support, writing
from plugins.claims.services.deciding_line import Decided
from plugins.claims.services.store import lines_of
from portal.accounts.api import create_person
from portal.files.api import sample_file
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

    def with_picture(self, payee: Actor, pence: int, digest: str, total: int = 0) -> Claim:
        """A draft of one taxi, with a picture of a receipt that comes to so much in all."""
        claim = self.draft(payee, taxi(pence))
        line = lines_of(self.session, claim.id)[0].id
        picture = sample_file(self.session)
        writing.prove(
            self.session, payee, claim.id, line, Proof.FILE, received=picture, digest=digest
        )
        if total:
            writing.say_whole(self.session, payee, claim.id, line, total)
        return claim

    def send(self, payee: Actor, claim: Claim) -> Claim:
        writing.send(self.session, payee, claim.id, self.total(claim))
        return claim

    def sent(self, payee: Actor, *spent: Spent) -> Claim:
        return self.send(payee, self.draft(payee, *spent))

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

    def supporter(self, person: Actor, *, paid: bool = False) -> tuple[Actor, int]:
        """Somebody who may write claims for this person, and the consent."""
        supporter = self.person("Kim")
        support.take_up(self.session, supporter, support.offer(self.session, person, paid=paid))
        return supporter, supporters_of(self.session, person.person_id or 0)[-1].id

    def asked(self, call: Callable[[], object]) -> int:
        """How many questions the database is asked by a call."""
        found: list[object] = []
        engine = self.session.get_bind()

        def note(*given: object) -> None:
            found.append(given[2])

        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            call()
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)
        return len(found)

    def entries(self) -> list[tuple[str, str, int]]:
        rows = self.session.scalars(sa.select(EntryRow).order_by(EntryRow.id))
        return [(one.out_of.value, one.into_account.value, one.pence) for one in rows]
