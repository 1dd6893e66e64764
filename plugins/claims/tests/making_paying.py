"""Bank details and batches for tests: made with the plugin's own services."""

from __future__ import annotations

import sqlalchemy as sa

from plugins.claims.bankfiles.values import Account
from plugins.claims.models import BankDetail, Batch, Claim, Payment, State
from plugins.claims.money.batches import What
from plugins.claims.services import bank, batching, exporting
from plugins.claims.services.sources import Key
from plugins.claims.tests.making import Claims, taxi
from portal.plugin_api import Actor

SORT_CODE = "089999"


def account(number: int = 1, name: str = "S Person") -> Account:
    """An account of its own for each number; none of them is anybody's."""
    return Account(SORT_CODE, f"{number:08d}", name)


def key(claim: Claim) -> Key:
    return What.CLAIM, claim.id


class Paying(Claims):
    """Claims that are decided, bank details, batches."""

    given = 0

    def payee(self, *, details: bool = True) -> Actor:
        made = self.person()
        if details:
            self.gives(made)
        return made

    def gives(self, who: Actor, of: Account | None = None) -> BankDetail:
        self.given += 1
        bank.give(self.session, who, of or account(self.given))
        held = bank.current(self.session, who.person_id)
        assert held is not None
        return held

    def owed(self, payee: Actor, pence: int = 500) -> Claim:
        return self.decided(payee, taxi(pence))

    def batch(self, payer: Actor, *claims: Claim) -> Batch:
        """A locked batch with these in it."""
        ref = batching.put_in(self.session, payer, {key(one) for one in claims}).ref
        made = self.session.scalars(sa.select(Batch).where(Batch.ref == ref)).one()
        batching.lock(self.session, payer, made.id)
        return made

    def exported(self, payer: Actor, *claims: Claim) -> Batch:
        made = self.batch(payer, *claims)
        exporting.export(self.session, payer, made.id)
        return made

    def payments(self, made: Batch) -> list[Payment]:
        rows = sa.select(Payment).where(Payment.batch_id == made.id).order_by(Payment.id)
        return list(self.session.scalars(rows))

    def state(self, claim: Claim) -> State:
        self.session.expire_all()
        return self.session.get_one(Claim, claim.id).state
