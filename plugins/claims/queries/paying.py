"""What is known of payments: bank details that hold, what came back, batches, and how long it all takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import Why
from plugins.claims.models import (
    BankDetail,
    Batch,
    BatchState,
    CameBack,
    LeftOut,
    Payment,
    Way,
)
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.readiness import Details, Wait, waits_for
from plugins.claims.promises import ZONE
from portal.plugin_api import local_date, rows_of

WAITS: Mapping[Wait, Why] = {
    Wait.DETAILS: Why.NO_DETAILS,
    Wait.CONFIRM: Why.UNCONFIRMED,
    Wait.AGAIN: Why.CAME_BACK,
}
Key = tuple[What, int]
A_PAGE = 20


def details(session: Session, people: Collection[int]) -> dict[int, Details]:
    """The bank details that hold, by person. One query."""
    rows = session.execute(
        sa.select(
            BankDetail.person_id,
            BankDetail.id,
            BankDetail.version,
            BankDetail.given_at,
            BankDetail.confirmed_at,
            BankDetail.said_right_at,
        ).where(
            BankDetail.person_id.in_(people),
            BankDetail.ended_at.is_(None),
        )
    )
    return {row.person_id or 0: Details(*row[1:]) for row in rows}


def came_back(session: Session, ids: Collection[int]) -> dict[Key, datetime]:
    """When a payment of these last came back for a reason that lies in the bank details. One query."""
    rows = session.execute(
        sa.select(Payment.what, Payment.what_id, sa.func.max(Payment.said_at))
        .where(
            Payment.what_id.in_(ids),
            Payment.outcome == Outcome.FAILED,
            Payment.came_back != CameBack.FILE,
        )
        .group_by(Payment.what, Payment.what_id)
    )
    return {(what, what_id): at for what, what_id, at in rows if at is not None}


@dataclass(frozen=True, slots=True)
class BatchBrief:
    """A batch in a list: how many payments, pence in all, and pence that arrived."""

    id: int
    ref: str
    state: BatchState
    made_at: datetime
    locked_at: datetime | None
    payments: int
    pence: int
    settled: int


def batches(session: Session, before: int = 0) -> tuple[list[BatchBrief], int]:
    """The newest first, and the batch before which there are more; 0 where there are none. One query."""
    settled = sa.case((Payment.outcome == Outcome.SETTLED, Payment.pence), else_=0)
    newest = sa.select(Batch.id).order_by(Batch.id.desc()).limit(A_PAGE + 1)
    if before:
        newest = newest.where(Batch.id < before)
    rows = rows_of(
        session,
        sa.select(
            Batch.id,
            Batch.ref,
            Batch.state,
            Batch.made_at,
            Batch.locked_at,
            sa.func.count(Payment.id),
            sa.func.coalesce(sa.func.sum(Payment.pence), 0),
            sa.func.coalesce(sa.func.sum(settled), 0),
        )
        .outerjoin(Payment, Payment.batch_id == Batch.id)
        .where(Batch.id.in_(newest))
        .group_by(Batch.id)
        .order_by(Batch.id.desc()),
    )
    found = [BatchBrief(*row) for row in rows]
    return found[:A_PAGE], found[A_PAGE - 1].id if len(found) > A_PAGE else 0


def batch_of(session: Session, ref: str) -> Batch | None:
    """The batch of an address."""
    return session.scalars(sa.select(Batch).where(Batch.ref == ref)).one_or_none()


@dataclass(frozen=True, slots=True)
class PaidHow:
    """How the last payment of a claim stands, for its person. `left_out`: why it did not go, in words."""

    way: Way | None
    on: date | None
    outcome: Outcome | None
    came_back: CameBack | None
    wait: Why | None
    left_out: str


def last_payment(session: Session, what: What, what_id: int, person_id: int | None) -> PaidHow:
    """The last try to pay something, and what is waited for before the next one. Four queries."""
    left_out = session.scalar(
        sa.select(LeftOut.reason)
        .where(LeftOut.what == what, LeftOut.what_id == what_id)
        .order_by(LeftOut.id.desc())
        .limit(1)
    )
    last = session.scalars(
        sa.select(Payment)
        .where(Payment.what == what, Payment.what_id == what_id)
        .order_by(Payment.attempt.desc())
        .limit(1)
    ).one_or_none()
    back = came_back(session, [what_id]).get((what, what_id))
    me = person_id or 0
    wait = waits_for(details(session, [me]).get(me), back)
    if last is None:
        return PaidHow(None, None, None, None, WAITS[wait] if wait else None, left_out or "")
    return PaidHow(
        last.way,
        local_date(last.sent_at, ZONE) if last.sent_at else None,
        last.outcome,
        last.came_back,
        WAITS[wait] if wait else None,
        left_out or "",
    )


def ids_of(session: Session, batch_id: int) -> Collection[int]:
    """The payments of a batch."""
    return session.scalars(sa.select(Payment.id).where(Payment.batch_id == batch_id)).all()
