"""The ways to have a part in somebody's money: the columns of `test_separating.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.errors import Why
from plugins.claims.models import (
    Batch,
    Claim,
    Payment,
)
from plugins.claims.queries.adjusting import waiting as to_put_right
from plugins.claims.queries.support import supporters_of
from plugins.claims.services import (
    adjusting,
    bank,
    support,
    writing,
)
from plugins.claims.services.store import lines_of
from plugins.claims.tests.making import YES, less
from plugins.claims.tests.making_offers import Offers
from plugins.claims.tests.making_paying import Paying, account
from plugins.claims.tests.test_people import merge
from portal.plugin_api import Actor

SignIn = Callable[..., FlaskClient]
ROLES = ("coordinator", "treasurer")
ABOVE = 16_000  # pence: above the limit two people approve
ABSENT = "We cannot find that page"
NEXT_WEEK = timedelta(days=7)


@dataclass
class World:
    """Who tries, and what the tests make things with. `number` is another one in each cell."""

    session: Session
    paying: Paying
    offers: Offers
    client: FlaskClient
    actor: Actor
    number: int = 0
    shared: dict[str, int] = field(default_factory=dict)

    def person(self) -> Actor:
        return self.paying.person(f"Person {self.number}")

    def payee(self) -> Actor:
        made = self.person()
        self.paying.gives(made, account(self.number))
        return made

    def get(self, address: str) -> tuple[int, str]:
        self.session.commit()  # what was read for the address holds SQLite's lock
        return self._whole(self.client.get(address))

    def post(self, address: str, **data: Any) -> tuple[int, str]:
        self.session.commit()
        return self._whole(self.client.post(address, data=data))

    def _whole(self, answer: Any) -> tuple[int, str]:
        """The status, and what is read at last."""
        text = answer.get_data(as_text=True)
        if answer.status_code == 303:
            text = self.client.get(answer.location).get_data(as_text=True)
        return answer.status_code, unescape(text)


# The columns: each says whose the money is, and what makes it the actor's business, before or afterwards.


def _by_others(world: World, claim: Claim) -> None:
    assert world.paying.decide(world.paying.person("Decider"), claim, YES)


@dataclass(frozen=True)
class Way:
    """`why` is what is told about a claim; `pays` who pays, `gives` who offers and gives."""

    name: str
    why: Why | None
    pays: Why | None
    gives: Why | None
    payee: Callable[[World], Actor] = lambda world: world.payee()
    decide: Callable[[World, Claim], None] = _by_others
    pence: int = 500
    after: Callable[[World, Actor, Any], None] = lambda *_: None


def _own(world: World) -> Actor:
    if bank.current(world.session, world.actor.person_id) is None:
        world.paying.gives(world.actor, account(7_000 + world.number))
    return world.actor


def _supported(world: World, *, paid: bool = False) -> Actor:
    sam = world.payee()
    code = support.offer(world.session, sam, paid=paid)
    support.take_up(world.session, world.actor, code)
    return sam


def _end_support(world: World, payee: Actor, _subject: Any) -> None:
    (one,) = supporters_of(world.session, payee.person_id or 0)
    support.end(world.session, payee, one.id)


def _shares(world: World) -> Actor:
    sam = world.payee()
    world.paying.gives(world.actor, account(world.number))
    return sam


def _moves_on(world: World, _payee: Actor, _subject: Any) -> None:
    world.paying.gives(world.actor, account(8_000 + world.number))


def _becomes_one(world: World, payee: Actor, _subject: Any) -> None:
    merge(world.session, world.actor, payee)


def claim_of(world: World, claim: Claim | Batch | Payment) -> Claim:
    """The claim, wherever its payment has come."""
    if isinstance(claim, Claim):
        return claim
    payment = claim
    if isinstance(payment, Batch):
        (payment,) = world.paying.payments(payment)
    return world.session.get_one(Claim, payment.what_id)


def _sent_it(world: World, _payee: Actor, claim: Claim) -> None:
    claim_of(world, claim).submitted_by_id = world.actor.person_id


def _approved(world: World, claim: Claim) -> None:
    assert world.paying.decide(world.actor, claim, YES)


def _approved_first(world: World, claim: Claim) -> None:
    assert not world.paying.decide(world.actor, claim, YES)
    assert world.paying.decide(world.paying.person("Second"), claim, YES)


def _approved_what_changed(world: World, claim: Claim) -> None:
    assert not world.paying.decide(world.actor, claim, YES)
    for name in ("Second", "Third"):
        world.paying.decide(world.paying.person(name), claim, less(ABOVE - 100))


def _decided_before(world: World, claim: Claim) -> None:
    assert world.paying.decide(world.actor, claim, less(300))
    payee = Actor(claim.person_id)
    writing.appeal(world.session, payee, claim.id, "All of it")
    assert world.paying.decide(world.paying.person("Second"), claim, YES)


def _put_right_by(world: World, claim: Claim, *, proposes: bool) -> None:
    session, other = world.session, world.paying.person("Other")
    assert world.paying.decide(world.paying.person("Decider"), claim, less(300))
    proposer, approver = (world.actor, other) if proposes else (other, world.actor)
    line = lines_of(session, claim.id)[0].id
    adjusting.propose(session, proposer, claim.id, line, 100, "It was more")
    one = next(one for one in to_put_right(session) if one.claim.id == claim.id)
    assert adjusting.approve(session, approver, {one.id: 100}) == {one.id: None}


def _called(world: World) -> Actor:
    sam = world.payee()
    changed = world.paying.gives(sam, account(9_000 + world.number))
    bank.answer_call(world.session, world.actor, changed.uid, yes=True)
    return sam


PAYEE = Way("payee", Why.PAYEE, Why.OWN_MONEY, Why.SELF, payee=_own)
MERGED = Way("two accounts of one person", Why.PAYEE, Why.OWN_MONEY, Why.SELF, after=_becomes_one)
SUPPORTER = Way("supporter", Why.SUPPORTER, Why.PART_IN_IT, Why.PART, payee=_supported)
SUPPORTED_ONCE = Way(
    "supporter once", Why.SUPPORTER, Why.PART_IN_IT, Why.PART, payee=_supported, after=_end_support
)
CARER = Way(
    "paid carer",
    Why.CARER,
    Why.PART_IN_IT,
    Why.PART,
    payee=lambda world: _supported(world, paid=True),
)
SHARES = Way("one bank account", Why.ACCOUNT, Why.PART_IN_IT, Why.PART, payee=_shares)
SHARED_ONCE = Way(
    "one bank account once", Why.ACCOUNT, Why.PART_IN_IT, Why.PART, payee=_shares, after=_moves_on
)
SENT_IT = Way("submitter", Why.SUBMITTER, Why.PART_IN_IT, None, after=_sent_it)
APPROVED = Way("approved it", Why.APPROVED, Why.APPROVED_IT, Why.SECOND, decide=_approved)
APPROVED_FIRST = Way(
    "approved it first of two",
    Why.APPROVED,
    Why.APPROVED_IT,
    None,
    decide=_approved_first,
    pence=ABOVE,
)
APPROVED_WHAT_CHANGED = Way(
    "approved what has changed",
    None,
    Why.APPROVED_IT,
    None,
    decide=_approved_what_changed,
    pence=ABOVE,
)
DECIDED_BEFORE = Way(
    "decided before an appeal", Why.DECIDED_BEFORE, Why.APPROVED_IT, None, decide=_decided_before
)
PUT_RIGHT = Way(
    "proposed to put it right",
    None,
    Why.APPROVED_IT,
    None,
    decide=lambda world, claim: _put_right_by(world, claim, proposes=True),
)
APPROVED_RIGHT = Way(
    "approved what was put right",
    None,
    Why.APPROVED_IT,
    None,
    decide=lambda world, claim: _put_right_by(world, claim, proposes=False),
)
CALLED = Way("noted the call", None, Why.CALLED, None, payee=_called)
PROPOSED = Way("proposed it", Why.PROPOSED, None, None)
NOBODY = Way("no part in it", None, None, None)

PEOPLE = (PAYEE, MERGED, SUPPORTER, SUPPORTED_ONCE, CARER, SHARES, SHARED_ONCE)
# Of what was not begun before: nothing was while somebody supported them, and who is one now is one person.
NOW = tuple(way for way in PEOPLE if way not in {SUPPORTED_ONCE, MERGED})
CLAIMED = (*PEOPLE, SENT_IT)
PAID = (
    *CLAIMED,
    APPROVED,
    APPROVED_FIRST,
    APPROVED_WHAT_CHANGED,
    DECIDED_BEFORE,
    PUT_RIGHT,
    APPROVED_RIGHT,
    CALLED,
)
