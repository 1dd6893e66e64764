"""Nobody decides about their own money or pays it: each way to have a part in it, at each door.

A row is a door: one thing that somebody does with money. A column is a way to have a part in it. Whoever
tries has every role that opens the door, so it is the person who is refused, not the role. In each cell the
door stays shut, no row of the plugin has changed, and the page says why in its own words. The last column is
somebody with the same roles and no part, for whom the door opens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims import cli
from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import (
    Activity,
    Adjustment,
    AdjustmentKind,
    AdvanceRow,
    Batch,
    CameBack,
    Claim,
    Credit,
    Move,
    Offer,
    Payment,
    RateRow,
    RecognitionChoice,
    Stage,
)
from plugins.claims.money.batches import What
from plugins.claims.money.recognition import Basis
from plugins.claims.plugin import commands
from plugins.claims.queries.adjusting import waiting as to_put_right
from plugins.claims.queries.looks import ACCOUNT_SHOWN, FILE_SHOWN
from plugins.claims.queries.support import supporters_of
from plugins.claims.services import (
    adjusting,
    advances,
    again,
    bank,
    batching,
    beginning,
    by_hand,
    cash,
    confirming,
    deciding,
    exporting,
    giving,
    hours,
    looking,
    offering,
    outcomes,
    purposes,
    several,
    support,
    writing,
)
from plugins.claims.services.advances import Wish
from plugins.claims.services.offering import NewOffer
from plugins.claims.services.sources import Key
from plugins.claims.services.store import lines_of
from plugins.claims.services.today import today
from plugins.claims.tests.making import YES, car, less, taxi
from plugins.claims.tests.making_offers import ALL, Offers, charity
from plugins.claims.tests.making_paying import Paying, account, key
from plugins.claims.tests.test_people import merge
from plugins.claims.words import REFUSALS
from portal.plugin_api import SYSTEM, Actor

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


# The rows: each makes what the door is about, and tries to go through it.


def claim_of(world: World, claim: Claim | Batch | Payment) -> Claim:
    """The claim, wherever its payment has come."""
    if isinstance(claim, Claim):
        return claim
    payment = claim
    if isinstance(payment, Batch):
        (payment,) = world.paying.payments(payment)
    return world.session.get_one(Claim, payment.what_id)


def sent(world: World, payee: Actor, way: Way) -> Claim:
    """It waits; above the limit somebody has approved it first, where that is the way."""
    pence = ABOVE if way is APPROVED else way.pence + world.number
    claim = world.paying.sent(payee, taxi(pence))
    if way is APPROVED:
        assert not world.paying.decide(world.actor, claim, YES)
    return claim


def sent_for_something(world: World, payee: Actor, way: Way) -> Claim:
    """It waits, and there is something that it could be part of."""
    world.offers.activity(title=f"Activity {world.number}")
    return sent(world, payee, way)


def _latest_activity(world: World) -> int:
    return world.session.scalars(sa.select(sa.func.max(Activity.id))).one()


def appealed(world: World, payee: Actor, way: Way) -> Claim:
    claim = world.paying.sent(payee, taxi(500 + world.number))
    decider = world.actor if way is DECIDED_BEFORE else world.paying.person("Decider")
    assert world.paying.decide(decider, claim, less(300))
    writing.appeal(world.session, payee, claim.id, "All of it")
    return claim


def decided(world: World, payee: Actor, way: Way) -> Claim:
    claim = world.paying.sent(payee, taxi(way.pence if way.pence == ABOVE else 500))
    way.decide(world, claim)
    return claim


def to_adjust(world: World, payee: Actor, way: Way) -> Adjustment:
    claim = world.paying.decided(payee, taxi(500))
    line = lines_of(world.session, claim.id)[0].id
    by = world.actor if way is PROPOSED else world.paying.person("Proposer")
    adjusting.propose(world.session, by, claim.id, line, -100, "It was less")
    return next(one for one in _adjustments(world) if one.line_id == line)


def topped_up(world: World, payee: Actor, _way: Way) -> Adjustment:
    claim = world.paying.decided(payee, car(10))
    line = lines_of(world.session, claim.id)[0]
    rate = world.session.scalars(sa.select(RateRow).limit(1)).one()
    world.session.add(
        Adjustment(
            line_id=line.id,
            kind=AdjustmentKind.TOP_UP,
            rate_id=rate.id,
            pence=100,
            reason="",
            proposed_at=claim.begun_at,
        )
    )
    world.session.flush()
    return next(one for one in _adjustments(world) if one.line_id == line.id)


def _adjustments(world: World) -> list[Adjustment]:
    return list(world.session.scalars(sa.select(Adjustment)))


def _ask(world: World, payee: Actor, way: Way, pence: int) -> AdvanceRow:
    """A supporter has asked for it themselves."""
    wish = Wish("York", today() + NEXT_WEEK, pence)
    if way not in {SUPPORTER, SUPPORTED_ONCE, CARER}:
        return advances.ask(world.session, payee, wish)
    (consent,) = supporters_of(world.session, payee.person_id or 0)
    return beginning.ask_for(world.session, world.actor, consent.id, wish)


def asked_ahead(world: World, payee: Actor, way: Way) -> AdvanceRow:
    pence = ABOVE if way is APPROVED else 500
    one = _ask(world, payee, way, pence)
    if way is APPROVED:
        assert not advances.decide(world.session, world.actor, one.id, YES)
    return one


def approved_ahead(world: World, payee: Actor, way: Way) -> AdvanceRow:
    one = _ask(world, payee, way, 500)
    by = world.actor if way is APPROVED else world.paying.person("Decider")
    assert advances.decide(world.session, by, one.id, YES)
    return one


def paid_ahead(world: World, payee: Actor, way: Way) -> AdvanceRow:
    one = approved_ahead(world, payee, way)
    made = _batch(world, (What.ADVANCE, one.id))
    exporting.export(world.session, world.paying.person("Payer"), made.id)
    return one


def offered(world: World, payee: Actor, way: Way) -> Offer:
    """Above the limit, so whoever made it does not close it."""
    by = world.offers
    activity = by.activity()
    maker = world.actor if way is APPROVED else by.maker
    made = offering.offer(
        world.session, maker, activity.id, NewOffer(payee.person_id or 0, 480, 2_750)
    )
    by.answer(payee, made)
    return made


def agreed(world: World, payee: Actor, way: Way, said: Any = ALL, **more: Any) -> RecognitionChoice:
    made = world.offers.offer(payee, **more)
    choice = world.offers.answer(payee, made, said)
    world.offers.close(made, by=world.actor if way is APPROVED else None)
    return choice


def for_charity(world: World, payee: Actor, way: Way) -> RecognitionChoice:
    return agreed(world, payee, way, charity())


def through_payroll(world: World, payee: Actor, way: Way) -> RecognitionChoice:
    return agreed(world, payee, way, activity=world.offers.activity(basis=Basis.PAYROLL))


def with_voucher(world: World, payee: Actor, way: Way) -> RecognitionChoice:
    said = ALL.__class__(ALL.taken, wanted=frozenset({"voucher"}))
    return agreed(world, payee, way, said, voucher=1_000)


def himself(_world: World, payee: Actor, _way: Way) -> Actor:
    return payee


def to_offer(world: World, payee: Actor, _way: Way) -> tuple[Activity, Actor]:
    return world.offers.activity(), payee


def changed_details(world: World, payee: Actor, _way: Way) -> Any:
    return world.paying.gives(payee, account(6_000 + world.number))


def _changes(world: World, payee: Actor, number: int) -> None:
    """Other bank details, with a yes from where their person is reached."""
    held = world.paying.gives(payee, account(number))
    link = bank.link_key(world.session, held.uid)
    bank.answer_link(world.session, payee, held.uid, link, yes=True)


def to_approve_again(world: World, payee: Actor, way: Way) -> Claim:
    """A claim that was decided before its person's bank details were changed."""
    if way is APPROVED:  # above the limit, where one has said yes once more
        one, two = world.paying.person("One"), world.paying.person("Two")
        claim = world.paying.sent(payee, taxi(ABOVE))
        for who in (one, two):
            world.paying.decide(who, claim, YES)
    else:
        claim = decided(world, payee, way)
    if way is CALLED:
        changed = world.paying.gives(payee, account(5_000 + world.number))
        bank.answer_call(world.session, world.actor, changed.uid, yes=True)
    else:
        _changes(world, payee, 5_000 + world.number)
    if way is APPROVED:
        again.approve(world.session, world.actor, key(claim), claim.version, ABOVE)
    return claim


