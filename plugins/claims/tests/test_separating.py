"""Nobody decides about their own money or pays it: each way to have a part in it, at each door.

A row is a door: one thing that somebody does with money. A column is a way to have a part in it. Whoever
tries has every role that opens the door, so it is the person who is refused, not the role. In each cell the
door stays shut, no row of the plugin has changed, and the page says why in its own words. The last column is
somebody with the same roles and no part, for whom the door opens.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims import cli
from plugins.claims.errors import GoneError, RefusedError
from plugins.claims.models import (
    Adjustment,
    Batch,
    CameBack,
    Claim,
    Credit,
    Move,
    Payment,
    Stage,
)
from plugins.claims.money.batches import What
from plugins.claims.plugin import commands
from plugins.claims.queries.adjusting import waiting as to_put_right
from plugins.claims.queries.looks import ACCOUNT_SHOWN, FILE_SHOWN
from plugins.claims.services import (
    adjusting,
    advances,
    again,
    bank,
    batching,
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
)
from plugins.claims.services.offering import NewOffer
from plugins.claims.services.sources import Key
from plugins.claims.services.store import lines_of
from plugins.claims.tests.making import YES, taxi
from plugins.claims.tests.making_offers import Offers
from plugins.claims.tests.making_paying import Paying, key
from plugins.claims.tests.separating_doors import (
    DOORS,
    Door,
    latest_activity,
    seen,
)
from plugins.claims.tests.separating_ways import (
    ABSENT,
    MERGED,
    NOBODY,
    PAYEE,
    ROLES,
    Way,
    World,
)
from plugins.claims.words import REFUSALS
from portal.plugin_api import SYSTEM, Actor

SignIn = Callable[..., FlaskClient]


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
    looked_at = sa.text("SELECT id FROM audit_entry WHERE kind IN (:account, :file) ORDER BY id")
    looks = session.scalars(looked_at.bindparams(account=ACCOUNT_SHOWN, file=FILE_SHOWN))
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
    return again.approve(world.session, actor, which, *seen(world, which))


CALLS: dict[str, Call] = {
    "decide about a claim": _decide_called,
    "decide about several": lambda world, actor, one: several.approve(
        world.session, actor, {one.id: one.version}
    ),
    "decide about an appeal": _decide_called,
    "say in which budget it counts": lambda world, actor, one: purposes.set_purpose(
        world.session, actor, one.id, latest_activity(world)
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
