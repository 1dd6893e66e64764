"""The doors: each makes what it is about, and tries to go through it. The rows of `test_separating.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from plugins.claims.errors import Why
from plugins.claims.models import (
    Activity,
    Adjustment,
    AdjustmentKind,
    AdvanceRow,
    Batch,
    CameBack,
    Claim,
    Offer,
    Payment,
    RateRow,
    RecognitionChoice,
)
from plugins.claims.money.batches import What
from plugins.claims.money.recognition import Basis
from plugins.claims.queries.adjusting import waiting as to_put_right
from plugins.claims.queries.support import supporters_of
from plugins.claims.services import (
    adjusting,
    advances,
    again,
    bank,
    batching,
    beginning,
    cash,
    exporting,
    offering,
    writing,
)
from plugins.claims.services.advances import Wish
from plugins.claims.services.offering import NewOffer
from plugins.claims.services.sources import Key
from plugins.claims.services.store import lines_of
from plugins.claims.services.today import today
from plugins.claims.tests.making import YES, car, less, taxi
from plugins.claims.tests.making_offers import ALL, charity
from plugins.claims.tests.making_paying import account, key
from plugins.claims.tests.separating_ways import (
    ABOVE,
    APPROVED,
    CALLED,
    CARER,
    CLAIMED,
    DECIDED_BEFORE,
    NEXT_WEEK,
    NOW,
    PAID,
    PEOPLE,
    PROPOSED,
    SUPPORTED_ONCE,
    SUPPORTER,
    Way,
    World,
)
from portal.plugin_api import Actor


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


def latest_activity(world: World) -> int:
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


def seen(world: World, which: Key) -> tuple[int, int]:
    """The version and the sum, as somebody with no part in it is shown them; where two records are one since,
    their details may be the old ones, and nothing is shown.
    """
    for one in again.to_approve(world.session, Actor(0), frozenset(What)):
        if (one.what, one.what_id) == which:
            return one.version, one.shown
    return 1, 1


def _approve_again(world: World, which: Key) -> tuple[int, str]:
    what, what_id = which
    version, shown = seen(world, which)
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
            f"/claims/desk/{one.ref}/purpose", purpose=str(latest_activity(world))
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
