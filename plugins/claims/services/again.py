"""Approving once more what an approval does not stand for any more, by people who have no part in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import ApprovedAgain, BankDetail, Payment
from plugins.claims.money.batches import What
from plugins.claims.money.readiness import Wait, waits_for
from plugins.claims.money.separation import Bar, bar
from plugins.claims.money.standing import Void
from plugins.claims.queries.paying import details
from plugins.claims.queries.standing import in_doubt
from plugins.claims.services import recognition_payable, sources
from plugins.claims.services.payables import Payable, payable_of
from plugins.claims.services.separating import Looked, look
from plugins.claims.services.sources import BY_WHAT, Key, key_of
from plugins.claims.services.standing import Voided, voided_of
from portal.audit import api as audit
from portal.plugin_api import Actor, lock_rows, now


@dataclass(frozen=True, slots=True)
class ToApprove:
    """What is to be approved once more, for one who would. `shown` is the sum that they look at, in pence: of
    recognition what was offered, for what is taken of it is nobody's business.

    `title` and `ref` are those of the claim, the offer or the money ahead. `barred`: why they may not;
    `missing`: how many people are still to say yes.
    """

    what: What
    what_id: int
    person_id: int
    version: int
    shown: int
    title: str
    ref: str
    why: Sequence[Void]
    missing: int
    barred: Why | None
    due: date | None


def _payables(session: Session, people: Collection[int] | None = None) -> list[Payable]:
    """All that is to be paid, whichever way, and has not left; of some people, where they are named."""
    moving = sa.select(Payment).where(Payment.outcome.is_(None), Payment.person_id.is_not(None))
    if people is not None:
        moving = moving.where(Payment.person_id.in_(people))
    return [
        *sources.waiting(session, people),
        *recognition_payable.waiting_by_hand(session, people),
        *(payable_of(one) for one in session.scalars(moving.order_by(Payment.id))),
    ]


def to_approve(session: Session, actor: Actor, whats: Collection[What]) -> list[ToApprove]:
    """What is to be approved once more, of these kinds, what is due first in front. What waits for a yes of
    its person waits for that first; what is the actor's own is left out.
    """
    people = in_doubt(session)  # few: all others' approvals stand
    found = [one for one in _payables(session, people) if one.what in whats] if people else []
    return _to_approve(session, actor, found)


def _to_approve(session: Session, actor: Actor, payables: Sequence[Payable]) -> list[ToApprove]:
    if not payables:
        return []
    holds = details(session, {one.person_id for one in payables})
    looked = look(session, actor.person_id, payables, BY_WHAT)
    found = voided_of(session, looked, payables, holds, BY_WHAT)
    made = []
    for what in {what for what, _id in found}:
        names = BY_WHAT[what].named(session, [what_id for of, what_id in found if of is what])
        for one in payables:
            waits = not one.by_hand and waits_for(holds.get(one.person_id)) is Wait.CONFIRM
            if one.what is not what or one.person_id == actor.person_id or waits:
                continue
            if (voided := found.get(key_of(one))) is not None:
                name = names[one.what_id]
                made.append(
                    ToApprove(
                        one.what,
                        one.what_id,
                        one.person_id,
                        one.version,
                        voided.weighs if one.what is What.CHOICE else one.pence,
                        name.title,
                        name.ref,
                        sorted(voided.why),
                        voided.missing,
                        _barred(looked, actor, one, voided),
                        one.due,
                    )
                )
    return sorted(made, key=lambda one: (one.due or date.max, one.what, one.what_id))


def _barred(looked: Looked, actor: Actor, one: Payable, voided: Voided) -> Why | None:
    """Whoever said a yes that counts does not say it twice; any other part in it is one here, too."""
    if actor.person_id is None:
        return Why.PART_AGAIN
    part = replace(looked.parts[key_of(one)], approved=voided.by)
    found = bar(part, actor.person_id, looked.accounts[actor.person_id])
    if found is None:
        return None
    return Why.APPROVED if found is Bar.APPROVED else Why.PART_AGAIN


def look_at(session: Session, actor: Actor, key: Key) -> ToApprove | None:
    """One of them; None where it need not be approved once more, or its person says yes first.

    Raises:
        GoneError: nothing of that is to be paid, or it is the actor's own.
    """
    return next(iter(_to_approve(session, actor, [_one(session, actor, key)])), None)


def approve(session: Session, actor: Actor, key: Key, version: int, shown: int) -> bool:
    """Approve it once more, as it was shown: `version` of it, for so many pence. True when it may be paid
    now; False when a second person is to approve it, too.

    Raises:
        GoneError: nothing of that is to be paid, or it is the actor's own.
        RefusedError: the actor has a part in it, or has said yes to it; it stands already, has changed, or
            its person is still to say yes to their changed bank details.
    """
    payable = _one(session, actor, key)
    if key not in sources.standing(session, [payable]):
        raise RefusedError(Why.CHANGED)
    detail_id = None if payable.by_hand else _lock_details(session, payable.person_id)
    found = _to_approve(session, actor, [payable])
    if not found:
        raise RefusedError(_why_not(session, payable))
    (one,) = found
    if one.barred is not None:
        raise RefusedError(one.barred)
    if (one.version, one.shown) != (version, shown):
        raise RefusedError(Why.CHANGED)
    row = ApprovedAgain(
        what=payable.what,
        what_id=payable.what_id,
        version=payable.version,
        pence=payable.pence,
        detail_id=detail_id,
        person_id=actor.person_id,
        at=now(),
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "claims:again:approve", ("claims_again", row.id))
    return one.missing == 1


def _one(session: Session, actor: Actor, key: Key) -> Payable:
    found = next((one for one in _payables(session) if key_of(one) == key), None)
    if found is None or found.person_id == actor.person_id:
        raise GoneError
    return found


def _lock_details(session: Session, person_id: int) -> int | None:
    """The bank details that hold, locked, so that a yes is never for details that were not there."""
    held = details(session, [person_id]).get(person_id)
    if held is not None:
        lock_rows(session, BankDetail, [held.id])
    held = details(session, [person_id]).get(person_id)
    return held.id if held is not None else None


def _why_not(session: Session, payable: Payable) -> Why:
    """Why nobody approves it now: its person says yes first, or it stands."""
    held = details(session, [payable.person_id]).get(payable.person_id)
    return Why.UNCONFIRMED if waits_for(held) is Wait.CONFIRM else Why.MOVED


def of_person(session: Session, person_id: int) -> dict[Key, frozenset[Void]]:
    """What of somebody's own money is looked at once more by the college before it is paid, and why. What
    waits for themselves is not in it.
    """
    payables = _payables(session, [person_id])
    if not payables:
        return {}
    holds = details(session, [person_id])
    if waits_for(holds.get(person_id)) is Wait.CONFIRM:
        payables = [one for one in payables if one.by_hand]
    looked = look(session, None, payables, BY_WHAT)
    found = voided_of(session, looked, payables, holds, BY_WHAT)
    return {key: one.why for key, one in found.items()}
