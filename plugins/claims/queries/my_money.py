"""What one person is to get, what they got, and what waits for them: gathered, with no number of its own.

What is owed comes from the books, so that this page and those who pay read the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    AdvanceRow,
    AdvanceState,
    Claim,
    Offer,
    Paying,
    Payment,
    PaymentStage,
    RecognitionChoice,
    Stage,
    State,
)
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.recognition import Basis, Taken
from plugins.claims.queries import briefs, offers
from plugins.claims.queries.owing import owing, owing_choices
from plugins.claims.queries.own_payments import OWN, OwnPayment, own_payments
from plugins.claims.queries.places import ME, Place, page, paged

A_PAGE = 20
PAID_OUT = (State.BATCHED, State.SENT, State.FAILED)


_DECIDED = sa.select(Claim.id, Claim.state).where(
    Claim.person_id == ME, Claim.state.in_((State.DECIDED, State.BATCHED, State.FAILED))
)
_AGREED = (
    sa.select(RecognitionChoice.id, RecognitionChoice.paying, RecognitionChoice.taken, Offer.basis)
    .join(Offer, Offer.id == RecognitionChoice.offer_id)
    .where(
        Offer.person_id == ME,
        Offer.stage.in_((Stage.DONE, Stage.CANCELLED)),
        RecognitionChoice.pence > 0,
        sa.or_(
            RecognitionChoice.paying.is_(None),
            RecognitionChoice.paying.in_((Paying.BATCHED, Paying.FAILED)),
        ),
    )
)
_AHEAD = (
    sa.select(AdvanceRow.payment, sa.func.sum(AdvanceRow.pence), sa.func.sum(AdvanceRow.left_open))
    .where(AdvanceRow.person_id == ME, AdvanceRow.state == AdvanceState.APPROVED)
    .group_by(AdvanceRow.payment)
)
# Money that was paid ahead of what is over by now.
_TO_ACCOUNT_FOR = sa.and_(
    AdvanceRow.left_open > 0, AdvanceRow.event_on <= sa.bindparam("today", type_=sa.Date)
)
_UNPAID = sa.and_(
    RecognitionChoice.pence > 0,
    sa.or_(RecognitionChoice.paying.is_(None), RecognitionChoice.paying != Paying.SETTLED),
)
_THEIRS = paged(
    {
        "claim": sa.select(Claim.id, Claim.begun_at).where(
            Claim.person_id == ME, Claim.state.in_((State.DRAFT, State.QUERIED))
        ),
        "offer": sa.select(Offer.id, Offer.made_at)
        .outerjoin(RecognitionChoice, RecognitionChoice.offer_id == Offer.id)
        .where(
            Offer.person_id == ME,
            Offer.stage.in_((Stage.OPEN, Stage.DONE)),
            RecognitionChoice.id.is_(None),
        ),
        "ahead": sa.select(AdvanceRow.id, AdvanceRow.asked_at).where(
            AdvanceRow.person_id == ME, _TO_ACCOUNT_FOR
        ),
    },
    newest_first=False,
)
_OURS = paged(
    {
        "claim": sa.select(Claim.id, Claim.sent_at).where(
            Claim.person_id == ME,
            sa.or_(
                Claim.state.in_((State.SUBMITTED, *PAID_OUT)),
                sa.and_(
                    Claim.state == State.DECIDED,
                    Claim.id.in_(sa.bindparam("owed", type_=sa.Integer, expanding=True)),
                ),
            ),
        ),
        "offer": sa.select(Offer.id, Offer.made_at)
        .join(RecognitionChoice, RecognitionChoice.offer_id == Offer.id)
        .where(
            Offer.person_id == ME,
            Offer.stage.in_((Stage.OPEN, Stage.DONE, Stage.CANCELLED)),
            sa.or_(_UNPAID, offers.TO_HAND_OVER),
        ),
        "ahead": sa.select(AdvanceRow.id, AdvanceRow.asked_at).where(
            AdvanceRow.person_id == ME,
            sa.or_(
                AdvanceRow.state == AdvanceState.ASKED,
                sa.and_(
                    AdvanceRow.state == AdvanceState.APPROVED,
                    sa.or_(AdvanceRow.payment != PaymentStage.SETTLED, AdvanceRow.left_open > 0),
                    sa.not_(_TO_ACCOUNT_FOR),
                ),
            ),
        ),
    },
    newest_first=False,
)
_AWAY = OWN.where(
    Payment.outcome == Outcome.SENT,
    Payment.what == What.CLAIM,
    Payment.what_id.in_(sa.bindparam("ids", type_=sa.Integer, expanding=True)),
)


@dataclass(frozen=True, slots=True)
class Owed:
    """Pence that are owed for what was decided, or took place, and have not left.

    `by_claim` is by a claim's id, `by_choice` by an answer's; `ahead` is approved money ahead. `to_send` is
    what of it waits to be put into a payment, without what goes to a charity or through the payroll.
    `left_open` is no part of it: what was paid ahead and is not accounted for yet.
    """

    by_claim: Mapping[int, int]
    by_choice: Mapping[int, int]
    ahead: int
    to_send: int
    left_open: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.by_claim.values()) + sum(self.by_choice.values()) + self.ahead


@dataclass(frozen=True, slots=True)
class ToCome:
    """One thing that waits for its person, or for the college: a claim, an offer or money ahead.

    `pence` is what is still to come of it, `left_on` when money for it left that has not arrived yet.
    """

    kind: str
    pence: int
    claim: briefs.Brief | None = None
    offer: offers.Brief | None = None
    chosen: offers.ToGive | None = None
    ahead: AdvanceRow | None = None
    left_on: datetime | None = None


def owed(session: Session, person_id: int) -> Owed:
    """What the college owes somebody now. Six queries at most."""
    states = {row.id: row.state for row in session.execute(_DECIDED, {"me": person_id})}
    of_claims = {key: pence for key, pence in owing(session, states).items() if pence > 0}
    choices = session.execute(_AGREED, {"me": person_id}).all()
    of_choices = owing_choices(session, [choice for choice, *_rest in choices])
    ahead, left_open = _ahead_owed(session, person_id)
    to_send = [
        *(pence for key, pence in of_claims.items() if states[key] is not State.BATCHED),
        *(
            of_choices.get(choice, 0)
            for choice, paying, taken, basis in choices
            if paying is not Paying.BATCHED
            and taken is not Taken.CHARITY
            and basis is not Basis.PAYROLL
        ),
        *(pence for paid, pence in ahead.items() if paid is not PaymentStage.BATCHED),
    ]
    return Owed(of_claims, of_choices, sum(ahead.values()), sum(to_send), left_open)


def _ahead_owed(session: Session, person_id: int) -> tuple[dict[PaymentStage, int], int]:
    """Pence of approved money ahead that have not left, by how far they have come; and those that left and
    are not accounted for. One query.
    """
    rows = session.execute(_AHEAD, {"me": person_id}).all()
    unsent = (PaymentStage.NONE, PaymentStage.BATCHED, PaymentStage.FAILED)
    owed = {payment: int(pence or 0) for payment, pence, _left in rows if payment in unsent}
    return owed, sum(int(left or 0) for *_of, left in rows)


def waits_for_them(
    session: Session, person_id: int, today: date, after: Place | None
) -> tuple[list[ToCome], Place | None]:
    """What needs their own answer, the longest waiting first: one page, and where the next begins."""
    places, more = page(session, _THEIRS, after, limit=A_PAGE, me=person_id, today=today)
    return _filled(session, places, {}, {}), more


def coming(
    session: Session, person_id: int, today: date, due: Owed, after: Place | None
) -> tuple[list[ToCome], Place | None]:
    """What the college does next, what has waited longest first: one page, and where the next begins."""
    given = {"me": person_id, "today": today, "owed": list(due.by_claim)}
    places, more = page(session, _OURS, after, limit=A_PAGE, **given)
    return _filled(session, places, due.by_claim, _on_their_way(session, person_id, places)), more


def _on_their_way(
    session: Session, person_id: int, places: Sequence[Place]
) -> dict[tuple[What, int], OwnPayment]:
    """Payments that left and have not arrived yet, by what they are for. One query, none for none."""
    claim_ids = [one.id for one in places if one.kind == "claim"]
    if not claim_ids:
        return {}
    found = own_payments(session, _AWAY, person_id, ids=claim_ids)
    return {(one.what, one.what_id): one for one in found}


def _advances(session: Session, ids: Sequence[int]) -> dict[int, AdvanceRow]:
    rows = session.scalars(sa.select(AdvanceRow).where(AdvanceRow.id.in_(ids)))
    return {one.id: one for one in rows}


def _filled(
    session: Session,
    places: Sequence[Place],
    by_claim: Mapping[int, int],
    away: Mapping[tuple[What, int], OwnPayment],
) -> list[ToCome]:
    """What stands at these places, in their order. At most seven queries: those of what is there."""
    ids = {
        kind: [one.id for one in places if one.kind == kind] for kind in ("claim", "offer", "ahead")
    }
    of_claims = {one.id: one for one in briefs.briefs_of(session, ids["claim"])}
    of_offers = offers.for_their_person(session, ids["offer"]) if ids["offer"] else {}
    of_ahead = _advances(session, ids["ahead"]) if ids["ahead"] else {}
    found = []
    for one in places:
        if one.kind == "claim":
            brief, left = of_claims[one.id], away.get((What.CLAIM, one.id))
            pence = left.pence if left is not None else by_claim.get(one.id, brief.pence)
            left_on = left.at if left is not None else None
            found.append(ToCome("claim", pence, claim=brief, left_on=left_on))
        elif one.kind == "offer":
            offer, chosen = of_offers[one.id]
            pence = chosen.chosen.pence if chosen is not None else 0
            found.append(ToCome("offer", pence, offer=offer, chosen=chosen))
        else:
            ahead = of_ahead[one.id]
            pence = ahead.left_open or ahead.pence or ahead.asked
            found.append(ToCome("ahead", pence, ahead=ahead))
    return found