def advance_again(world: World, payee: Actor, way: Way) -> Key:
    one = approved_ahead(world, payee, way)
    _changes(world, payee, 5_000 + world.number)
    return What.ADVANCE, one.id


def recognition_again(world: World, payee: Actor, way: Way) -> Key:
    choice = agreed(world, payee, way)
    _changes(world, payee, 5_000 + world.number)
    return What.CHOICE, choice.id


def _seen(world: World, which: Key) -> tuple[int, int]:
    """The version and the sum, as somebody with no part in it is shown them; where two records are one since,
    their details may be the old ones, and nothing is shown.
    """
    for one in again.to_approve(world.session, Actor(0), frozenset(What)):
        if (one.what, one.what_id) == which:
            return one.version, one.shown
    return 1, 1


def _approve_again(world: World, which: Key) -> tuple[int, str]:
    what, what_id = which
    version, shown = _seen(world, which)
    return world.post(f"/claims/desk/again/{what.value}/{what_id}", seen=f"{version}.{shown}")


def _batch(world: World, *keys: Key, locked: bool = True) -> Batch:
    payer = world.paying.person("Payer")
    ref = batching.put_in(world.session, payer, set(keys)).ref
    made = world.session.scalars(sa.select(Batch).where(Batch.ref == ref)).one()
    if locked:
        batching.lock(world.session, payer, made.id)
    return made


