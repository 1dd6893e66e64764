"""Money ahead of an event: asked for, approved by others, paid, and accounted for.

An advance is locked after the claims and receipts that have to do with it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import (
    AdvanceApproval,
    AdvanceRow,
    AdvanceState,
    Decision,
    Move,
    PaymentStage,
)
from plugins.claims.money import advances as money
from plugins.claims.money.batches import What
from plugins.claims.money.postings import About, Account, move
from plugins.claims.money.separation import Involved, Yes, approvers_needed, bar
from plugins.claims.promises import POUND, TWO_ABOVE
from plugins.claims.services.advance_moves import locked, record, state_of, was_recorded
from plugins.claims.services.approvals import AGAIN, Row, again_leg, agains, everybody
from plugins.claims.services.books import write
from plugins.claims.services.deciding_line import Decided
from plugins.claims.services.refs import new_ref
from plugins.claims.services.separating import fingerprints, own_accounts, parts_of
from plugins.claims.services.telling import tell_about_advance
from plugins.claims.services.today import today
from portal.audit import api as audit
from portal.plugin_api import Actor, now, setting

VERSION = 1  # once approved, neither the sum nor the person changes
AWAY = frozenset({PaymentStage.SENT, PaymentStage.SETTLED})


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: pence, for an event on a day."""

    what: str
    event_on: date
    pence: int


def ask(session: Session, actor: Actor, wish: Wish, *, person_id: int | None = None) -> AdvanceRow:
    """Ask for money ahead of an event, for somebody else where `person_id` names them: whoever calls this has
    asked whether that may be.

    Raises:
        RefusedError: the event is over.
    """
    if wish.event_on < today():
        raise RefusedError(Why.PAST)
    one = AdvanceRow(
        ref=new_ref(),
        person_id=person_id or actor.person_id,
        what=wish.what,
        event_on=wish.event_on,
        state=AdvanceState.ASKED,
        asked=wish.pence,
        asked_at=now(),
    )
    session.add(one)
    note(session, actor, "ask", one)
    return one


def withdraw(session: Session, actor: Actor, advance_id: int) -> None:
    """Take it back, as long as nothing is on its way.

    Raises:
        GoneError: there is no such one of theirs.
        RefusedError: it is being paid, or has ended.
    """
    one = own(session, actor, advance_id)
    if one.state not in {AdvanceState.ASKED, AdvanceState.APPROVED}:
        raise RefusedError(Why.STATE)
    if not stays_here(one):
        raise RefusedError(Why.AHEAD_AWAY)
    take_back(session, one)
    note(session, actor, "withdraw", one)


def stays_here(one: AdvanceRow) -> bool:
    """Whether nothing of it is on its way, or with its person: it was not sent, or came back."""
    return one.payment in {PaymentStage.NONE, PaymentStage.FAILED} and not one.paid


def take_back(session: Session, one: AdvanceRow) -> None:
    """End one of which nothing is on its way: nothing is owed for it any more."""
    if one.state is AdvanceState.APPROVED:
        entry = move(-(one.pence or 0), Account.OWED, Account.AHEAD)
        write(session, About.ADVANCE, one.id, "withdrawn", entry)
    one.state, one.decided_at = AdvanceState.WITHDRAWN, now()
    session.flush()


def decide(session: Session, actor: Actor, advance_id: int, said: Decided) -> bool:
    """Approve, reduce or decline it. True when that decided it; False when a second person is to approve it.

    Raises:
        GoneError: there is none.
        RefusedError: it is decided, the actor has a part in it, the sum or the reason cannot stand, or its
            day is over: what was spent is claimed then.
    """
    one = locked(session, advance_id)
    if actor.person_id is None or one.state is not AdvanceState.ASKED:
        raise RefusedError(Why.STATE)
    _check_part(session, actor, one)
    pence = {Decision.APPROVED: one.asked, Decision.REDUCED: said.pence}.get(said.decision, 0)
    if said.decision is Decision.REDUCED and not 0 < pence < one.asked:
        raise RefusedError(Why.AMOUNT)
    if said.decision is not Decision.APPROVED and not said.reason.strip():
        raise RefusedError(Why.REASON)
    if pence and one.event_on < today():
        raise RefusedError(Why.EVENT_OVER)
    others = sa.delete(AdvanceApproval).where(
        AdvanceApproval.advance_id == one.id, AdvanceApproval.pence != pence
    )
    session.execute(others)
    session.add(
        AdvanceApproval(advance_id=one.id, person_id=actor.person_id, pence=pence, at=now())
    )
    one.pence, one.reason = pence or None, said.reason
    note(session, actor, "approve", one)
    count = sa.select(sa.func.count(AdvanceApproval.id)).where(AdvanceApproval.advance_id == one.id)
    limit = int(setting(session, TWO_ABOVE)) * POUND
    if (session.scalar(count) or 0) < approvers_needed(pence, limit):
        return False
    one.state = AdvanceState.APPROVED if pence else AdvanceState.DECLINED
    one.decided_at = now()
    entry = move(pence, Account.OWED, Account.AHEAD)
    write(session, About.ADVANCE, one.id, "granted", entry)
    note(session, actor, "decide", one)
    tell_about_advance(session, one, "claims:advance_decided")
    return True


