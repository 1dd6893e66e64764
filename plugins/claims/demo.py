"""Invented claims at every stage, for the demo college."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from plugins.claims.models import Category, Claim, Decision, Proof
from plugins.claims.money.batches import Outcome
from plugins.claims.queries.claims import show
from plugins.claims.queries.prices import VEHICLES
from plugins.claims.services import advance_payable, advances, deciding, support, writing
from plugins.claims.services.advances import Wish
from plugins.claims.services.deciding_line import Decided
from plugins.claims.services.store import lines_of
from plugins.claims.services.today import today
from portal.accounts.api import demo_people, demo_people_with_login
from portal.plugin_api import Actor

# (category, pence or tenths of a mile) of each line, and how far the claim has come.
CLAIMS: Sequence[tuple[str, Sequence[tuple[Category, int]], str]] = (
    ("Co-design of the sleep course", ((Category.TRANSPORT, 680),), "decided"),
    ("Meeting of the board", ((Category.CAR, 184), (Category.CARE, 2400)), "asked"),
    ("Leading “Cooking for one”", ((Category.CAR, 120), (Category.FOOD, 540)), "sent"),
    ("Interview panel", ((Category.TAXI, 1250),), "draft"),
)
LEAST = 2


def seed_claims(session: Session) -> None:
    """Add them, flushed; nothing, where the demo has too few people."""
    people = demo_people(session)
    deciders = people.officers.get("coordinator", ())
    if len(people.students) < LEAST or not deciders:
        return
    payees = [demo_people_with_login(people)["student"], *people.students[:3]]
    other = Actor(next(one for one in payees if one != payees[0]))
    _seed_ahead(session, Actor(payees[0]), other, Actor(deciders[0]))
    _seed_supporter(session, Actor(payees[0]), other)
    for n, (what, lines, state) in enumerate(CLAIMS):
        for payee in dict.fromkeys((payees[0], payees[n % len(payees)])):
            _seed(session, Actor(payee), Actor(deciders[0]), what, lines, state)


def _seed_ahead(session: Session, one: Actor, other: Actor, decider: Actor) -> None:
    """Money ahead: one that was paid, one that waits for a decision."""
    day = today() + timedelta(days=14)
    paid = advances.ask(
        session, one, Wish("Train and childcare for the meeting in York", day, 8620)
    )
    advances.decide(session, decider, paid.id, Decided(Decision.APPROVED))
    advance_payable.moved(session, paid.id, Outcome.SENT)
    advances.ask(session, other, Wish("Train to the conference", day, 4620))


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
) -> None:
    claim = writing.begin(session, payee, what)
    for days, (category, amount) in enumerate(lines, 1):
        _add(session, payee, claim, category, amount, days)
    if state == "draft":
        return
    writing.send(session, payee, claim.id, show(session, claim).total)
    if state == "asked":
        deciding.ask(session, decider, claim.id, "Who looked after your children that evening?")
    if state == "decided":
        yes = {line.id: Decided(Decision.APPROVED) for line in lines_of(session, claim.id)}
        deciding.decide(session, decider, claim.id, claim.version, yes)


def _add(
    session: Session, payee: Actor, claim: Claim, category: Category, amount: int, days: int
) -> None:
    line = writing.add_line(session, payee, claim.id, category)
    writing.say_when(session, payee, claim.id, line, today() - timedelta(days=days))
    writing.say_how_much(session, payee, claim.id, line, amount)
    if category not in VEHICLES:
        writing.prove(session, payee, claim.id, line, Proof.NONE)