def open_batch(world: World, payee: Actor, way: Way) -> Batch:
    for one in world.session.scalars(sa.select(Batch).where(Batch.state == "open")):
        batching.abandon(world.session, world.paying.person("Payer"), one.id)
    return _batch(world, key(decided(world, payee, way)), locked=False)


def locked_batch(world: World, payee: Actor, way: Way) -> Batch:
    return _batch(world, key(decided(world, payee, way)))


def exported(world: World, payee: Actor, way: Way) -> Batch:
    made = locked_batch(world, payee, way)
    exporting.export(world.session, world.paying.person("Payer"), made.id)
    return made


def _no_account(world: World, payee: Actor, way: Way) -> Claim:
    claim = decided(world, payee, way)
    for who in (payee, world.actor):
        bank.remove(world.session, who)
    return claim


def put_aside(world: World, payee: Actor, way: Way) -> Payment:
    claim = _no_account(world, payee, way)
    cash.begin(world.session, world.paying.person("First"), key(claim))
    waits = sa.select(Payment).where(Payment.what_id == claim.id, Payment.what == What.CLAIM)
    return world.session.scalars(waits).one()


def _decide(world: World, claim: Claim) -> tuple[int, str]:
    line = lines_of(world.session, claim.id)[0].id
    said = {"version": str(claim.version), f"decision{line}": "approved"}
    return world.post(f"/claims/desk/{claim.ref}", **said)


def _adjust(world: World, claim: Claim) -> tuple[int, str]:
    line = lines_of(world.session, claim.id)[0].id
    said = {"way": "less", "pence": "1.00", "reason": "It was less"}
    return world.post(f"/claims/desk/{claim.ref}/lines/{line}/adjust", **said)


def _put_right(world: World, one: Adjustment) -> tuple[int, str]:
    shown = {each.id: each.pence for each in to_put_right(world.session)}
    return world.post("/claims/adjustments", pick=f"{one.id}.{shown[one.id]}")


def _all_put_right(world: World, _one: Adjustment) -> tuple[int, str]:
    shown = [f"{each.id}.{each.pence}" for each in to_put_right(world.session)]
    return world.post("/claims/adjustments", pick=shown)


def _offer(world: World, one: tuple[Activity, Actor]) -> tuple[int, str]:
    activity, payee = one
    address = f"/claims/activities/{activity.ref}/people/{payee.person_id}"
    return world.post(address, hours="2", pence_an_hour="27.50", voucher="", credit="")


