"""What the college still owes, by its books: what was decided, without what has left for its person or was
paid ahead.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import AdvanceMove, EntryRow, Line, Move, Payment
from plugins.claims.money.batches import What
from plugins.claims.money.postings import About, Account
from plugins.claims.queries.advances import COVERED
from portal.plugin_api import one_of

# Pence that an entry adds to what is owed.
OWED = sa.case(
    (EntryRow.out_of == Account.OWED, EntryRow.pence),
    (EntryRow.into_account == Account.OWED, -EntryRow.pence),
    else_=0,
)


# Put together once: these are asked for many pages.
_PAID: Mapping[What, sa.Select[int, Any]] = {
    what: sa.select(Payment.what_id.label("claim_id"), (-sa.func.sum(OWED)).label("pence"))
    .join(EntryRow, sa.and_(EntryRow.about == About.PAYMENT, EntryRow.about_id == Payment.id))
    .where(Payment.what == what, one_of(Payment.what_id, "ids"))
    .group_by(Payment.what_id)
    for what in What
}
_OWING = sa.union_all(
    sa.select(sa.literal(True), Line.claim_id, sa.func.sum(OWED))
    .join(EntryRow, sa.and_(EntryRow.about == About.LINE, EntryRow.about_id == Line.id))
    .where(one_of(Line.claim_id, "ids"))
    .group_by(Line.claim_id),
    *(
        sa.select(sa.literal(False), some.c.claim_id, -some.c.pence)
        for some in (_PAID[What.CLAIM].subquery(), COVERED.subquery())
    ),
)


def paid(session: Session, what: What, ids: Collection[int]) -> dict[int, int]:
    """Pence that have left for each of these, and did not come back. One query."""
    rows = session.execute(_PAID[what], {"ids": list(ids)})
    return {what_id: int(pence) for what_id, pence in rows}


def owing(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Pence still owed of each of these claims of which something was decided. One query, none for none."""
    if not ids:
        return {}
    found: dict[int, int] = {}
    known: set[int] = set()
    for by_deciding, claim_id, pence in session.execute(_OWING, {"ids": list(ids)}):
        found[claim_id] = found.get(claim_id, 0) + int(pence)
        if by_deciding:
            known.add(claim_id)
    return {claim_id: pence for claim_id, pence in found.items() if claim_id in known}


def owed_of_claim(claim_id: Any) -> sa.ColumnElement[int]:
    """The same of the claim in a column of another question, as a part of it: 0 where nothing was decided."""
    decided = (
        sa.select(sa.func.sum(OWED))
        .join(Line, Line.id == EntryRow.about_id)
        .where(EntryRow.about == About.LINE, Line.claim_id == claim_id)
    )
    gone = (
        sa.select(sa.func.sum(OWED))
        .join(Payment, Payment.id == EntryRow.about_id)
        .where(
            EntryRow.about == About.PAYMENT,
            Payment.what == What.CLAIM,
            Payment.what_id == claim_id,
        )
    )
    ahead = sa.select(-sa.func.sum(AdvanceMove.pence)).where(
        AdvanceMove.claim_id == claim_id, AdvanceMove.kind == Move.CLAIMED
    )
    found: sa.ColumnElement[int] = sa.literal(0)
    for some in (decided, gone, ahead):
        found = found + sa.func.coalesce(some.scalar_subquery(), 0)
    return found


def owing_choices(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Pence still owed for each of these answers to an offer. Two queries, and none for none."""
    if not ids:
        return {}
    rows = session.execute(
        sa.select(EntryRow.about_id, sa.func.sum(OWED))
        .where(EntryRow.about == About.CHOICE, EntryRow.about_id.in_(ids))
        .group_by(EntryRow.about_id)
    )
    gone = paid(session, What.CHOICE, ids)
    return {choice_id: int(pence) - gone.get(choice_id, 0) for choice_id, pence in rows}
