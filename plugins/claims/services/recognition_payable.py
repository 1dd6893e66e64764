"""Recognition that is to be paid: what somebody took for what took place, to them or to their charity.

What goes to a charity or through the payroll is in no batch: `by_hand.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError
from plugins.claims.models import UNPAID, Activity, Offer, Paying, RecognitionChoice, Stage
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.recognition import Basis, Taken
from plugins.claims.money.separation import Involved
from plugins.claims.queries.offers import paid_by
from plugins.claims.queries.owed import AGREED
from plugins.claims.services import confirming
from plugins.claims.services.owing import owed
from plugins.claims.services.payables import Payable, Source
from portal.plugin_api import lock_rows, now

STANDS = (Stage.DONE, Stage.CANCELLED)
_MOVED: Mapping[Outcome | None, Paying] = {
    None: Paying.BATCHED,
    Outcome.SENT: Paying.SENT,
    Outcome.SETTLED: Paying.SETTLED,
    Outcome.FAILED: Paying.FAILED,
}


def waiting(session: Session) -> Sequence[Payable]:
    """What is agreed, has taken place, goes to its person and is in no batch, oldest first. One query."""
    rows = session.execute(
        sa.select(RecognitionChoice, Offer, Activity)
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .join(Activity, Activity.id == Offer.activity_id)
        .where(*AGREED)
        .order_by(Offer.closed_at, Offer.id)
    )
    return [_payable(choice, offer, activity) for choice, offer, activity in rows]


def goes_by_hand(session: Session, choice: RecognitionChoice) -> bool:
    """Whether it is paid into no account of its person: to a charity, or through the payroll."""
    offer = session.get_one(Offer, choice.offer_id)
    return choice.taken is Taken.CHARITY or offer.basis is Basis.PAYROLL


def payables_of(session: Session, ids: Collection[int]) -> list[Payable]:
    """These answers, whichever way they go. One query."""
    rows = session.execute(
        sa.select(RecognitionChoice, Offer, Activity)
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .join(Activity, Activity.id == Offer.activity_id)
        .where(RecognitionChoice.id.in_(ids))
    )
    return [_payable(choice, offer, activity) for choice, offer, activity in rows]


def payable_of(session: Session, choice: RecognitionChoice) -> Payable:
    """One of them."""
    (found,) = payables_of(session, [choice.id])
    return found


def _payable(choice: RecognitionChoice, offer: Offer, activity: Activity) -> Payable:
    title = activity.title
    if choice.taken is Taken.CHARITY:
        title = _("%(what)s, to the charity %(charity)s", what=title, charity=choice.charity)
    elif offer.basis is Basis.PAYROLL:
        title = _("%(what)s, through the payroll", what=title)
    return Payable(
        What.CHOICE,
        choice.id,
        offer.person_id or 0,
        choice.pence,
        choice.version,
        title,
        paid_by(activity, choice),
    )


def holds(session: Session, payable: Payable) -> bool:
    """Whether it is still what was agreed, and owed: asked with the answer's row locked.

    While it is in a batch, and on its way, its person cannot change it.
    """
    found = lock_rows(session, RecognitionChoice, [payable.what_id])
    if not found:
        return False
    choice, offer = found[0], session.get_one(Offer, found[0].offer_id, populate_existing=True)
    return (
        offer.stage in STANDS
        and offer.person_id == payable.person_id
        and (choice.pence, choice.version) == (payable.pence, payable.version)
        and choice.paying in (*UNPAID, Paying.BATCHED)
        and owed(session, choice.id) == payable.pence
    )


def many_involved(session: Session, ids: Collection[int]) -> dict[int, Involved]:
    """Who has a part in each: see `confirming.involved`. Two queries."""
    rows = session.execute(
        sa.select(RecognitionChoice.id, Offer)
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .where(RecognitionChoice.id.in_(ids))
    ).all()
    parts = confirming.involved(session, [offer for _choice, offer in rows])
    return {choice: parts[offer.id] for choice, offer in rows}


def involved(session: Session, choice_id: int) -> Involved:
    """The same of one.

    Raises:
        GoneError: there is no such answer.
    """
    found = many_involved(session, [choice_id]).get(choice_id)
    if found is None:
        raise GoneError
    return found


def moved(session: Session, choice_id: int, outcome: Outcome | None) -> None:
    """How far its payment has come; None: it was put into a batch, and its answer stands from now on.

    Raises:
        GoneError: there is no such answer.
    """
    found = lock_rows(session, RecognitionChoice, [choice_id])
    if not found:
        raise GoneError
    choice = found[0]
    choice.paying = _MOVED[outcome]
    if outcome is Outcome.SENT or (outcome is Outcome.SETTLED and choice.paid_at is None):
        choice.paid_at = now()
    elif outcome is Outcome.FAILED:
        choice.paid_at = None
    session.flush()


def taken_out(session: Session, choice_id: int) -> None:
    """It waits for its payment as before, and its person may change it again.

    Raises:
        GoneError: there is no such answer.
    """
    found = lock_rows(session, RecognitionChoice, [choice_id])
    if not found:
        raise GoneError
    if found[0].paying is Paying.BATCHED:
        found[0].paying = None
        session.flush()


SOURCE = Source(
    What.CHOICE, waiting, holds, involved, moved, taken_out, many_involved=many_involved
)
