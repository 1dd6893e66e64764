"""Whether the books are in order about recognition: each answer is owed what was taken, and no other sum."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import EntryRow, Offer, RecognitionChoice, Stage
from plugins.claims.money.postings import About, Account


def wrong_choices(session: Session) -> list[tuple[int, int, int]]:
    """The answers that are owed another sum than was taken, as (answer, taken, in the books). One query.

    What has not taken place, and was not cancelled by the college, is owed nothing.
    """
    owed = sa.case((EntryRow.out_of == Account.OWED, EntryRow.pence), else_=-EntryRow.pence)
    in_books = (
        sa.select(EntryRow.about_id, sa.func.sum(owed).label("owed"))
        .where(EntryRow.about == About.CHOICE)
        .group_by(EntryRow.about_id)
        .subquery()
    )
    stands = sa.func.coalesce(in_books.c.owed, 0)
    due = Offer.stage.in_((Stage.DONE, Stage.CANCELLED))
    taken = sa.case((due, RecognitionChoice.pence), else_=0)
    rows = session.execute(
        sa.select(RecognitionChoice.id, taken, stands)
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .outerjoin(in_books, in_books.c.about_id == RecognitionChoice.id)
        .where(taken != stands)
        .order_by(RecognitionChoice.id)
    )
    return [(int(choice), int(said), int(there)) for choice, said, there in rows]
