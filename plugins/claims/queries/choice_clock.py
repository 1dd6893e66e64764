"""By when recognition is paid, with the days on which we waited for its person: as with claims."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
from plugins.claims.queries.clock import NOTHING, Waits, gathered, held_leg, tried_leg
from portal.plugin_api import local_date, now, one_of

Found = tuple[Offer, Activity, RecognitionChoice]
OWED = frozenset({Stage.DONE, Stage.CANCELLED})
_ON_RECORD = sa.union_all(
    held_leg(RecognitionChoice.id)
    .join(Offer, Offer.id == RecognitionChoice.offer_id)
    .join(BankDetail, BankDetail.person_id == Offer.person_id)
    .where(one_of(RecognitionChoice.id, "ids")),
    tried_leg(What.CHOICE, "ids"),
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
    on = on_record(session, ids)
    return {
        choice.id: _promise(offer, activity, choice, on.get(choice.id, NOTHING))
        if choice.id in ids
        else Promise(paid_by(activity, choice))
        for offer, activity, choice in found
    }


def _waits(offer: Offer, choice: RecognitionChoice) -> bool:
    owed = offer.stage in OWED and choice.pence > 0 and choice.paying is not Paying.SETTLED
    return owed and not by_hand(offer, choice)


def on_record(session: Session, ids: Collection[int]) -> dict[int, Waits]:
    """What is on record of the payments of these answers, by answer. One query, none for none."""
    return gathered(session.execute(_ON_RECORD, {"ids": ids})) if ids else {}


def due_of(row: Any, on: Waits, today: date) -> date:
    """By when an answer is paid that a list reads, and that waits for its payment: `day` and `days` of the
    activity, when it was answered (`sent_at`) and closed.
    """
    return _due(row.day, row.days, row.sent_at, row.closed_at, on, today)


def _promise(offer: Offer, activity: Activity, choice: RecognitionChoice, on: Waits) -> Promise:
    at = now()
    return Promise(
        _due(
            activity.day,
            activity.pays_in,
            choice.at,
            offer.closed_at,
            on,
            local_date(at, ZONE),
        ),
        waiting.wait_at(on.held, on.tried, at),
    )


def _due(
    day: date,
    pays_in: int,
    answered_at: datetime,
    closed_at: datetime | None,
    on: Waits,
    today: date,
) -> date:
    since = max(answered_at, closed_at or answered_at)
    pauses = waiting.pauses(on.held, on.tried, since, lambda moment: local_date(moment, ZONE))
    return after_working_days(_from(day, answered_at), pays_in + waited(pauses, today))


def paid_by(activity: Activity, choice: RecognitionChoice | None) -> date:
    """Counted from its day, or from the answer, where that came later: not from when somebody here said
    that it took place.
    """
    answered_at = choice.at if choice is not None else now()
    return after_working_days(_from(activity.day, answered_at), activity.pays_in)


def _from(day: date, answered_at: datetime) -> date:
    return max(local_date(answered_at, ZONE), day)
