"""Whether the books are in order: each line is owed what was decided, and nothing else stands there."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Claim, EntryRow, Line, State
from plugins.claims.money.postings import About, Account


@dataclass(frozen=True, slots=True)
class Books:
    """How many entries there are, pence owed in all, and the lines that are owed another sum than decided,
    as (line, decided, in the books).
    """

    entries: int
    owed: int
    wrong: tuple[tuple[int, int, int], ...]


def verify(session: Session) -> Books:
    """Read all of the books, and compare them with every decision. Two queries.

    A claim that is looked at again after an appeal is owed what was decided at first, until it is decided.
    """
    owed = sa.case(
        (EntryRow.out_of == Account.OWED, EntryRow.pence),
        (EntryRow.into_account == Account.OWED, -EntryRow.pence),
        else_=0,
    )
    entries, total = session.execute(
        sa.select(sa.func.count(EntryRow.id), sa.func.coalesce(sa.func.sum(owed), 0))
    ).one()
    in_books = (
        sa.select(EntryRow.about_id, sa.func.sum(owed).label("owed"))
        .where(EntryRow.about == About.LINE)
        .group_by(EntryRow.about_id)
        .subquery()
    )
    decided = sa.case((Claim.state == State.DECIDED, Line.allowed), else_=0)
    stands = sa.func.coalesce(in_books.c.owed, 0)
    again = sa.and_(Claim.round > 1, Claim.state.in_((State.SUBMITTED, State.QUERIED)))
    rows = session.execute(
        sa.select(Line.id, sa.func.coalesce(decided, 0), stands)
        .join(Claim, Claim.id == Line.claim_id)
        .outerjoin(in_books, in_books.c.about_id == Line.id)
        .where(sa.not_(again), sa.func.coalesce(decided, 0) != stands)
        .order_by(Line.id)
    )
    wrong = tuple((line, int(said), int(there)) for line, said, there in rows)
    return Books(int(entries), int(total), wrong)
