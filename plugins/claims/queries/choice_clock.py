"""By when recognition is paid, with the days on which we waited for its person: as with claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    Activity,
    BankDetail,
    Offer,
    Paying,
    RecognitionChoice,
    Stage,
)
from plugins.claims.money import waiting
from plugins.claims.money.batches import What
from plugins.claims.money.deadlines import after_working_days, waited
from plugins.claims.money.readiness import Wait
from plugins.claims.money.recognition import Basis, Taken
from plugins.claims.promises import ZONE
from plugins.claims.queries.clock import Waits, gathered, held_leg, tried_leg
from portal.plugin_api import local_date, now

Found = tuple[Offer, Activity, RecognitionChoice]
OWED = frozenset({Stage.DONE, Stage.CANCELLED})
_IDS = sa.bindparam("ids", type_=sa.Integer, expanding=True)
_ON_RECORD = sa.union_all(
    held_leg(RecognitionChoice.id)
    .join(Offer, Offer.id == RecognitionChoice.offer_id)
    .join(BankDetail, BankDetail.person_id == Offer.person_id)
    .where(RecognitionChoice.id.in_(_IDS)),
    tried_leg(What.CHOICE, _IDS),
)


@dataclass(frozen=True, slots=True)
class Promise:
    """The day by which it is paid, and what its person is waited for before that."""

    due: date
    wait: Wait | None = None


def by_hand(offer: Offer, choice: RecognitionChoice) -> bool:
    """Whether it is paid into no account of its person: to a charity, or through the payroll."""
    return choice.taken is Taken.CHARITY or offer.basis is Basis.PAYROLL


def promises(session: Session, found: Sequence[Found]) -> dict[int, Promise]:
    """By when each of these answers is paid, by its id. One query, none where none waits for a payment."""
    ids = [choice.id for offer, _activity, choice in found if _waits(offer, choice)]
    on = gathered(session.execute(_ON_RECORD, {"ids": ids})) if ids else {}
    return {
        choice.id: _promise(offer, activity, choice, on.get(choice.id) or Waits())
        if choice.id in ids
        else Promise(paid_by(activity, choice))
        for offer, activity, choice in found
    }


def _waits(offer: Offer, choice: RecognitionChoice) -> bool:
    owed = offer.stage in OWED and choice.pence > 0 and choice.paying is not Paying.SETTLED
    return owed and not by_hand(offer, choice)


def dues_in_list(session: Session, rows: Sequence[Any]) -> dict[int, date]:
    """By when each of those is paid that a list reads, all of which wait for their payment: `day` and `days`
    of the activity, when it was answered (`sent_at`) and closed. One query, none for none.
    """
    on = gathered(session.execute(_ON_RECORD, {"ids": [one.id for one in rows]})) if rows else {}
    return {
        one.id: _due(one.day, one.days, one.sent_at, one.closed_at, on.get(one.id) or Waits()).due
        for one in rows
    }


def _promise(offer: Offer, activity: Activity, choice: RecognitionChoice, on: Waits) -> Promise:
    return _due(activity.day, activity.pays_in, choice.at, offer.closed_at, on)


def _due(
    day: date, pays_in: int, answered_at: datetime, closed_at: datetime | None, on: Waits
) -> Promise:
    at = now()
    since = max(answered_at, closed_at or answered_at)
    pauses = waiting.pauses(on.held, on.tried, since, lambda moment: local_date(moment, ZONE))
    more = waited(pauses, local_date(at, ZONE))
    return Promise(
        after_working_days(_from(day, answered_at), pays_in + more),
        waiting.wait_at(on.held, on.tried, at),
    )


def paid_by(activity: Activity, choice: RecognitionChoice | None) -> date:
    """Counted from its day, or from the answer, where that came later: not from when somebody here said
    that it took place.
    """
    answered_at = choice.at if choice is not None else now()
    return after_working_days(_from(activity.day, answered_at), activity.pays_in)


def _from(day: date, answered_at: datetime) -> date:
    return max(local_date(answered_at, ZONE), day)
