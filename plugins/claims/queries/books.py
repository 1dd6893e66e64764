"""Whether the books are in order: each line is owed what was decided, each payment that left stands there
once, and nobody was paid more than was owed.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import STANDS, Claim, EntryRow, Line, State
from plugins.claims.models_paying import Payment
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.postings import About
from plugins.claims.queries.owing import OWED

Difference = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Books:
    """How many entries there are, and pence owed in all.

    `wrong`: lines that are owed another sum than decided, as (line, decided, in the books). `payments`: those
    that stand there with another sum than left, as (payment, left, in the books). `overpaid`: claims of which
    more was paid than was owed, as (claim, owed, paid).
    """

    entries: int
    owed: int
    wrong: tuple[Difference, ...]
    payments: tuple[Difference, ...] = ()
    overpaid: tuple[Difference, ...] = ()

    @property
    def in_order(self) -> bool:
        """Whether nothing differs."""
        return not (self.wrong or self.payments or self.overpaid)


def verify(session: Session) -> Books:
    """Read all of the books, and compare them with every decision and every payment. Four queries."""
    entries, total = session.execute(
        sa.select(sa.func.count(EntryRow.id), sa.func.coalesce(sa.func.sum(OWED), 0))
    ).one()
    return Books(int(entries), int(total), _lines(session), _payments(session), _overpaid(session))


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


def _lines(session: Session) -> tuple[Difference, ...]:
    """A claim that is looked at again after an appeal is owed what was decided at first, until it is."""
    in_books = _sums(About.LINE)
    allowed = sa.case((Claim.state.in_(STANDS), Line.allowed), else_=0)
    decided, stands = sa.func.coalesce(allowed, 0), sa.func.coalesce(in_books.c.pence, 0)
    again = sa.and_(Claim.round > 1, Claim.state.in_((State.SUBMITTED, State.QUERIED)))
    return _found(
        session,
        sa.select(Line.id, decided, stands)
        .join(Claim, Claim.id == Line.claim_id)
        .outerjoin(in_books, in_books.c.about_id == Line.id)
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
    lines, away = _sums(About.LINE), _sums(About.PAYMENT, -1)
    owed = (
        sa.select(Line.claim_id, sa.func.sum(lines.c.pence).label("pence"))
        .join(lines, lines.c.about_id == Line.id)
        .group_by(Line.claim_id)
        .subquery()
    )
    paid = (
        sa.select(Payment.what_id, sa.func.sum(away.c.pence).label("pence"))
        .join(away, away.c.about_id == Payment.id)
        .where(Payment.what == What.CLAIM)
        .group_by(Payment.what_id)
        .subquery()
    )
    due = sa.func.coalesce(owed.c.pence, 0)
    return _found(
        session,
        sa.select(paid.c.what_id, due, paid.c.pence)
        .outerjoin(owed, owed.c.claim_id == paid.c.what_id)
        .where(paid.c.pence > due)
        .order_by(paid.c.what_id),
    )
