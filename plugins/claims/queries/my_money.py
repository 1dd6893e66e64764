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
from plugins.claims.queries.glance import Glance
from plugins.claims.queries.owing import owed_of_claim, owing, owing_choices
from plugins.claims.queries.own_past import PAST, Became
from plugins.claims.queries.own_payments import OWN, OwnPayment, own_payments
from plugins.claims.queries.places import ME, Page, Paged, Place, pages
from portal.plugin_api import one_of

A_PAGE = 20
PAID_OUT = (State.BATCHED, State.SENT, State.FAILED)
# Kinds of places of somebody who was offered something, and who asked for money ahead: most never did.
OF_OFFERS = ("offer", Became.HANDED)
OF_AHEAD = ("ahead", Became.COUNTED, Became.ENDED)


# Money that was paid ahead of what is over by now.
_TO_ACCOUNT_FOR = sa.and_(
    AdvanceRow.left_open > 0, AdvanceRow.event_on <= sa.bindparam("today", type_=sa.Date)
)
_UNPAID = sa.and_(
    RecognitionChoice.pence > 0,
    sa.or_(RecognitionChoice.paying.is_(None), RecognitionChoice.paying != Paying.SETTLED),
)
_THEIRS = Paged(
    "turn",
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
_OURS = Paged(
    "coming",
    {
        "claim": sa.select(Claim.id, Claim.sent_at).where(
            Claim.person_id == ME,
            sa.or_(
                Claim.state.in_((State.SUBMITTED, *PAID_OUT)),
                sa.and_(Claim.state == State.DECIDED, owed_of_claim(Claim.id) > 0),
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
    one_of(Payment.what_id, "ids"),
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


def owed(session: Session, seen: Glance) -> Owed:
    """What the college owes somebody now. Three queries at most, and none where nothing may be owed."""
    of_claims = {key: pence for key, pence in owing(session, seen.claims).items() if pence > 0}
    of_choices = owing_choices(session, seen.choices)
    to_send = [
        *(pence for key, pence in of_claims.items() if seen.claims[key] is not State.BATCHED),
        *(
            of_choices.get(key, 0)
            for key, one in seen.choices.items()
            if one.paying is not Paying.BATCHED
            and one.taken is not Taken.CHARITY
            and one.basis is not Basis.PAYROLL
        ),
        *(pence for stage, pence in seen.ahead.items() if stage is not PaymentStage.BATCHED),
    ]
    return Owed(of_claims, of_choices, sum(seen.ahead.values()), sum(to_send), seen.left_open)


def places(
    session: Session, person_id: int, today: date, after: Mapping[str, Place | None], seen: Glance
) -> dict[str, Page]:
    """A page of each list: what needs their own answer (`turn`) and what the college does next (`coming`),
    what has waited longest first; what became of it (`past`), the newest first. One query.
    """
    without = frozenset(
        (*(() if seen.offered else OF_OFFERS), *(() if seen.asked_ahead else OF_AHEAD))
    )
    lists = (_THEIRS, _OURS, PAST)
    return pages(session, lists, after, size=A_PAGE, without=without, me=person_id, today=today)


def waits_for_them(session: Session, places: Sequence[Place]) -> list[ToCome]:
    """What stands at these places of `turn`."""
    return _filled(session, places, {}, {})


def coming(session: Session, person_id: int, due: Owed, places: Sequence[Place]) -> list[ToCome]:
    """What stands at these places of `coming`."""
    return _filled(session, places, due.by_claim, _on_their_way(session, person_id, places))


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
