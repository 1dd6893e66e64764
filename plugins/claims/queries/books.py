"""Whether the books are in order: each line is owed what was decided and put right, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.adjusting_models import Adjustment
from plugins.claims.advance_models import AdvanceRow, AdvanceState
from plugins.claims.models import Claim, EntryRow, Line, State
from plugins.claims.money.postings import About, Account


@dataclass(frozen=True, slots=True)
class Books:
    """How many entries there are, pence owed in all, and the lines that are owed another sum than decided,
    as (line, decided, in the books). `ahead`: the same of what was paid ahead and is not accounted for.
    """

    entries: int
    owed: int
    wrong: tuple[tuple[int, int, int], ...]
    ahead: tuple[tuple[int, int, int], ...] = ()


def verify(session: Session) -> Books:
    """Read all of the books, and compare them with every decision. Three queries.

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
    put_right = (
        sa.select(Adjustment.line_id, sa.func.sum(Adjustment.pence).label("pence"))
        .where(Adjustment.approved_at.is_not(None))
        .group_by(Adjustment.line_id)
        .subquery()
    )
    allowed = Line.allowed + sa.func.coalesce(put_right.c.pence, 0)
    decided = sa.case((Claim.state == State.DECIDED, allowed), else_=0)
    stands = sa.func.coalesce(in_books.c.owed, 0)
    again = sa.and_(Claim.round > 1, Claim.state.in_((State.SUBMITTED, State.QUERIED)))
    rows = session.execute(
        sa.select(Line.id, sa.func.coalesce(decided, 0), stands)
        .join(Claim, Claim.id == Line.claim_id)
        .outerjoin(in_books, in_books.c.about_id == Line.id)
        .outerjoin(put_right, put_right.c.line_id == Line.id)
        .where(sa.not_(again), sa.func.coalesce(decided, 0) != stands)
        .order_by(Line.id)
    )
    wrong = tuple((line, int(said), int(there)) for line, said, there in rows)
    return Books(int(entries), int(total), wrong, _ahead(session))


def _ahead(session: Session) -> tuple[tuple[int, int, int], ...]:
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
    rows = session.execute(
        sa.select(one.id, still, there)
        .outerjoin(in_books, in_books.c.about_id == one.id)
        .where(still != there)
        .order_by(one.id)
    )
    return tuple((key, int(said), int(stands)) for key, said, stands in rows)
