"""What was approved once more before it was paid: nobody does that for their own, also not as two records."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import AdvanceRow, ApprovedAgain, Claim, Offer, RecognitionChoice
from plugins.claims.money.batches import What


def approved_again_for(session: Session, payee: int, other: int) -> bool:
    """Whether one record approved once more what the other one is to get."""
    whose = (
        (What.CLAIM, sa.select(Claim.id).where(Claim.person_id == payee)),
        (What.ADVANCE, sa.select(AdvanceRow.id).where(AdvanceRow.person_id == payee)),
        (
            What.CHOICE,
            sa.select(RecognitionChoice.id)
            .join(Offer, Offer.id == RecognitionChoice.offer_id)
            .where(Offer.person_id == payee),
        ),
    )
    theirs = sa.or_(
        *(
            sa.and_(ApprovedAgain.what == what, ApprovedAgain.what_id.in_(ids))
            for what, ids in whose
        )
    )
    found = sa.select(ApprovedAgain.id).where(ApprovedAgain.person_id == other, theirs).limit(1)
    return session.scalar(found) is not None