def _payment(world: World, made: Batch) -> str:
    (one,) = world.paying.payments(made)
    return f"/claims/pay/{made.ref}/payments/{one.id}"


def _came_back(world: World, made: Batch) -> tuple[int, str]:
    (one,) = world.paying.payments(made)
    said = {f"came{one.id}": CameBack.CLOSED.value}
    return world.post(f"/claims/pay/{made.ref}/outcome", **said)


def _put(what: str) -> Callable[[World, Any], tuple[int, str]]:
    return lambda world, one: world.post("/claims/pay/put", chosen=[f"{what}-{one.id}"], submit="y")


def _paid_by_hand(world: World, one: RecognitionChoice) -> tuple[int, str]:
    return world.post(f"/claims/recognition/{one.id}/paid/{one.version}")


@dataclass(frozen=True)
class Door:
    """`told`: which words a way has here; `also`: other words that may stand for them, as when all of many
    things are refused at once; `absent`: of one's own there is no such page.
    """

    name: str
    ways: tuple[Way, ...]
    make: Callable[[World, Actor, Way], Any]
    attempt: Callable[[World, Any], tuple[int, str]]
    told: str = "why"
    also: frozenset[Why] = frozenset()
    absent: bool = False


DOORS = (
    Door("decide about a claim", (*CLAIMED, APPROVED), sent, _decide, absent=True),
    Door(
        "decide about several",
        (*CLAIMED, APPROVED),
        sent,
        lambda world, one: world.post("/claims/desk/several", pick=f"{one.ref}.{one.version}"),
    ),
    Door("decide about an appeal", (*CLAIMED, DECIDED_BEFORE), appealed, _decide, absent=True),
    Door(
        "say in which budget it counts",
        CLAIMED,
        sent_for_something,
        lambda world, one: world.post(
            f"/claims/desk/{one.ref}/purpose", purpose=str(_latest_activity(world))
        ),
        absent=True,
    ),
    Door("propose that it is put right", CLAIMED, decided, _adjust, absent=True),
    Door("approve what is put right", (*PEOPLE, PROPOSED), to_adjust, _put_right),
    Door("approve all that is put right", (*PEOPLE, PROPOSED), to_adjust, _all_put_right),
    Door("approve a top-up", PEOPLE, topped_up, _put_right),
    Door(
        "decide about money ahead",
        (*PEOPLE, APPROVED),
        asked_ahead,
        lambda world, one: world.post(f"/claims/desk/ahead/{one.ref}", decision="approved"),
        absent=True,
    ),
    Door(
        "let money ahead go",
        PEOPLE,
        paid_ahead,
        lambda world, one: world.post(
            f"/claims/desk/ahead/{one.ref}/settle", how="written_off", pence="1.00"
        ),
        absent=True,
    ),
    Door(
        "note that its event is cancelled",
        PEOPLE,
        approved_ahead,
        lambda world, one: world.post(f"/claims/desk/ahead/{one.ref}/cancelled"),
        absent=True,
    ),
    Door("make an offer", NOW, to_offer, _offer, told="gives", absent=True),
    Door(
        "say that it took place",
        (*PEOPLE, APPROVED),
        offered,
        lambda world, one: world.post(f"/claims/activities/offers/{one.ref}", stage="done"),
        told="gives",
        absent=True,
    ),
    Door(
        "hand over a voucher",
        (*PEOPLE, APPROVED),
        with_voucher,
        lambda world, one: world.post(f"/claims/recognition/{one.id}/handed"),
        told="pays",
    ),
    Door(
        "put hours right",
        NOW,
        himself,
        lambda world, one: world.post(
            f"/claims/hours/{one.person_id}", kind="more", hours="2", words="For June"
        ),
        told="gives",
        absent=True,
    ),
    Door(
        "note a call about bank details",
        PEOPLE,
        changed_details,
        lambda world, one: world.post(f"/claims/desk/bank/{one.uid}", answer="yes"),
        told="gives",
        absent=True,
    ),
    Door(
        "approve a claim once more",
        (*CLAIMED, APPROVED, CALLED, DECIDED_BEFORE),
        to_approve_again,
        lambda world, claim: _approve_again(world, key(claim)),
        also=frozenset({Why.PART_AGAIN}),
        absent=True,
    ),
    Door(
        "approve money ahead once more",
        PEOPLE,
        advance_again,
        _approve_again,
        also=frozenset({Why.PART_AGAIN}),
        absent=True,
    ),
    Door(
        "approve recognition once more",
        PEOPLE,
        recognition_again,
        _approve_again,
        also=frozenset({Why.PART_AGAIN}),
        absent=True,
    ),
    Door("put a claim into a batch", PAID, decided, _put("claim"), told="pays"),
    Door(
        "put money ahead into one",
        (*PEOPLE, APPROVED),
        approved_ahead,
        _put("advance"),
        told="pays",
    ),
    Door("put recognition into one", (*PEOPLE, APPROVED), agreed, _put("choice"), told="pays"),
    Door(
        "put all into one",
        PAID,
        decided,
        lambda world, _one: world.post("/claims/pay/put", all_of_it="y"),
        told="pays",
        also=frozenset({Why.EMPTY}),
    ),
    Door(
        "close a batch",
        PAID,
        open_batch,
        lambda world, made: world.post(f"/claims/pay/{made.ref}/lock"),
        told="pays",
    ),
    Door(
        "make the file",
        PAID,
        locked_batch,
        lambda world, made: world.post(f"/claims/pay/{made.ref}/export"),
        told="pays",
    ),
    Door(
        "fetch the file",
        PAID,
        exported,
        lambda world, made: world.get(f"/claims/pay/{made.ref}/file"),
        told="pays",
    ),
    Door(
        "look at the account",
        PAID,
        locked_batch,
        lambda world, made: world.get(_payment(world, made)),
        told="pays",
    ),
    Door(
        "note what the bank says of the name",
        PAID,
        locked_batch,
        lambda world, made: world.post(_payment(world, made), said="same"),
        told="pays",
    ),
    Door(
        "say that it arrived",
        PAID,
        exported,
        lambda world, made: world.post(f"/claims/pay/{made.ref}/outcome"),
        told="pays",
    ),
    Door("say that it came back", PAID, exported, _came_back, told="pays"),
    Door(
        "sign first for cash",
        tuple(way for way in PAID if way is not CALLED),
        _no_account,
        lambda world, one: world.post(f"/claims/pay/cash/claim/{one.id}"),
        told="pays",
    ),
    Door(
        "sign second for cash",
        tuple(way for way in PAID if way is not CALLED),
        put_aside,
        lambda world, one: world.post(f"/claims/pay/cash/{one.id}/sign"),
        told="pays",
    ),
    Door("pay a charity by hand", (*PEOPLE, APPROVED), for_charity, _paid_by_hand, told="pays"),
    Door(
        "pay through the payroll", (*PEOPLE, APPROVED), through_payroll, _paid_by_hand, told="pays"
    ),
)


