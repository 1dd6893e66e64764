"""Whether the books are in order: each line is owed what was decided and put right, each payment that left
stands there once, nobody was paid more than was owed, and what was paid ahead is accounted for.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    STANDS,
    Adjustment,
    AdvanceMove,
    AdvanceRow,
    AdvanceState,
    Claim,
    EntryRow,
    Line,
    Move,
    Payment,
    State,
)
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.postings import About, Account
from plugins.claims.queries.owing import OWED

Difference = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Books:
    """How many entries there are, and pence owed in all.

    `wrong`: lines that are owed another sum than decided, as (line, decided, in the books). `payments`: those
    that stand there with another sum than left, as (payment, left, in the books). `overpaid`: claims of which
    more was paid than was owed, as (claim, owed, paid). `ahead`: money ahead of which another sum is open
    than the books say, as (advance, open, in the books).
    """

    entries: int
    owed: int
    wrong: tuple[Difference, ...]
    payments: tuple[Difference, ...] = ()
    overpaid: tuple[Difference, ...] = ()
    ahead: tuple[Difference, ...] = ()

    @property
    def in_order(self) -> bool:
        """Whether nothing differs."""
        return not (self.wrong or self.payments or self.overpaid or self.ahead)


def verify(session: Session) -> Books:
    """Read all of the books, and compare them with every decision and every payment. Five queries."""
    entries, total = session.execute(
        sa.select(sa.func.count(EntryRow.id), sa.func.coalesce(sa.func.sum(OWED), 0))
    ).one()
    return Books(
        int(entries),
        int(total),
        _lines(session),
        _payments(session),
        _overpaid(session),
        _ahead(session),
    )


def _sums(about: About, sign: int = 1) -> sa.Subquery:
    """Pence by what entries are about."""
    return (
        sa.select(EntryRow.about_id, (sign * sa.func.sum(OWED)).label("pence"))
        .where(EntryRow.about == about)
        .group_by(EntryRow.about_id)
        .subquery()
    )


def _found(session: Session, statement: sa.Select[int, int, int]) -> tuple[Difference, ...]:
    rows = session.execute(statement)
    return tuple((int(key), int(said), int(there)) for key, said, there in rows)


def _taken_back() -> sa.Subquery:
    """Pence that were taken back after the decision, by line, whatever was added to it as well."""
    return (
        sa.select(Adjustment.line_id, (-sa.func.sum(Adjustment.pence)).label("pence"))
        .where(Adjustment.approved_at.is_not(None), Adjustment.pence < 0)
        .group_by(Adjustment.line_id)
        .subquery()
    )


def _put_right() -> sa.Subquery:
    """Pence that were put right after the decision, by line."""
    return (
        sa.select(Adjustment.line_id, sa.func.sum(Adjustment.pence).label("pence"))
        .where(Adjustment.approved_at.is_not(None))
        .group_by(Adjustment.line_id)
        .subquery()
    )


def _lines(session: Session) -> tuple[Difference, ...]:
    """A claim that is looked at again after an appeal is owed what was decided at first, until it is."""
    in_books, put_right = _sums(About.LINE), _put_right()
    due = Line.allowed + sa.func.coalesce(put_right.c.pence, 0)
    allowed = sa.case((Claim.state.in_(STANDS), due), else_=0)
    decided, stands = sa.func.coalesce(allowed, 0), sa.func.coalesce(in_books.c.pence, 0)
    again = sa.and_(Claim.round > 1, Claim.state.in_((State.SUBMITTED, State.QUERIED)))
    return _found(
        session,
        sa.select(Line.id, decided, stands)
        .join(Claim, Claim.id == Line.claim_id)
        .outerjoin(in_books, in_books.c.about_id == Line.id)
        .outerjoin(put_right, put_right.c.line_id == Line.id)
        .where(sa.not_(again), decided != stands)
        .order_by(Line.id),
    )


def _payments(session: Session) -> tuple[Difference, ...]:
    in_books = _sums(About.PAYMENT, -1)
    away = Payment.outcome.in_((Outcome.SENT, Outcome.SETTLED))
    left = sa.case((away, Payment.pence), else_=0)
    stands = sa.func.coalesce(in_books.c.pence, 0)
    return _found(
        session,
        sa.select(
            sa.func.coalesce(Payment.id, in_books.c.about_id), sa.func.coalesce(left, 0), stands
        )
        .select_from(Payment)
        .join(in_books, in_books.c.about_id == Payment.id, full=True)
        .where(sa.func.coalesce(left, 0) != stands)
        .order_by(sa.func.coalesce(Payment.id, in_books.c.about_id)),
    )


def _overpaid(session: Session) -> tuple[Difference, ...]:
    """What was taken back after it was paid is no fault of the payment."""
    lines, away, back = _sums(About.LINE), _sums(About.PAYMENT, -1), _taken_back()
    taken = sa.func.coalesce(back.c.pence, 0)
    owed = (
        sa.select(Line.claim_id, sa.func.sum(lines.c.pence + taken).label("pence"))
        .join(lines, lines.c.about_id == Line.id)
        .outerjoin(back, back.c.line_id == Line.id)
        .group_by(Line.claim_id)
        .subquery()
    )
    ahead = (
        sa.select(AdvanceMove.claim_id, sa.func.sum(AdvanceMove.pence).label("pence"))
        .where(AdvanceMove.kind == Move.CLAIMED)
        .group_by(AdvanceMove.claim_id)
        .subquery()
    )
    paid = (
        sa.select(Payment.what_id, sa.func.sum(away.c.pence).label("pence"))
        .join(away, away.c.about_id == Payment.id)
        .where(Payment.what == What.CLAIM)
        .group_by(Payment.what_id)
        .subquery()
    )
    due = sa.func.coalesce(owed.c.pence, 0) - sa.func.coalesce(ahead.c.pence, 0)
    return _found(
        session,
        sa.select(paid.c.what_id, due, paid.c.pence)
        .outerjoin(owed, owed.c.claim_id == paid.c.what_id)
        .outerjoin(ahead, ahead.c.claim_id == paid.c.what_id)
        .where(paid.c.pence > due)
        .order_by(paid.c.what_id),
    )


def _ahead(session: Session) -> tuple[Difference, ...]:
    """Money ahead of which another sum is open than the books say."""
    moved = sa.case(
        (EntryRow.into_account == Account.AHEAD, EntryRow.pence),
        (EntryRow.out_of == Account.AHEAD, -EntryRow.pence),
        else_=0,
    )
    in_books = (
        sa.select(EntryRow.about_id, sa.func.sum(moved).label("ahead"))
        .where(EntryRow.about == About.ADVANCE)
        .group_by(EntryRow.about_id)
        .subquery()
    )
    one = AdvanceRow
    granted = sa.case((one.state == AdvanceState.APPROVED, one.pence), else_=0)
    still = granted - one.claimed - one.returned - one.written_off
    there = sa.func.coalesce(in_books.c.ahead, 0)
    return _found(
        session,
        sa.select(one.id, still, there)
        .outerjoin(in_books, in_books.c.about_id == one.id)
        .where(still != there)
        .order_by(one.id),
    )
