"""How to call each page of bank details and paying with success."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.bankfiles.values import Account
from plugins.claims.models import Batch, BatchState, Category, Claim, Decision, Payment, Proof, Way
from plugins.claims.money.batches import What
from plugins.claims.queries.one_claim import show
from plugins.claims.queries.paying import ids_of
from plugins.claims.services import bank, batching, cash, deciding, exporting, writing
from plugins.claims.services.deciding_line import Decided
from plugins.claims.services.store import lines_of
from plugins.claims.services.today import today
from portal.accounts.api import create_person
from portal.plugin_api import SYSTEM, Actor, RouteSample

Values = Mapping[str, Any]
ACCOUNT = Account("089999", "66374958", "Alex Sample")  # a published example
OTHER = Account("107999", "88837491", "Alex Sample")  # another one
NUMBERS = {
    "name": "Alex Sample",
    "sort_code": "20-29-59",
    "account_number": "63748472",
}  # a third one
STUDENT, PAYERS, DECIDERS = ("student",), ("treasurer",), ("treasurer",)


def person(session: Session) -> Actor:
    """Somebody without a part in anything."""
    return Actor(create_person(session, SYSTEM, name="Alex"))


def owed(session: Session, payee: Actor, pence: int = 1_250) -> int:
    """A claim of theirs that is decided; its id."""
    claim = writing.begin(session, payee, "A sample")
    line = writing.add_line(session, payee, claim.id, Category.TAXI)
    writing.say_when(session, payee, claim.id, line, today())
    writing.say_how_much(session, payee, claim.id, line, pence)
    writing.prove(session, payee, claim.id, line, Proof.LOST)
    writing.send(session, payee, claim.id, show(session, claim).total)
    yes = {one.id: Decided(Decision.APPROVED) for one in lines_of(session, claim.id)}
    deciding.decide(session, person(session), claim.id, claim.version, yes)
    return claim.id


def has_details(session: Session, person_id: int) -> Values:
    """Somebody who gave bank details, and others since."""
    actor = Actor(person_id)
    bank.give(session, actor, ACCOUNT)
    bank.give(session, actor, OTHER)
    held = bank.current(session, person_id)
    if held is None:
        raise RuntimeError("they were given a moment ago")
    return {"uid": held.uid, "key": bank.link_key(session, held.uid)}


def changed(session: Session) -> Values:
    """Bank details of somebody else that wait for a yes."""
    return has_details(session, person(session).person_id or 0)


def _close_the_open_one(session: Session) -> None:
    """One batch is open at a time: each sample has its own. What is in the one before stays in it."""
    found = session.scalar(sa.select(Batch.id).where(Batch.state == BatchState.OPEN))
    if found is not None:
        close = batching.lock if ids_of(session, found) else batching.abandon
        close(session, person(session), found)


def in_batch(session: Session) -> Values:
    """An open batch with one payment; another one was left out of it."""
    _close_the_open_one(session)
    payer, keys = person(session), []
    for _ in range(2):
        payee = person(session)
        bank.give(session, payee, ACCOUNT)
        keys.append((What.CLAIM, owed(session, payee)))
    ref = batching.put_in(session, payer, keys).ref
    made = session.scalars(sa.select(Batch).where(Batch.ref == ref)).one()
    first, second = session.scalars(
        sa.select(Payment.id).where(Payment.batch_id == made.id).order_by(Payment.id)
    )
    batching.leave_out(session, payer, second, "It goes next week")
    return {"ref": ref, "batch_id": made.id, "payment_id": first}


def locked(session: Session) -> Values:
    """A batch that is ready for its file."""
    values = in_batch(session)
    batching.lock(session, person(session), values["batch_id"])
    return values


def exported(session: Session) -> Values:
    """A batch whose file is made."""
    values = locked(session)
    exporting.export(session, person(session), values["batch_id"])
    return values


def owed_in_cash(session: Session) -> Values:
    """Something owed to somebody without an account."""
    return {"what": "claim", "what_id": owed(session, person(session))}


def put_aside(session: Session) -> Values:
    """Cash that one person has signed for."""
    key = (What.CLAIM, owed(session, person(session)))
    cash.begin(session, person(session), key)
    found = session.scalars(
        sa.select(Payment.id).where(Payment.way == Way.CASH, Payment.what_id == key[1])
    )
    return {"payment_id": found.one()}


def ready(session: Session) -> Values:
    """Something that can be paid into an account."""
    payee = person(session)
    bank.give(session, payee, ACCOUNT)
    return {"what_id": owed(session, payee)}


def to_approve_again(session: Session) -> Values:
    """Something that was approved before its person's bank details were changed, with their yes."""
    payee, pence = person(session), 1_250
    bank.give(session, payee, ACCOUNT)
    claim_id = owed(session, payee, pence)
    bank.give(session, payee, OTHER)
    held = bank.current(session, payee.person_id)
    if held is None:
        raise RuntimeError("they were given a moment ago")
    bank.answer_link(session, payee, held.uid, bank.link_key(session, held.uid), yes=True)
    version = session.get_one(Claim, claim_id).version
    return {"what": "claim", "what_id": claim_id, "seen": f"{version}.{pence}"}