def rows(session: Session) -> dict[str, list[str]]:
    """All that the plugin's tables hold, the messages, and who looked at accounts."""
    found = {}
    for table in (
        "message",
        *(name for name in Claim.metadata.tables if name.startswith("claims_")),
    ):
        found[table] = sorted(
            str(row) for row in session.execute(sa.text(f"SELECT * FROM {table}"))
        )
    seen = sa.text("SELECT id FROM audit_entry WHERE kind IN (:account, :file) ORDER BY id")
    looks = session.scalars(seen.bindparams(account=ACCOUNT_SHOWN, file=FILE_SHOWN))
    found["seen"] = [str(one) for one in looks]
    session.commit()
    return found


def cell(world: World, door: Door, way: Way) -> str:
    """What came of one way at one door: "shut", "open", or what is wrong with it."""
    world.number += 1
    payee = way.payee(world)
    subject = door.make(world, payee, way)
    way.after(world, payee, subject)
    world.session.commit()
    before = rows(world.session)
    status, text = door.attempt(world, subject)
    world.session.expire_all()
    changed = [name for name, found in rows(world.session).items() if found != before[name]]
    if way is NOBODY:
        return "open" if changed and status in {200, 303} else f"{status}, {changed}"
    if changed:
        return f"{status}, changed {changed}"
    if door.absent and status == 404 and ABSENT in text:
        return "shut" if way in {PAYEE, MERGED} else "absent"
    wanted = {getattr(way, door.told), *door.also} - {None}
    said = [why for why in wanted if str(REFUSALS[why]) in text]
    return "shut" if said else f"{status}, says nothing of {wanted}"


