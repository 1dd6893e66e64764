"""Claims as what can be paid: those that are decided, and of which something is still owed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Adjustment, Claim, Line, State
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.separation import Involved
from plugins.claims.queries.clock import dues
from plugins.claims.queries.owing import owing
from plugins.claims.services.approvals import many_involved
from plugins.claims.services.payables import Named, Payable, Source
from portal.plugin_api import lock_rows

WAITING = (State.DECIDED, State.FAILED)
STATES = {
    None: State.BATCHED,
    Outcome.SENT: State.SENT,
    Outcome.SETTLED: State.SETTLED,
    Outcome.FAILED: State.FAILED,
}
# What became of its payment is said of a claim that is on its way; an appeal has gone on meanwhile.
ON_ITS_WAY = (*WAITING, State.BATCHED, State.SENT, State.SETTLED)


def waiting(session: Session, people: Collection[int] | None = None) -> Sequence[Payable]:
    """Claims with something still owed to somebody who is here, the longest waiting first; of some people,
    where they are named. Four queries.
    """
    whose = Claim.person_id.is_not(None) if people is None else Claim.person_id.in_(people)
    claims = session.scalars(
        sa.select(Claim).where(Claim.state.in_(WAITING), whose).order_by(Claim.sent_at, Claim.id)
    ).all()
    owed, due = owing(session, [one.id for one in claims]), dues(session, claims)
    return [
        Payable(
            What.CLAIM,
            one.id,
            one.person_id or 0,
            owed[one.id],
            one.version,
            one.what,
            due[one.id].paid if one.id in due else None,
        )
        for one in claims
        if owed.get(one.id, 0) > 0
    ]


def many_hold(session: Session, payables: Sequence[Payable]) -> set[int]:
    """Which of those claims stand as they were, locked: the same version, payee and sum. Two queries."""
    ids = [one.what_id for one in payables]
    claims = {one.id: one for one in lock_rows(session, Claim, ids)}
    owed = owing(session, ids)
    return {
        one.what_id
        for one in payables
        if (claim := claims.get(one.what_id)) is not None
        and claim.state in {*WAITING, State.BATCHED}
        and claim.version == one.version
        and claim.person_id == one.person_id
        and owed.get(claim.id, 0) == one.pence
    }


def holds(session: Session, payable: Payable) -> bool:
    """Whether one of them does."""
    return payable.what_id in many_hold(session, [payable])


def involved(session: Session, claim_id: int) -> Involved:
    """Who has a part in one of them."""
    return many_involved(session, [claim_id]).get(claim_id, Involved(None))


def weighs(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Pence that were allowed of each of them, with what was put right since. One query."""
    put_right = (
        sa.select(Adjustment.line_id, sa.func.sum(Adjustment.pence).label("pence"))
        .where(Adjustment.approved_at.is_not(None))
        .group_by(Adjustment.line_id)
        .subquery()
    )
    pence = sa.func.coalesce(Line.allowed, 0) + sa.func.coalesce(put_right.c.pence, 0)
    rows = session.execute(
        sa.select(Line.claim_id, sa.func.sum(pence))
        .outerjoin(put_right, put_right.c.line_id == Line.id)
        .where(Line.claim_id.in_(ids))
        .group_by(Line.claim_id)
    )
    return {claim_id: int(total) for claim_id, total in rows}


def named(session: Session, ids: Collection[int]) -> dict[int, Named]:
    """What each of them was for, and its address. One query."""
    rows = session.execute(sa.select(Claim.id, Claim.what, Claim.ref).where(Claim.id.in_(ids)))
    return {claim_id: Named(what, ref) for claim_id, what, ref in rows}


def many_moved(session: Session, ids: Collection[int], outcome: Outcome | None) -> None:
    """Say how far their payments have come. Whatever was put right meanwhile waits to be paid."""
    session.flush()
    session.execute(
        sa.update(Claim)
        .where(Claim.id.in_(ids), Claim.state.in_(ON_ITS_WAY))
        .values(state=STATES[outcome])
        .execution_options(synchronize_session="fetch")
    )
    if outcome is Outcome.SETTLED:
        more = [claim_id for claim_id, pence in owing(session, ids).items() if pence > 0]
        session.execute(
            sa.update(Claim)
            .where(Claim.id.in_(more), Claim.state == State.SETTLED)
            .values(state=State.DECIDED)
            .execution_options(synchronize_session="fetch")
        )


def moved(session: Session, claim_id: int, outcome: Outcome | None) -> None:
    """The same of one."""
    many_moved(session, [claim_id], outcome)


def taken_out(session: Session, claim_id: int) -> None:
    """It waits for its payment as before."""
    session.flush()
    session.execute(
        sa.update(Claim)
        .where(Claim.id == claim_id, Claim.state == State.BATCHED)
        .values(state=State.DECIDED)
        .execution_options(synchronize_session="fetch")
    )


CLAIMS = Source(
    What.CLAIM,
    waiting=waiting,
    holds=holds,
    involved=involved,
    weighs=weighs,
    named=named,
    moved=moved,
    taken_out=taken_out,
    many_involved=many_involved,
    many_hold=many_hold,
    many_moved=many_moved,
)
