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
from plugins.claims.queries.standing import bar_of, doubt_of, once_more, wait_of

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
    """One kind of what is owed. `tables`: where it stands; `columns`: what a list reads of it; `holds`: what
    makes it owed and not on its way. `order` ends with its id; `later`: what stands behind the thing that a
    page ended with. `wait`: what it waits for; `bar`: why whoever asks may not pay; `doubt`: whether it may
    be that it is approved once more first.
    """

    what: What
    tables: Any
    columns: Sequence[Any]
    holds: Sequence[sa.ColumnElement[bool]]
    order: tuple[Any, Any]
    later: Sequence[sa.ColumnElement[bool]]
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


def _later(what: What, order: tuple[Any, Any], ended: sa.Select[Any]) -> sa.ColumnElement[bool]:
    """Behind the thing that a page ended with, where one did; `ended` is what its order begins with."""
    behind = sa.tuple_(*order) > sa.tuple_(ended.scalar_subquery(), ENDED[what])
    return sa.or_(ENDED[what] == 0, behind)


def _nothing(like: Any) -> Any:
    return sa.cast(sa.null(), like.type)


def _columns(what: What, thing: Any, **given: Any) -> list[Any]:
    columns = {"what": sa.literal(what.value), "id": thing, **given}
    return [column.label(name) for name, column in columns.items()]


def _claims(claim: Any, *holds: sa.ColumnElement[bool]) -> Kind:
    """Claims, or some of them."""
    approvers = (
        sa.select(Approval.person_id).where(Approval.claim_id == claim.id).correlate(claim),
        *(
            sa.select(person)
            .where(Adjustment.line_id == Line.id, Line.claim_id == claim.id)
            .correlate(claim)
            for person in (Adjustment.by_id, Adjustment.approved_by_id)
        ),
        once_more(What.CLAIM, claim.id, claim),
    )
    theirs = (claim.person_id, claim.begun_at, approvers)
    owed = owed_of_claim(claim.id)
    return Kind(
        What.CLAIM,
        claim,
        _columns(
            What.CLAIM,
            claim.id,
            person_id=claim.person_id,
            version=claim.version,
            pence=owed,
            title=claim.what,
            sent_at=claim.sent_at,
            closed_at=claim.closed_at,
            state=claim.state,
            asked=sa.exists().where(Question.claim_id == claim.id),
            day=_nothing(Activity.day),
            days=_nothing(Activity.pays_in),
        ),
        (*holds, owed > 0),
        (claim.sent_at, claim.id),
        (),
        wait_of(What.CLAIM, claim.id, claim.person_id),
        bar_of(*theirs, submitter=claim.submitted_by_id),
        doubt_of(*theirs, submitter=claim.submitted_by_id),
    )


def _in_turn(state: State) -> Kind:
    """Claims in one state, in their order, one after the other until a page is full. Without the fence of
    `offset`, PostgreSQL asks what is owed of all of them before it puts them in order.
    """
    last, order = aliased(Claim), (Claim.sent_at, Claim.id)
    ended = sa.select(last.sent_at).where(last.id == ENDED[What.CLAIM])
    fenced = (
        sa.select(Claim)
        .where(Claim.state == state, Claim.person_id.is_not(None))
        .where(_later(What.CLAIM, order, ended))
        .order_by(*order)
        .offset(0)
    )
    return _claims(aliased(Claim, fenced.subquery()))


def _choices() -> Kind:
    """Recognition, the longest agreed first."""
    tables = sa.join(RecognitionChoice, Offer, Offer.id == RecognitionChoice.offer_id).join(
        Activity, Activity.id == Offer.activity_id
    )
    offer, last = aliased(Offer), aliased(RecognitionChoice)
    approvers = (
        sa.select(Offer.made_by_id).correlate(Offer),
        sa.select(Offer.closed_by_id).correlate(Offer),
        once_more(What.CHOICE, RecognitionChoice.id, RecognitionChoice),
    )
    theirs = (Offer.person_id, Offer.made_at, approvers)
    ended = sa.select(offer.closed_at).join(last, last.offer_id == offer.id)
    order = (Offer.closed_at, RecognitionChoice.id)
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
        order,
        (_later(What.CHOICE, order, ended.where(last.id == ENDED[What.CHOICE])),),
        wait_of(What.CHOICE, RecognitionChoice.id, Offer.person_id),
        bar_of(*theirs),
        doubt_of(*theirs),
    )


def _advances() -> Kind:
    """Money ahead, the earliest event first."""
    approvers = (
        sa.select(AdvanceApproval.person_id)
        .where(AdvanceApproval.advance_id == AdvanceRow.id)
        .correlate(AdvanceRow),
        once_more(What.ADVANCE, AdvanceRow.id, AdvanceRow),
    )
    theirs = (AdvanceRow.person_id, AdvanceRow.asked_at, approvers)
    last, order = aliased(AdvanceRow), (AdvanceRow.event_on, AdvanceRow.id)
    ended = sa.select(last.event_on).where(last.id == ENDED[What.ADVANCE])
    return Kind(
        What.ADVANCE,
        AdvanceRow,
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
        order,
        (_later(What.ADVANCE, order, ended),),
        wait_of(What.ADVANCE, AdvanceRow.id, AdvanceRow.person_id),
        bar_of(*theirs),
        doubt_of(*theirs),
    )


WAITING = (State.DECIDED, State.FAILED)
KINDS: Sequence[Kind] = (
    _claims(Claim, Claim.state.in_(WAITING), Claim.person_id.is_not(None)),
    _choices(),
    _advances(),
)
IN_TURN: Sequence[Kind] = (*map(_in_turn, WAITING), *KINDS[1:])