@pytest.fixture
def world(session: Session, sign_in: SignIn, offers: Offers) -> World:
    client = sign_in(*ROLES)
    actor = Actor(client.person_id, "Actor")  # type: ignore[attr-defined]
    assert offers.maker.person_id != offers.closer.person_id, "both are there before anything else"
    return World(session, Paying(session), offers, client, actor)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_nobody_with_a_part_in_it_goes_through(world: World, app: Any, door: Door) -> None:
    with app.test_request_context():
        found = {way.name: cell(world, door, way) for way in (*door.ways, NOBODY)}

    assert found == {**{way.name: "shut" for way in door.ways}, NOBODY.name: "open"}


def test_the_table_is_as_large_as_it_says() -> None:
    ways = {way.name for door in DOORS for way in door.ways}
    assert (len(DOORS), len(ways), sum(len(door.ways) for door in DOORS)) == (34, 16, 341)


# By command: what a program would call that knows no person, or that says it acts for the payee.

Call = Callable[[World, Actor, Any], object]


def _pay_one(what: What) -> Call:
    return lambda world, actor, one: batching.put_in(world.session, actor, {(what, one.id)})


def _decide_called(world: World, actor: Actor, claim: Claim) -> object:
    lines = {line.id: YES for line in lines_of(world.session, claim.id)}
    return deciding.decide(world.session, actor, claim.id, claim.version, lines)


def _adjust_called(world: World, actor: Actor, claim: Claim) -> object:
    line = lines_of(world.session, claim.id)[0].id
    adjusting.propose(world.session, actor, claim.id, line, -100, "It was less")
    return None


def _put_right_called(world: World, actor: Actor, one: Adjustment) -> object:
    shown = {each.id: each.pence for each in to_put_right(world.session)}
    return adjusting.approve(world.session, actor, {one.id: shown[one.id]})


def _came_back_called(world: World, actor: Actor, made: Batch) -> object:
    (one,) = world.paying.payments(made)
    outcomes.answer(world.session, actor, made.id, {one.id: CameBack.CLOSED})
    return None


def _again_called(world: World, actor: Actor, which: Key) -> object:
    return again.approve(world.session, actor, which, *_seen(world, which))


