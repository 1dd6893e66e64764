"""Invented claims at every stage, for the demo college."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.bankfiles.values import Account
from plugins.claims.models import Batch, Category, Claim, Decision, Proof
from plugins.claims.money.batches import What
from plugins.claims.queries.one_claim import show
from plugins.claims.queries.prices import VEHICLES
from plugins.claims.queries.purposes import own_purposes
from plugins.claims.services import (
    advances,
    bank,
    batching,
    deciding,
    exporting,
    outcomes,
    support,
    writing,
)
from plugins.claims.services.advances import Wish
from plugins.claims.services.deciding_line import Decided
from plugins.claims.services.purposes import say_purpose
from plugins.claims.services.store import lines_of
from plugins.claims.services.today import today
from portal.accounts.api import demo_people, demo_people_with_login, people_by_ids
from portal.plugin_api import Actor

# (category, pence or tenths of a mile) of each line, and how far the claim has come.
CLAIMS: Sequence[tuple[str, Sequence[tuple[Category, int]], str]] = (
    ("Making “Better sleep”", ((Category.TRANSPORT, 680),), "decided"),
    ("Meeting of the board", ((Category.CAR, 184), (Category.CARE, 2400)), "asked"),
    ("Leading “Cooking for one”", ((Category.CAR, 120), (Category.FOOD, 540)), "sent"),
    ("Interview panel", ((Category.TAXI, 1250),), "draft"),
    ("A meeting about the term’s courses", ((Category.TRANSPORT, 420),), "paid"),
)
# The others' own: one has changed their bank details since, and one has given none.
CHANGED, NONE = (
    ("Tea for the open day", Category.FOOD, 640),
    ("Bus to the garden", Category.TRANSPORT, 460),
)
LEAST = 4  # people
# Banks publish the first number as an example, with this sort code; the others fit it by the same rule. They
# are nobody's. Each payee has their own: who shares an account with somebody does not pay them.
SORT_CODE, NUMBERS = "089999", ("66374958", "12345672", "23456783", "34567894")


def seed_claims(session: Session) -> None:
    """Add them, flushed; nothing, where the demo has too few people."""
    people = demo_people(session)
    deciders = people.officers.get("coordinator", ())
    payers = people.officers.get("treasurer", ())
    if len(people.students) < LEAST or not deciders:
        return
    own = demo_people_with_login(people)
    named = (own["student"], own["contributor"])  # whoever signs in as one of them sees every stage
    payees = [*named, *[one for one in people.students if one not in named][:2]]
    names = people_by_ids(session, payees)
    *given, bare = payees
    for payee, number in zip(given, NUMBERS, strict=False):
        bank.give(session, Actor(payee), Account(SORT_CODE, number, names[payee].name))
    other = Actor(payees[1])
    ahead = _seed_ahead(session, Actor(payees[0]), other, Actor(deciders[0]))
    if payers:
        _pay(session, Actor(payers[0]), (What.ADVANCE, ahead))
    _seed_supporter(session, Actor(payees[0]), other)
    for n, (what, lines, state) in enumerate(CLAIMS):
        for payee in dict.fromkeys((*named, payees[n % len(payees)])):
            claim = _seed(session, Actor(payee), Actor(deciders[0]), what, lines, state)
            if state == "paid" and payers:
                _pay(session, Actor(payers[0]), (What.CLAIM, claim.id))
    for payee, (what, category, pence) in ((given[-1], CHANGED), (bare, NONE)):
        _seed(session, Actor(payee), Actor(deciders[0]), what, ((category, pence),), "decided")
    _change_details(session, Actor(given[-1]), names[given[-1]].name)


def _change_details(session: Session, who: Actor, name: str) -> None:
    """Other bank details than before, with the yes of their person."""
    bank.give(session, who, Account(SORT_CODE, NUMBERS[-1], name))
    held = bank.current(session, who.person_id)
    if held is not None:
        bank.answer_link(session, who, held.uid, bank.link_key(session, held.uid), yes=True)


def _pay(session: Session, payer: Actor, key: tuple[What, int]) -> None:
    ref = batching.put_in(session, payer, {key}).ref
    batch = session.scalars(sa.select(Batch).where(Batch.ref == ref)).one()
    batching.lock(session, payer, batch.id)
    exporting.export(session, payer, batch.id)
    outcomes.answer(session, payer, batch.id, {})


def _seed_ahead(session: Session, one: Actor, other: Actor, decider: Actor) -> int:
    """Money ahead: one that is to be paid, whose id is returned, and one that waits for a decision."""
    day = today() + timedelta(days=14)
    paid = advances.ask(
        session, one, Wish("Train and childcare for the meeting in York", day, 8620)
    )
    advances.decide(session, decider, paid.id, Decided(Decision.APPROVED))
    advances.ask(session, other, Wish("Train to the conference", day, 4620))
    return paid.id


def _seed_supporter(session: Session, one: Actor, other: Actor) -> None:
    """Each of two people writes claims for the other."""
    for person, supporter in ((one, other), (other, one)):
        support.take_up(session, supporter, support.offer(session, person, paid=False))


def _seed(
    session: Session,
    payee: Actor,
    decider: Actor,
    what: str,
    lines: Sequence[tuple[Category, int]],
    state: str,
) -> Claim:
    claim = writing.begin(session, payee, what)
    for one in own_purposes(session, payee.person_id):
        if one.title == what:
            say_purpose(session, payee, claim.id, one.id)
    for days, (category, amount) in enumerate(lines, 1):
        _add(session, payee, claim, category, amount, days)
    if state == "draft":
        return claim
    writing.send(session, payee, claim.id, show(session, claim).total)
    if state == "asked":
        deciding.ask(session, decider, claim.id, "Who looked after your children that evening?")
    if state in {"decided", "paid"}:
        yes = {line.id: Decided(Decision.APPROVED) for line in lines_of(session, claim.id)}
        deciding.decide(session, decider, claim.id, claim.version, yes)
    return claim


def _add(
    session: Session, payee: Actor, claim: Claim, category: Category, amount: int, days: int
) -> None:
    line = writing.add_line(session, payee, claim.id, category)
    writing.say_when(session, payee, claim.id, line, today() - timedelta(days=days))
    writing.say_how_much(session, payee, claim.id, line, amount)
    if category not in VEHICLES:
        writing.prove(session, payee, claim.id, line, Proof.NONE)
