"""Recognition that is to be paid: what somebody took for what took place, to them or to their charity.

What goes to a charity or through the payroll is in no batch: `by_hand.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError
from plugins.claims.models import (
    UNPAID,
    Activity,
    ApprovedAgain,
    Offer,
    Paying,
    RecognitionChoice,
    Stage,
)
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.recognition import Basis, Taken, worth
from plugins.claims.money.separation import Again, Involved, Yes
from plugins.claims.queries.choice_clock import by_hand, promises
from plugins.claims.queries.owed import AGREED, BY_HAND
from plugins.claims.services import confirming
from plugins.claims.services.owing import owed
from plugins.claims.services.payables import Named, Payable, Source
from portal.plugin_api import lock_rows, now

STANDS = (Stage.DONE, Stage.CANCELLED)
_MOVED: Mapping[Outcome | None, Paying] = {
    None: Paying.BATCHED,
    Outcome.SENT: Paying.SENT,
    Outcome.SETTLED: Paying.SETTLED,
    Outcome.FAILED: Paying.FAILED,
}


_FOUND = (
    sa.select(RecognitionChoice, Offer, Activity)
    .join(Offer, Offer.id == RecognitionChoice.offer_id)
    .join(Activity, Activity.id == Offer.activity_id)
)
_ONCE_MORE = sa.and_(
    ApprovedAgain.what == What.CHOICE, ApprovedAgain.what_id == RecognitionChoice.id
)


def waiting(session: Session, people: Collection[int] | None = None) -> Sequence[Payable]:
    """What is agreed, has taken place, goes to its person and is in no batch, oldest first; of some people,
    where they are named. At most two queries.
    """
    return _waiting(session, people, sa.not_(BY_HAND))


def waiting_by_hand(session: Session, people: Collection[int] | None = None) -> Sequence[Payable]:
    """The same of what goes to a charity or through the payroll. One query."""
    return _waiting(session, people, BY_HAND)


def _waiting(
    session: Session, people: Collection[int] | None, way: sa.ColumnElement[bool]
) -> Sequence[Payable]:
    whose = () if people is None else (Offer.person_id.in_(people),)
    return _payables(
        session, _FOUND.where(*AGREED, *whose, way).order_by(Offer.closed_at, Offer.id)
    )


def _payables(
    session: Session, found: sa.Select[RecognitionChoice, Offer, Activity]
) -> list[Payable]:
    rows = session.execute(found).all()
    due = promises(session, [(offer, activity, choice) for choice, offer, activity in rows])
    return [
        _payable(choice, offer, activity, due[choice.id].due) for choice, offer, activity in rows
    ]


def goes_by_hand(session: Session, choice: RecognitionChoice) -> bool:
    """Whether it is paid into no account of its person: to a charity, or through the payroll."""
    return by_hand(session.get_one(Offer, choice.offer_id), choice)


def payables_of(session: Session, ids: Collection[int]) -> list[Payable]:
    """These answers, whichever way they go. At most two queries."""
    return _payables(session, _FOUND.where(RecognitionChoice.id.in_(ids)))


def payable_of(session: Session, choice: RecognitionChoice) -> Payable:
    """One of them."""
    (found,) = payables_of(session, [choice.id])
    return found


def _payable(choice: RecognitionChoice, offer: Offer, activity: Activity, due: date) -> Payable:
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
        due,
        by_hand=by_hand(offer, choice),
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
    """Who has a part in each: see `confirming.involved`. Whoever made the offer agreed to its sum, whoever
    closed it, that it is owed: with that it was approved. Two queries.
    """
    found = session.execute(
        sa.select(RecognitionChoice.id, RecognitionChoice.version, Offer, ApprovedAgain)
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .outerjoin(ApprovedAgain, _ONCE_MORE)
        .where(RecognitionChoice.id.in_(ids))
    ).all()
    offers = {choice: (version, offer) for choice, version, offer, _again in found}
    again: dict[int, list[ApprovedAgain]] = {choice: [] for choice in offers}
    for choice, _version, _offer, row in found:
        again[choice] += [row] if row is not None else []
    parts = confirming.involved(session, [offer for _version, offer in offers.values()])
    return {
        choice: _with(parts[offer.id], offer, version, again[choice])
        for choice, (version, offer) in offers.items()
    }


def _with(part: Involved, offer: Offer, version: int, again: Sequence[ApprovedAgain]) -> Involved:
    people = frozenset(one.person_id for one in again if one.person_id is not None)
    return replace(
        part,
        approved=part.approved | people,
        said=_said(offer),
        again=tuple(
            Again(one.person_id, one.pence, one.detail_id)
            for one in again
            if one.version == version
        ),
    )


def _said(offer: Offer) -> tuple[Yes, ...]:
    if offer.closed_at is None:
        return ()
    return tuple(Yes(who, offer.closed_at) for who in (offer.made_by_id, offer.closed_by_id))


def weighs(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Pence that were offered for each: what is taken of it is nobody's business. One query."""
    rows = session.execute(
        sa.select(RecognitionChoice.id, Offer.minutes, Offer.pence_an_hour, Offer.voucher)
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .where(RecognitionChoice.id.in_(ids))
    )
    return {key: worth(minutes, rate) + voucher for key, minutes, rate, voucher in rows}


def named(session: Session, ids: Collection[int]) -> dict[int, Named]:
    """What each was offered for, and the offer's address. One query."""
    rows = session.execute(
        sa.select(RecognitionChoice.id, Activity.title, Offer.ref)
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .join(Activity, Activity.id == Offer.activity_id)
        .where(RecognitionChoice.id.in_(ids))
    )
    return {key: Named(title, ref) for key, title, ref in rows}


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
    What.CHOICE,
    waiting,
    holds,
    involved,
    weighs,
    named,
    moved,
    taken_out,
    many_involved=many_involved,
)
