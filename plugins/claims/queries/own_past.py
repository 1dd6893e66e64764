"""What became of somebody's money: paid, came back, was put right, or was closed without any."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    WANTED,
    Activity,
    Adjustment,
    AdvanceMove,
    AdvanceRow,
    AdvanceState,
    Claim,
    Decision,
    Line,
    Move,
    Offer,
    Payment,
    RecognitionChoice,
    State,
)
from plugins.claims.money.batches import Outcome, What
from plugins.claims.queries.own_payments import OWN, OwnPayment, own_payments
from plugins.claims.queries.places import ME, Found, Paged, Place
from portal.plugin_api import one_of


class Became(StrEnum):
    """What became of something. Letters alone: it stands in the address of a page."""

    PAID = "paid"
    COUNTED = "counted"
    RIGHT = "right"
    CLOSED = "closed"
    ENDED = "ended"
    HANDED = "handed"


@dataclass(frozen=True, slots=True)
class Past:
    """One thing that became of it. `pence` is signed: less than nothing is less for its person.

    `what`, `ref` and `title` lead to the claim, the offer or the money ahead. `words` says why, where
    somebody wrote that; `how` is the name of what it was, which the page puts in words.
    """

    became: Became
    at: datetime
    pence: int
    what: What
    ref: str
    title: str
    how: str = ""
    words: str = ""
    payment: OwnPayment | None = None
    given: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Quick: it stands in the name of every piece of a page that is kept."""
        return hash((self.at, self.ref))


def past(session: Session, person_id: int, places: Sequence[Place]) -> list[Past]:
    """What stands at these places, in their order. Six queries at most, and none for none."""

    def ids(became: Became) -> list[int]:
        return [one.id for one in places if one.kind == became]

    found: dict[tuple[str, int], Past] = {}
    for became, read in (
        (Became.COUNTED, _counted),
        (Became.RIGHT, _put_right),
        (Became.CLOSED, _closed),
        (Became.ENDED, _ended),
        (Became.HANDED, _handed),
    ):
        if wanted := ids(became):
            found |= {(became, key): one for key, one in read(session, wanted).items()}
    if wanted := ids(Became.PAID):
        found |= _paid(own_payments(session, _THESE, person_id, ids=wanted))
    return [found[one.kind, one.id] for one in places]


def _kinds() -> dict[str, Found]:
    nothing = (
        sa.select(Line.claim_id)
        .where(Line.claim_id == Claim.id, Line.decision != Decision.DECLINED)
        .exists()
    )
    return {
        Became.PAID: sa.select(Payment.id, Payment.sent_at).where(
            Payment.person_id == ME,
            Payment.outcome.in_((Outcome.SETTLED, Outcome.FAILED)),
        ),
        Became.COUNTED: sa.select(AdvanceMove.id, AdvanceMove.at)
        .join(AdvanceRow, AdvanceRow.id == AdvanceMove.advance_id)
        .where(AdvanceRow.person_id == ME, AdvanceMove.kind != Move.PAID),
        Became.RIGHT: sa.select(Adjustment.id, Adjustment.approved_at)
        .join(Line, Line.id == Adjustment.line_id)
        .join(Claim, Claim.id == Line.claim_id)
        .where(Claim.person_id == ME, Adjustment.approved_at.is_not(None)),
        Became.CLOSED: sa.select(Claim.id, Claim.closed_at).where(
            Claim.person_id == ME,
            Claim.closed_at.is_not(None),
            sa.or_(
                Claim.state == State.WITHDRAWN,
                sa.and_(Claim.state == State.DECIDED, sa.not_(nothing)),
            ),
        ),
        Became.ENDED: sa.select(AdvanceRow.id, AdvanceRow.decided_at).where(
            AdvanceRow.person_id == ME,
            AdvanceRow.decided_at.is_not(None),
            AdvanceRow.state.in_((AdvanceState.DECLINED, AdvanceState.WITHDRAWN)),
        ),
        Became.HANDED: sa.select(RecognitionChoice.id, RecognitionChoice.handed_at)
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .where(Offer.person_id == ME, RecognitionChoice.handed_at.is_not(None)),
    }


PAST = Paged("past", _kinds(), newest_first=True)
_THESE = OWN.where(one_of(Payment.id, "ids"))


@lru_cache(maxsize=64)
def _paid(payments: tuple[OwnPayment, ...]) -> Mapping[tuple[str, int], Past]:
    return {
        (Became.PAID, one.id): Past(
            Became.PAID,
            one.at,
            0 if one.outcome is Outcome.FAILED else one.pence,
            one.what,
            one.ref,
            one.title,
            payment=one,
        )
        for one in payments
    }


def _counted(session: Session, ids: Collection[int]) -> dict[int, Past]:
    rows = session.execute(
        sa.select(AdvanceMove, AdvanceRow)
        .join(AdvanceRow, AdvanceRow.id == AdvanceMove.advance_id)
        .where(AdvanceMove.id.in_(ids))
    )
    return {
        move.id: Past(
            Became.COUNTED,
            move.at,
            move.pence,
            What.ADVANCE,
            one.ref,
            one.what,
            how=move.kind.value,
        )
        for move, one in rows
    }


def _put_right(session: Session, ids: Collection[int]) -> dict[int, Past]:
    rows = session.execute(
        sa.select(Adjustment, Claim)
        .join(Line, Line.id == Adjustment.line_id)
        .join(Claim, Claim.id == Line.claim_id)
        .where(Adjustment.id.in_(ids))
    )
    return {
        one.id: Past(
            Became.RIGHT,
            one.approved_at,
            one.pence or 0,
            What.CLAIM,
            claim.ref,
            claim.what,
            how=one.kind.value,
            words=one.reason,
        )
        for one, claim in rows
        if one.approved_at is not None
    }


def _closed(session: Session, ids: Collection[int]) -> dict[int, Past]:
    rows = session.scalars(sa.select(Claim).where(Claim.id.in_(ids)))
    return {
        one.id: Past(
            Became.CLOSED, one.closed_at, 0, What.CLAIM, one.ref, one.what, how=one.state.value
        )
        for one in rows
        if one.closed_at is not None
    }


def _ended(session: Session, ids: Collection[int]) -> dict[int, Past]:
    rows = session.scalars(sa.select(AdvanceRow).where(AdvanceRow.id.in_(ids)))
    return {
        one.id: Past(
            Became.ENDED,
            one.decided_at,
            0,
            What.ADVANCE,
            one.ref,
            one.what,
            how=one.state.value,
            words=one.reason if one.state is AdvanceState.DECLINED else "",
        )
        for one in rows
        if one.decided_at is not None
    }


def _handed(session: Session, ids: Collection[int]) -> dict[int, Past]:
    rows = session.execute(
        sa.select(RecognitionChoice, Offer, Activity.title)
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .join(Activity, Activity.id == Offer.activity_id)
        .where(RecognitionChoice.id.in_(ids))
    )
    return {
        choice.id: Past(
            Became.HANDED,
            choice.handed_at,
            offer.voucher if choice.voucher else 0,
            What.CHOICE,
            offer.ref,
            title,
            given=_given(choice),
        )
        for choice, offer, title in rows
        if choice.handed_at is not None
    }


def _given(choice: RecognitionChoice) -> tuple[str, ...]:
    return tuple(name for name in WANTED if name != "credit" and getattr(choice, name))
