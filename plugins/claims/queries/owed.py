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
from plugins.claims.queries.standing import HOLDS, bar_of, doubt_of, joined, once_more, wait_of

# What is agreed, has taken place and is not on its way.
AGREED = (
    Offer.stage.in_((Stage.DONE, Stage.CANCELLED)),
    Offer.person_id.is_not(None),
    RecognitionChoice.pence > 0,
    sa.or_(RecognitionChoice.paying.is_(None), RecognitionChoice.paying == Paying.FAILED),
)
BY_HAND = sa.or_(RecognitionChoice.taken == Taken.CHARITY, Offer.basis == Basis.PAYROLL)
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
    with, of the thing that a page ended with. `wait`: what it waits for; `bar`: why whoever asks may not pay;
    `doubt`: whether it may be that it is approved once more first.
    """

    what: What
    tables: Any
    columns: Sequence[Any]
    holds: Sequence[sa.ColumnElement[bool]]
    order: tuple[Any, Any]
    ended: sa.ScalarSelect[Any]
    wait: sa.ColumnElement[Any]
    bar: sa.ColumnElement[Any]
    doubt: sa.ColumnElement[Any]

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
    approvers = (
        sa.select(Approval.person_id).where(Approval.claim_id == Claim.id).correlate(Claim),
        *(
            sa.select(person)
            .where(Adjustment.line_id == Line.id, Line.claim_id == Claim.id)
            .correlate(Claim)
            for person in (Adjustment.by_id, Adjustment.approved_by_id)
        ),
        once_more(What.CLAIM, Claim.id),
    )
    theirs = (Claim.person_id, Claim.begun_at, approvers)
    owed, last = owed_of_claim(Claim.id), aliased(Claim)
    return Kind(
        What.CLAIM,
        sa.outerjoin(Claim, HOLDS, joined(Claim.person_id)),
        _columns(
            What.CLAIM,
            Claim.id,
            person_id=Claim.person_id,
            version=Claim.version,
            pence=owed,
            title=Claim.what,
            sent_at=Claim.sent_at,
            closed_at=Claim.closed_at,
            state=Claim.state,
            asked=sa.exists().where(Question.claim_id == Claim.id),
            day=_nothing(Activity.day),
            days=_nothing(Activity.pays_in),
        ),
        (Claim.state == state, Claim.person_id.is_not(None), owed > 0),
        (Claim.sent_at, Claim.id),
        sa.select(last.sent_at).where(last.id == ENDED[What.CLAIM]).scalar_subquery(),
        wait_of(What.CLAIM, Claim.id),
        bar_of(*theirs, submitter=Claim.submitted_by_id),
        doubt_of(*theirs, submitter=Claim.submitted_by_id),
    )


def _choices() -> Kind:
    """Recognition, the longest agreed first."""
    tables = (
        sa.join(RecognitionChoice, Offer, Offer.id == RecognitionChoice.offer_id)
        .join(Activity, Activity.id == Offer.activity_id)
        .outerjoin(HOLDS, joined(Offer.person_id))
    )
    offer, last = aliased(Offer), aliased(RecognitionChoice)
    approvers = (
        sa.select(Offer.made_by_id).correlate(Offer),
        sa.select(Offer.closed_by_id).correlate(Offer),
        once_more(What.CHOICE, RecognitionChoice.id),
    )
    theirs = (Offer.person_id, Offer.made_at, approvers)
    ended = sa.select(offer.closed_at).join(last, last.offer_id == offer.id)
    return Kind(
        What.CHOICE,
        tables,
        _columns(
            What.CHOICE,
            RecognitionChoice.id,
            person_id=Offer.person_id,
            version=RecognitionChoice.version,
            pence=RecognitionChoice.pence,
            title=Activity.title,
            sent_at=RecognitionChoice.at,
            closed_at=Offer.closed_at,
            state=_nothing(Claim.state),
            asked=sa.false(),
            day=Activity.day,
            days=Activity.pays_in,
        ),
        (*AGREED, sa.not_(BY_HAND)),
        (Offer.closed_at, RecognitionChoice.id),
        ended.where(last.id == ENDED[What.CHOICE]).scalar_subquery(),
        wait_of(What.CHOICE, RecognitionChoice.id),
        bar_of(*theirs),
        doubt_of(*theirs),
    )


def _advances() -> Kind:
    """Money ahead, the earliest event first."""
    approvers = (
        sa.select(AdvanceApproval.person_id)
        .where(AdvanceApproval.advance_id == AdvanceRow.id)
        .correlate(AdvanceRow),
        once_more(What.ADVANCE, AdvanceRow.id),
    )
    theirs, last = (AdvanceRow.person_id, AdvanceRow.asked_at, approvers), aliased(AdvanceRow)
    return Kind(
        What.ADVANCE,
        sa.outerjoin(AdvanceRow, HOLDS, joined(AdvanceRow.person_id)),
        _columns(
            What.ADVANCE,
            AdvanceRow.id,
            person_id=AdvanceRow.person_id,
            version=sa.literal(1),
            pence=AdvanceRow.pence,
            title=AdvanceRow.what,
            sent_at=_nothing(Claim.sent_at),
            closed_at=_nothing(Claim.closed_at),
            state=_nothing(Claim.state),
            asked=sa.false(),
            day=AdvanceRow.event_on,
            days=_nothing(Activity.pays_in),
        ),
        AHEAD,
        (AdvanceRow.event_on, AdvanceRow.id),
        sa.select(last.event_on).where(last.id == ENDED[What.ADVANCE]).scalar_subquery(),
        wait_of(What.ADVANCE, AdvanceRow.id),
        bar_of(*theirs),
        doubt_of(*theirs),
    )


KINDS: Sequence[Kind] = (_claims(State.DECIDED), _claims(State.FAILED), _choices(), _advances())
