"""What of the places needs a person: offers that end, people nobody has reached, runs under or over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.enrolment.models import Offer, OfferState, WaitEntry


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer that waits for an answer, or for somebody to be reached (`told` False)."""

    offer_id: int
    run_id: int
    person_id: int
    made_at: datetime
    expires_at: datetime
    told: bool
    tries: int


def open_offers(session: Session, at: datetime, *, ending_before: datetime) -> Sequence[OpenOffer]:
    """Live offers that end before an instant, or whose person has not been reached; soonest end first.

    An offer that is over at `at` is left out, whether or not a job has noticed. One query.
    """
    rows: Any = session.execute(
        sa.select(
            Offer.id,
            Offer.run_id,
            WaitEntry.person_id,
            Offer.made_at,
            Offer.expires_at,
            Offer.clock_starts_at.is_not(None),
            Offer.tries,
        )
        .join(WaitEntry, WaitEntry.id == Offer.entry_id)
        .where(
            Offer.state == OfferState.LIVE,
            Offer.expires_at > at,
            WaitEntry.person_id.is_not(None),
            sa.or_(Offer.expires_at <= ending_before, Offer.clock_starts_at.is_(None)),
        )
        .order_by(Offer.expires_at, Offer.id)
    )
    return [OpenOffer(*row) for row in rows]