CALLS: dict[str, Call] = {
    "decide about a claim": _decide_called,
    "decide about several": lambda world, actor, one: several.approve(
        world.session, actor, {one.id: one.version}
    ),
    "decide about an appeal": _decide_called,
    "say in which budget it counts": lambda world, actor, one: purposes.set_purpose(
        world.session, actor, one.id, _latest_activity(world)
    ),
    "propose that it is put right": _adjust_called,
    "approve what is put right": _put_right_called,
    "approve all that is put right": _put_right_called,
    "approve a top-up": _put_right_called,
    "decide about money ahead": lambda world, actor, one: advances.decide(
        world.session, actor, one.id, YES
    ),
    "let money ahead go": lambda world, actor, one: advances.settle(
        world.session, actor, one.id, Move.WRITTEN_OFF, 100, "key"
    ),
    "note that its event is cancelled": lambda world, actor, one: advances.cancel_event(
        world.session, actor, one.id
    ),
    "make an offer": lambda world, actor, one: offering.offer(
        world.session, actor, one[0].id, NewOffer(one[1].person_id or 0, 60, 100)
    ),
    "say that it took place": lambda world, actor, one: confirming.close(
        world.session, actor, one.id, Stage.DONE
    ),
    "hand over a voucher": lambda world, actor, one: giving.hand_over(world.session, actor, one.id),
    "put hours right": lambda world, actor, payee: hours.use_or_adjust(
        world.session, actor, payee.person_id or 0, Credit.ADJUSTED, 60, "For June", key="key"
    ),
    "note a call about bank details": lambda world, actor, one: bank.answer_call(
        world.session, actor, one.uid, yes=True
    ),
    "approve a claim once more": lambda world, actor, claim: _again_called(
        world, actor, key(claim)
    ),
    "approve money ahead once more": _again_called,
    "approve recognition once more": _again_called,
    "put a claim into a batch": _pay_one(What.CLAIM),
    "put money ahead into one": _pay_one(What.ADVANCE),
    "put recognition into one": _pay_one(What.CHOICE),
    "put all into one": lambda world, actor, _one: batching.put_in(world.session, actor),
    "close a batch": lambda world, actor, made: batching.lock(world.session, actor, made.id),
    "make the file": lambda world, actor, made: exporting.export(world.session, actor, made.id),
    "fetch the file": lambda world, actor, made: exporting.download(world.session, actor, made.id),
    "say that it arrived": lambda world, actor, made: outcomes.answer(
        world.session, actor, made.id, {}
    ),
    "say that it came back": _came_back_called,
    "sign first for cash": lambda world, actor, one: cash.begin(world.session, actor, key(one)),
    "sign second for cash": lambda world, actor, one: cash.sign(world.session, actor, one.id),
    "pay a charity by hand": lambda world, actor, one: by_hand.note_paid(
        world.session, actor, one.id, one.version
    ),
    "pay through the payroll": lambda world, actor, one: by_hand.note_paid(
        world.session, actor, one.id, one.version
    ),
}
# The page asks before it looks; what stands behind it reads and writes no money.
PAGES_ALONE = {"look at the account", "note what the bank says of the name"}


def called(world: World, call: Call, actor: Actor, subject: Any) -> str:
    """What came of a call: "refused", or what it did."""
    try:
        done = call(world, actor, subject)
    except (RefusedError, GoneError):
        world.session.rollback()
        return "refused"
    world.session.rollback()
    return "refused" if isinstance(done, dict) and all(done.values()) else f"did {done!r}"


@pytest.mark.parametrize(
    "door", [one for one in DOORS if one.name in CALLS], ids=lambda one: one.name
)
def test_no_program_goes_through_for_nobody_or_for_the_payee(
    world: World, app: Any, door: Door
) -> None:
    with app.test_request_context():
        world.number += 1
        payee = world.payee()
        subject = door.make(world, payee, NOBODY)
        world.session.commit()
        before = rows(world.session)
        found = {
            name: called(world, CALLS[door.name], who, subject)
            for name, who in (("system", SYSTEM), ("payee", payee))
        }
        unchanged = rows(world.session) == before
        other = called(world, CALLS[door.name], world.person(), subject)

    assert (found, unchanged) == ({"system": "refused", "payee": "refused"}, True)
    assert other.startswith("did "), "somebody else goes through"


def test_every_door_has_a_call_and_every_command_is_known() -> None:
    """A new door is tried by program, too; a new command is looked at here before it is let in."""
    assert {door.name for door in DOORS} == CALLS.keys() | PAGES_ALONE
    assert {one.name for one in commands()} == {"quote", "ledger", "modulus", "bank"}
    assert [set(group.commands) for group in (cli.ledger, cli.modulus, cli.bank)] == [
        {"verify"},
        {"load"},
        {"refresh"},
    ]


def test_a_batch_with_one_of_them_goes_once_it_is_left_out(session: Session, world: World) -> None:
    paying, payer, other = world.paying, world.person(), world.person()
    mine = paying.sent(paying.payee(), taxi(500))
    assert paying.decide(payer, mine, YES)
    made = paying.batch(other, mine, paying.owed(paying.payee()))
    shown = looking.show(session, made, payer.person_id)
    assert [one.stands is not None for one in shown.payments] == [True, False]
    batching.leave_out(session, payer, shown.payments[0].id, "Somebody else pays it")
    assert exporting.export(session, payer, made.id).payments == 1
    assert session.scalar(sa.select(sa.func.count(Payment.id))) == 1
