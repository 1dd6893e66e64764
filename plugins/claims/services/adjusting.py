"""Putting right what was decided: proposed by one person, approved by another, never an edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import (
    COUNTED_ANEW,
    STANDS,
    Adjustment,
    AdjustmentKind,
    Claim,
    Decision,
    Line,
    State,
)
from plugins.claims.money.separation import Involved, approvers_needed, bar
from plugins.claims.promises import POUND, TWO_ABOVE
from plugins.claims.queries.adjusting import OPEN, sums, worth
from plugins.claims.queries.owing import owing
from plugins.claims.queries.prices import VEHICLES
from plugins.claims.queries.rates import rates
from plugins.claims.services.advance_moves import claim_against, lock_all
from plugins.claims.services.books import ADJUSTED, post
from plugins.claims.services.separating import involved_all, own_accounts
from plugins.claims.services.store import lines_of, locked
from plugins.claims.services.telling import tell_payee
from plugins.claims.services.topping_up import propose_top_ups
from portal.audit import api as audit
from portal.plugin_api import Actor, lock_rows, now, setting

_KIND = "claims_adjustment"


def propose(
    session: Session, actor: Actor, claim_id: int, line_id: int, pence: int | None, reason: str
) -> None:
    """Propose so many pence more for a line, or less; None takes a journey back.

    Raises:
        GoneError: there is no such line.
        RefusedError: it is not decided, the actor has a part in it, something waits already, or it would come
            to less than nothing or more than was claimed.
    """
    claim = locked(session, claim_id)
    line = session.get(Line, line_id)
    if line is None or line.claim_id != claim.id:
        raise GoneError
    if claim.state not in STANDS or _taken_back(session, line_id):
        raise RefusedError(Why.STATE)
    _check_part(session, actor, claim)
    if not reason.strip():
        raise RefusedError(Why.REASON)
    kind = AdjustmentKind.BACK if pence is None else AdjustmentKind.AMOUNT
    if (kind is AdjustmentKind.BACK) != (line.category in VEHICLES):
        raise RefusedError(Why.STATE)
    if kind is AdjustmentKind.BACK and line.decision is Decision.DECLINED:
        raise RefusedError(Why.STATE)
    _check_amount(session, line, pence)
    open_one = sa.select(Adjustment.id).where(
        Adjustment.line_id == line_id, Adjustment.kind.not_in(COUNTED_ANEW), *OPEN
    )
    if session.scalar(open_one) is not None:
        raise RefusedError(Why.WAITS)
    one = Adjustment(
        line_id=line_id,
        kind=kind,
        pence=pence,
        reason=reason,
        by_id=actor.person_id,
        proposed_at=now(),
    )
    session.add(one)
    session.flush()
    audit.record(session, actor, "claims:adjustment:propose", (_KIND, one.id))


def approve(session: Session, actor: Actor, shown: Mapping[int, int]) -> dict[int, Why | None]:
    """Approve these, each for the pence that were shown; returns why one was not, None for each that is.

    Each is checked by itself, at that moment; those that are gone are not in the answer. Nobody proposed what
    follows from a year, so where a claim's come to more than the limit, the first yes stands as a proposal
    (`APPROVED`).
    """
    claims = _lock_claims(session, list(shown))
    found: dict[int, Why | None] = {}
    for one in lock_rows(session, Adjustment, list(shown)):
        line = session.get_one(Line, one.line_id)
        try:
            done = _approve(session, actor, one, line, claims[line.claim_id], shown[one.id])
            found[one.id] = None if done else Why.APPROVED
        except RefusedError as refused:
            found[one.id] = refused.why
    return found


def drop(session: Session, actor: Actor, adjustment_id: int) -> None:
    """Leave everything as it was. Nothing, where it was dropped already.

    Raises:
        GoneError: there is none.
        RefusedError: it was approved, or the actor has a part in the claim.
    """
    claims = _lock_claims(session, [adjustment_id])
    rows = lock_rows(session, Adjustment, [adjustment_id])
    if not rows:
        raise GoneError
    one = rows[0]
    if one.approved_at is not None:
        raise RefusedError(Why.STATE)
    _check_part(session, actor, claims[session.get_one(Line, one.line_id).claim_id])
    if one.dropped_at is None:
        one.dropped_at = now()
        session.flush()
        audit.record(session, actor, "claims:adjustment:drop", (_KIND, one.id))


def why_not(
    session: Session, actor: Actor, adjustments: Sequence[tuple[Claim, int | None]]
) -> list[Why | None]:
    """Why the actor may not approve each of these, given as (claim, who proposed it). Four queries."""
    parts = involved_all(session, [claim for claim, _by in adjustments])
    own = own_accounts(session, actor.person_id)
    return [_barred(parts[claim.id], actor, by, own) for claim, by in adjustments]


def _approve(
    session: Session, actor: Actor, one: Adjustment, line: Line, claim: Claim, shown: int
) -> bool:
    ended = one.approved_at is not None or one.dropped_at is not None
    gone = one.kind is not AdjustmentKind.ANEW and _taken_back(session, line.id)
    if ended or claim.state not in STANDS or gone:
        raise RefusedError(Why.STATE)
    _check_part(session, actor, claim, one.by_id)
    known = rates(session) if one.kind is AdjustmentKind.BACK else []
    pence = worth(session, one, line, claim, known)
    if pence != shown or not pence:
        raise RefusedError(Why.TOTAL)
    if one.kind is AdjustmentKind.AMOUNT:
        _check_amount(session, line, pence)
    if one.by_id is None and _needs_two(session, one, claim):
        one.by_id = actor.person_id
        session.flush()
        audit.record(session, actor, "claims:adjustment:approve_first", (_KIND, one.id))
        return False
    one.pence, one.approved_by_id, one.approved_at = pence, actor.person_id, now()
    session.flush()
    if one.kind is AdjustmentKind.BACK:
        _drop_top_ups(session, line.id)
    post(session, line.id, f"{ADJUSTED}:{one.id}", pence)
    claim_against(session, claim, f"{ADJUSTED}:{one.id}")
    if claim.state is State.SETTLED and owing(session, [claim.id])[claim.id] > 0:
        claim.state = State.DECIDED  # there is something to pay again
    audit.record(session, actor, "claims:adjustment:approve", (_KIND, one.id))
    tell_payee(session, claim, "claims:adjusted", key=f"adjusted:{one.id}")
    if one.kind is AdjustmentKind.BACK:
        propose_top_ups(session, claim_id=claim.id)
    return True


def _needs_two(session: Session, one: Adjustment, claim: Claim) -> bool:
    """Whether what follows from a year comes to more, in one claim, than one person approves."""
    if one.kind not in COUNTED_ANEW:
        return False
    found = sums(session, [line.id for line in lines_of(session, claim.id)])
    total = sum(abs(each.get(kind, 0)) for each in found.values() for kind in COUNTED_ANEW)
    return approvers_needed(total, int(setting(session, TWO_ABOVE)) * POUND) > 1


def _drop_top_ups(session: Session, line_id: int) -> None:
    """A journey that is taken back is not topped up any more."""
    session.execute(
        sa.update(Adjustment)
        .where(Adjustment.line_id == line_id, Adjustment.kind == AdjustmentKind.TOP_UP, *OPEN)
        .values(dropped_at=now())
    )


def _check_part(session: Session, actor: Actor, claim: Claim, by: int | None = None) -> None:
    (why,) = why_not(session, actor, [(claim, by)])
    if why is not None:
        raise RefusedError(why)


def _barred(part: Involved, actor: Actor, by: int | None, own: frozenset[str]) -> Why | None:
    """Why somebody may neither propose nor approve. To have decided about the claim is no reason."""
    if actor.person_id is None:
        return Why.STATE
    if by is not None and by == actor.person_id:
        return Why.PROPOSED
    part = replace(part, approved=frozenset(), decided_before=frozenset())
    why = bar(part, actor.person_id, own)
    return Why(why.value) if why else None


def _check_amount(session: Session, line: Line, pence: int | None) -> None:
    """With all that was put right before, a line is neither less than nothing nor more than was claimed."""
    if pence is None:
        return
    before = session.scalar(
        sa.select(sa.func.sum(Adjustment.pence)).where(
            Adjustment.line_id == line.id,
            Adjustment.kind == AdjustmentKind.AMOUNT,
            Adjustment.approved_at.is_not(None),
        )
    )
    if not pence or not 0 <= (line.allowed or 0) + (before or 0) + pence <= (line.pence or 0):
        raise RefusedError(Why.ADJUSTED_AMOUNT, line.id)


def _taken_back(session: Session, line_id: int) -> bool:
    back = sa.select(Adjustment.id).where(
        Adjustment.line_id == line_id,
        Adjustment.kind == AdjustmentKind.BACK,
        Adjustment.approved_at.is_not(None),
    )
    return session.scalar(back.limit(1)) is not None


def _lock_claims(session: Session, adjustment_ids: Sequence[int]) -> dict[int, Claim]:
    """Lock all claims of the people whose lines these are: what a journey comes to depends on the others. The
    money ahead that they are counted against is locked, too.
    """
    theirs = (
        sa.select(Claim.id, Claim.person_id)
        .join(Line, Line.claim_id == Claim.id)
        .join(Adjustment, Adjustment.line_id == Line.id)
        .where(Adjustment.id.in_(adjustment_ids))
    )
    rows = session.execute(theirs).all()
    people = {person for _claim, person in rows if person is not None}
    ids = session.scalars(sa.select(Claim.id).where(Claim.person_id.in_(people))).all()
    found = lock_rows(session, Claim, [*ids, *(claim for claim, _person in rows)])
    lock_all(session, [claim for claim, _person in rows])
    return {claim.id: claim for claim in found}
