"""What is owed and not on its way, of each kind, as questions that lists are made of: with what it waits for,
and why whoever asks may not pay it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from plugins.claims.models import (
    Activity,
    Adjustment,
    AdvanceApproval,
    AdvanceRow,
    AdvanceState,
    Approval,
    Claim,
    Line,
    Offer,
    Paying,
    PaymentStage,
    Question,
    RecognitionChoice,
    Stage,
    State,
)
from plugins.claims.money.batches import What
from plugins.claims.money.recognition import Basis, Taken
from plugins.claims.queries.owing import owed_of_claim
from plugins.claims.queries.standing import HOLDS, ME, bar_of, joined, wait_of

# What is agreed, has taken place, goes to its person and is in no batch.
AGREED = (
    Offer.stage.in_((Stage.DONE, Stage.CANCELLED)),
    Offer.person_id.is_not(None),
    RecognitionChoice.pence > 0,
    RecognitionChoice.taken != Taken.CHARITY,
    Offer.basis != Basis.PAYROLL,
    sa.or_(RecognitionChoice.paying.is_(None), RecognitionChoice.paying == Paying.FAILED),
)
# What was approved ahead, and is not on its way.
AHEAD = (
    AdvanceRow.state == AdvanceState.APPROVED,
    AdvanceRow.payment.in_((PaymentStage.NONE, PaymentStage.FAILED)),
    AdvanceRow.person_id.is_not(None),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of what is owed. `tables`: where it stands, with `HOLDS`; `columns`: what a list reads of it;
    `holds`: what makes it owed and not on its way. `order` ends with its id; `ended` is what the order begins
    with, of the thing that a page ended with. `wait`: what it waits for; `bar`: why whoever asks may not pay.
    """

    what: What
    tables: Any
    columns: Sequence[Any]
    holds: Sequence[sa.ColumnElement[bool]]
    order: tuple[Any, Any]
    ended: sa.ScalarSelect[Any]
    wait: sa.ColumnElement[Any]
    bar: sa.ColumnElement[Any]

    @property
    def thing(self) -> Any:
        """The id of one of them."""
        return self.order[1]

    def asked(self, *more: Any) -> sa.Select[Any]:
        """All that is owed of it, with what a list reads, and more."""
        return sa.select(*self.columns, *more).select_from(self.tables).where(*self.holds)


ENDED = {what: sa.bindparam(what.value, type_=sa.Integer) for what in What}


def _nothing(like: Any) -> Any:
    return sa.cast(sa.null(), like.type)


def _columns(what: What, thing: Any, **given: Any) -> list[Any]:
    columns = {"what": sa.literal(what.value), "id": thing, **given}
    return [column.label(name) for name, column in columns.items()]


def _claims(state: State) -> Kind:
    """Claims in one state: each is read off the index, as a question about two at once would not be."""
    approved = (
        # Off the claim's few rows: whoever asks may have approved thousands.
        ME.in_(sa.select(Approval.person_id).where(Approval.claim_id == Claim.id)),
        sa.exists()
        .where(Adjustment.line_id == Line.id, Line.claim_id == Claim.id)
        .where(sa.or_(Adjustment.by_id == ME, Adjustment.approved_by_id == ME)),
    )
    owed, last = owed_of_claim(Claim.id), aliased(Claim)
    return Kind(
        What.CLAIM,
        sa.outerjoin(Claim, HOLDS, joined(Claim.person_id)),
        _columns(
            What.CLAIM,
            Claim.id,
            person_id=Claim.person_id,
            pence=owed,
            title=Claim.what,
            sent_at=Claim.sent_at,
            state=Claim.state,
            asked=sa.exists().where(Question.claim_id == Claim.id),
            day=_nothing(Activity.day),
            days=_nothing(Activity.pays_in),
        ),
        (Claim.state == state, Claim.person_id.is_not(None), owed > 0),
        (Claim.sent_at, Claim.id),
        sa.select(last.sent_at).where(last.id == ENDED[What.CLAIM]).scalar_subquery(),
        wait_of(What.CLAIM, Claim.id),
        bar_of(Claim.person_id, Claim.begun_at, approved, submitter=Claim.submitted_by_id),
    )


def _choices() -> Kind:
    """Recognition, the longest agreed first."""
    tables = (
        sa.join(RecognitionChoice, Offer, Offer.id == RecognitionChoice.offer_id)
        .join(Activity, Activity.id == Offer.activity_id)
        .outerjoin(HOLDS, joined(Offer.person_id))
    )
    offer, last = aliased(Offer), aliased(RecognitionChoice)
    ended = sa.select(offer.closed_at).join(last, last.offer_id == offer.id)
    return Kind(
        What.CHOICE,
        tables,
        _columns(
            What.CHOICE,
            RecognitionChoice.id,
            person_id=Offer.person_id,
            pence=RecognitionChoice.pence,
            title=Activity.title,
            sent_at=RecognitionChoice.at,
            state=_nothing(Claim.state),
            asked=sa.false(),
            day=Activity.day,
            days=Activity.pays_in,
        ),
        AGREED,
        (Offer.closed_at, RecognitionChoice.id),
        ended.where(last.id == ENDED[What.CHOICE]).scalar_subquery(),
        wait_of(What.CHOICE, RecognitionChoice.id),
        bar_of(Offer.person_id, Offer.made_at, (Offer.made_by_id == ME, Offer.closed_by_id == ME)),
    )


def _advances() -> Kind:
    """Money ahead, the earliest event first."""
    approved = sa.exists().where(
        AdvanceApproval.advance_id == AdvanceRow.id, AdvanceApproval.person_id == ME
    )
    last = aliased(AdvanceRow)
    return Kind(
        What.ADVANCE,
        sa.outerjoin(AdvanceRow, HOLDS, joined(AdvanceRow.person_id)),
        _columns(
            What.ADVANCE,
            AdvanceRow.id,
            person_id=AdvanceRow.person_id,
            pence=AdvanceRow.pence,
            title=AdvanceRow.what,
            sent_at=_nothing(Claim.sent_at),
            state=_nothing(Claim.state),
            asked=sa.false(),
            day=AdvanceRow.event_on,
            days=_nothing(Activity.pays_in),
        ),
        AHEAD,
        (AdvanceRow.event_on, AdvanceRow.id),
        sa.select(last.event_on).where(last.id == ENDED[What.ADVANCE]).scalar_subquery(),
        wait_of(What.ADVANCE, AdvanceRow.id),
        bar_of(AdvanceRow.person_id, AdvanceRow.asked_at, [approved]),
    )


KINDS: Sequence[Kind] = (_claims(State.DECIDED), _claims(State.FAILED), _choices(), _advances())
