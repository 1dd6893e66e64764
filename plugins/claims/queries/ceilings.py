"""What a week comes to for somebody, against the sum before which they want to be warned."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Activity, Ceiling, Offer, RecognitionChoice, Stage
from plugins.claims.money.rates import ONE_DAY
from plugins.claims.money.recognition import Taken, over_ceiling, week_of, worth
from portal.plugin_api import unseal

WEEK = 7 * ONE_DAY


@dataclass(frozen=True, slots=True)
class Over:
    """Pence that a week would come to, and the ceiling that this is above."""

    week: int
    ceiling: int


def ceiling(session: Session, person_id: int) -> int | None:
    """Somebody's own ceiling in pence; None without one. Show it to nobody but them. One query.

    What was put there and is no number warns of nothing.

    Raises:
        VaultError: it does not open.
    """
    row = session.get(Ceiling, person_id)
    text = unseal(session, Ceiling.pence, person_id, row.pence) if row is not None else ""
    return int(text) if text.isascii() and text.isdigit() else None


def week_would_be(session: Session, offer: Offer, activity: Activity) -> Over | None:
    """What the week of an offer would come to, where that is more than its person's ceiling; else None.

    What they take for themselves counts, and vouchers; what goes to a charity does not. Two queries.
    """
    if offer.person_id is None:
        return None
    own = ceiling(session, offer.person_id)
    if own is None:
        return None
    monday = week_of(activity.day)
    mine = sa.case((RecognitionChoice.taken != Taken.CHARITY, RecognitionChoice.pence), else_=0)
    voucher = sa.case((RecognitionChoice.voucher, Offer.voucher), else_=0)
    rows = session.execute(
        sa.select(Activity.day, mine + voucher)
        .join(Offer, Offer.activity_id == Activity.id)
        .join(RecognitionChoice, RecognitionChoice.offer_id == Offer.id)
        .where(
            Offer.person_id == offer.person_id,
            Offer.id != offer.id,
            Offer.stage != Stage.AWAY,
            Activity.day >= monday,
            Activity.day < monday + WEEK,
        )
    )
    offered = worth(offer.minutes, offer.pence_an_hour) + offer.voucher
    accepted = [(day, int(pence)) for day, pence in rows]
    week = over_ceiling(own, accepted, activity.day, offered)
    return Over(week, own) if week is not None else None