def cancel_event(session: Session, actor: Actor, advance_id: int) -> None:
    """Note that the college cancelled the event: what was spent by then still counts, and they are told so.

    Raises:
        GoneError: there is none.
        RefusedError: it was not approved, or the actor has a part in it.
    """
    one = locked(session, advance_id)
    if one.state is not AdvanceState.APPROVED:
        raise RefusedError(Why.STATE)
    _check_part(session, actor, one, approved=False)
    if one.cancelled_at is None:
        one.cancelled_at = now()
        note(session, actor, "cancel", one)
        tell_about_advance(session, one, "claims:advance_cancelled")


def settle(
    session: Session, actor: Actor, advance_id: int, how: Move, pence: int, key: str
) -> None:
    """Some of what is open came back, or the college lets it go. `key` names the effect, which happens once:
    told again, nothing changes.

    Raises:
        GoneError: there is none.
        RefusedError: the actor has a part in it, it is more than is open, or the payment came back.
    """
    one = locked(session, advance_id)
    _check_part(session, actor, one, approved=False)
    if was_recorded(session, one, f"{how}:{key}"):
        return
    if one.paid and one.payment not in AWAY:
        raise RefusedError(Why.STATE)
    step = {Move.RETURNED: money.give_back, Move.WRITTEN_OFF: money.write_off}[how]
    if pence <= 0:
        raise RefusedError(Why.MORE_THAN_OPEN)
    try:
        step(state_of(one), pence)
    except ValueError:
        raise RefusedError(Why.MORE_THAN_OPEN) from None
    record(session, one, how, pence, f"{how}:{key}")
    note(session, actor, how.value, one)


def own(session: Session, actor: Actor, advance_id: int) -> AdvanceRow:
    """The actor's own one, locked.

    Raises:
        GoneError: there is none, or it is somebody else's.
    """
    one = locked(session, advance_id)
    if actor.person_id is None or one.person_id != actor.person_id:
        raise GoneError
    return one


def many_involved(session: Session, ids: Collection[int]) -> dict[int, Involved]:
    """Who has a part in each of them, by its id. Four queries."""
    rows = session.execute(
        sa.select(AdvanceRow.id, AdvanceRow.person_id, AdvanceRow.asked_at).where(
            AdvanceRow.id.in_(ids)
        )
    ).all()
    said: sa.CompoundSelect[Any] = sa.union_all(
        sa.select(
            sa.literal(""),
            AdvanceApproval.advance_id,
            AdvanceApproval.person_id,
            AdvanceApproval.at,
            sa.literal(0),
            AdvanceApproval.pence,
            sa.literal(0),
        ).where(AdvanceApproval.advance_id.in_(ids)),
        again_leg(What.ADVANCE, ids),
    )
    done: dict[int, list[Row]] = {}
    for row in session.execute(said):
        done.setdefault(row[1], []).append(row)
    parts = parts_of(session, {key: (person, at) for key, person, at in rows})
    accounts = fingerprints(session, {person for _key, person, _at in rows if person})
    return {
        key: replace(
            parts[key],
            submitters=frozenset({person} if person else ()),
            accounts=accounts.get(person or 0, frozenset()),
            approved=everybody(done.get(key, ())),
            said=tuple(Yes(row[2], row[3]) for row in done.get(key, ()) if row[0] != AGAIN),
            again=agains(done.get(key, ()), VERSION),
        )
        for key, person, _at in rows
    }


def involved(session: Session, advance_id: int) -> Involved:
    """The same of one.

    Raises:
        GoneError: there is none.
    """
    found = many_involved(session, [advance_id]).get(advance_id)
    if found is None:
        raise GoneError
    return found


def _check_part(session: Session, actor: Actor, one: AdvanceRow, *, approved: bool = True) -> None:
    part = involved(session, one.id)
    if not approved:  # whoever approved it may note what became of it
        part = replace(part, approved=frozenset())
    if actor.person_id is None:
        raise RefusedError(Why.STATE)
    why = bar(part, actor.person_id, own_accounts(session, actor.person_id))
    if why is not None:
        raise RefusedError(Why(why.value))


def note(session: Session, actor: Actor, verb: str, one: AdvanceRow) -> None:
    """Put it on record, without its words or sums. Flushed."""
    session.flush()
    audit.record(
        session,
        actor,
        f"claims:advance:{verb}",
        ("claims_advance", one.id),
        details={"state": one.state.value, "payment": one.payment.value},
    )