def _seen(values: Values) -> Values:
    return {"seen": values["seen"]}


def _ticked(values: Values) -> Values:
    return {"chosen": [f"claim-{values['what_id']}"], "submit": "yes"}


def _came_back(values: Values) -> Values:
    return {f"came{values['payment_id']}": "closed"}


LAYOUT = {
    "kind": "csv",
    "dates": "slashes",
    "headings": "y",
    "own_name": "A COLLEGE",
    "place_sort_code": "1",
    "heading_sort_code": "Sort code",
    "place_account": "2",
    "heading_account": "Account",
    "place_pounds": "3",
    "heading_pounds": "Amount",
    "user_number": "123456",
    "sort_code": "089999",
    "account": "66374958",
}


def _own(endpoint: str, payload: Any = None) -> list[RouteSample]:
    name = f"claims.{endpoint}"
    found = [RouteSample(name, "GET", roles=STUDENT)] if endpoint != "bank_is_right" else []
    if payload is not None:
        found.append(RouteSample(name, "POST", payload=payload, roles=STUDENT))
    return found


def _pay(
    endpoint: str, arrange: Callable[[Session], Values], payload: Any = None, *, get: bool = True
) -> list[RouteSample]:
    name = f"claims.{endpoint}"
    found = [RouteSample(name, "GET", arrange, roles=PAYERS)] if get else []
    if payload is not None:
        found.append(RouteSample(name, "POST", arrange, payload, PAYERS))
    return found


PAYING: tuple[RouteSample, ...] = (
    *_own("bank"),
    *_own("change_bank", NUMBERS),
    *_own("remove_bank", {}),
    *_own("bank_is_right", {}),
    RouteSample("claims.confirm_bank", "GET", changed, public=True),
    RouteSample("claims.confirm_bank", "POST", changed, {"answer": "yes"}, public=True),
    RouteSample("claims.called", "GET", changed, roles=DECIDERS),
    RouteSample("claims.called", "POST", changed, {"answer": "yes"}, DECIDERS),
    *_pay("pay", ready),
    *_pay("put", ready, _ticked),
    *_pay("pay_waiting", owed_in_cash),
    *_pay("pay_others", ready),
    *_pay("pay_cash", put_aside),
    *_pay("pay_batches", in_batch),
    RouteSample("claims.again", "GET", to_approve_again, roles=DECIDERS),
    RouteSample("claims.approve_again", "GET", to_approve_again, roles=DECIDERS),
    RouteSample("claims.approve_again", "POST", to_approve_again, _seen, DECIDERS),
    *_pay("batch", in_batch),
    *_pay("lock_batch", in_batch, {}, get=False),
    *_pay("leave_out", in_batch, {"reason": "It goes next week"}),
    *_pay("abandon_batch", locked, {}, get=False),
    *_pay("export_batch", locked, {}, get=False),
    *_pay("payment", locked, {"said": "same"}),
    *_pay("batch_file", exported),
    *_pay("outcome", exported, _came_back),
    *_pay("begin_cash", owed_in_cash, {}, get=False),
    *_pay("sign_cash", put_aside, {}, get=False),
    *_pay("stop_cash", put_aside, {}, get=False),
    *_pay("bank_layout", lambda _session: {}, LAYOUT),
)
