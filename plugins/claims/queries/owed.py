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
from plugins.claims.queries.clock import moved_since
from plugins.claims.queries.owing import owed_of_claim
from plugins.claims.queries.standing import Theirs, once_more

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
    makes it owed and not on its way, and of a page, behind the one before it. `order`: a moment or a day, and
    its id. `theirs`: what else is asked about it.
    """

    columns: Sequence[Any]
    tables: Any
    holds: Sequence[sa.ColumnElement[bool]]
    order: tuple[Any, Any]
    theirs: Theirs

    @property
    def what(self) -> What:
        """What all of them are."""
        return self.theirs.what

    @property
    def thing(self) -> Any:
        """The id of one of them."""
        return self.theirs.what_id

    def asked(self, *more: Any) -> sa.Select[Any]:
        """All that is owed of it, with what a list reads, and more."""
        return sa.select(*self.columns, *more).select_from(self.tables).where(*self.holds)


def _behind(what: What, order: tuple[Any, Any], *, later: bool) -> Sequence[Any]:
    """Behind the thing that a page ended with, by its moment and id, where there was one of its kind."""
    at, number = (
        sa.bindparam(f"{what.value}_{of}", type_=column.type)
        for of, column in zip(("at", "id"), order, strict=True)
    )
    behind = sa.or_(number == 0, sa.tuple_(*order) > sa.tuple_(at, number))
    return (behind,) if later else ()


def _nothing(like: Any) -> Any:
    return sa.cast(sa.null(), like.type)


def _columns(theirs: Theirs, **given: Any) -> list[Any]:
    columns = {
        "what": sa.literal(theirs.what.value),
        "id": theirs.what_id,
        "person_id": theirs.payee,
        **given,
    }
    return [column.label(name) for name, column in columns.items()]


WAITING = (State.DECIDED, State.FAILED)
# As the index of these says it, so that they are read in its order.
_TO_PAY = sa.case((Claim.state.in_(WAITING), 1), else_=0) == 1


def _claims() -> Kind:
    """Claims, in whatever order."""
    return _of_claims(
        Claim, owed_of_claim(Claim.id), Claim.state.in_(WAITING), Claim.person_id.is_not(None)
    )


def _claims_in_turn(*which: sa.ColumnElement[bool], later: bool) -> Kind:
    """Claims in the order of their index. Behind the fence of `offset` what is owed is found once, and of no
    more of them than a page is made of: without it, PostgreSQL asks it of all before it puts them in order.
    """
    order = (Claim.sent_at, Claim.id)
    behind = _behind(What.CLAIM, order, later=later)
    found = (
        sa.select(Claim, owed_of_claim(Claim.id).label("owed"))
        .where(_TO_PAY, Claim.person_id.is_not(None), *which, *behind)
        .order_by(*order)
        .offset(0)
        .subquery()
    )
    return _of_claims(aliased(Claim, found), found.c.owed)


def _of_claims(claim: Any, owed: Any, *holds: sa.ColumnElement[bool]) -> Kind:
    approvers = sa.union_all(
        sa.select(Approval.person_id).where(Approval.claim_id == claim.id).correlate(claim),
        *(
            sa.select(person)
            .where(Adjustment.line_id == Line.id, Line.claim_id == claim.id)
            .correlate(claim)
            for person in (Adjustment.by_id, Adjustment.approved_by_id)
        ),
        once_more(What.CLAIM, claim.id, claim),
    )
    theirs = Theirs(
        What.CLAIM, claim.id, claim.person_id, claim.begun_at, approvers, claim.submitted_by_id
    )
    columns = _columns(
        theirs,
        version=claim.version,
        pence=owed,
        title=claim.what,
        sent_at=claim.sent_at,
        closed_at=claim.closed_at,
        state=claim.state,
        asked=sa.exists().where(Question.claim_id == claim.id),
        moved=moved_since(claim),
        day=_nothing(Activity.day),
        days=_nothing(Activity.pays_in),
    )
    return Kind(columns, claim, (*holds, owed > 0), (claim.sent_at, claim.id), theirs)


def _choices(*, later: bool) -> Kind:
    """Recognition, the longest agreed first."""
    tables = sa.join(RecognitionChoice, Offer, Offer.id == RecognitionChoice.offer_id).join(
        Activity, Activity.id == Offer.activity_id
    )
    approvers = sa.union_all(
        sa.select(Offer.made_by_id).correlate(Offer),
        sa.select(Offer.closed_by_id).correlate(Offer),
        once_more(What.CHOICE, RecognitionChoice.id, RecognitionChoice),
    )
    theirs = Theirs(What.CHOICE, RecognitionChoice.id, Offer.person_id, Offer.made_at, approvers)
    columns = _columns(
        theirs,
        version=RecognitionChoice.version,
        pence=RecognitionChoice.pence,
        title=Activity.title,
        sent_at=RecognitionChoice.at,
        closed_at=Offer.closed_at,
        state=_nothing(Claim.state),
        asked=sa.false(),
        moved=sa.false(),
        day=Activity.day,
        days=Activity.pays_in,
    )
    order = (Offer.closed_at, RecognitionChoice.id)
    holds = (*AGREED, sa.not_(BY_HAND), *_behind(What.CHOICE, order, later=later))
    return Kind(columns, tables, holds, order, theirs)


def _advances(*, later: bool) -> Kind:
    """Money ahead, the earliest event first."""
    approvers = sa.union_all(
        sa.select(AdvanceApproval.person_id)
        .where(AdvanceApproval.advance_id == AdvanceRow.id)
        .correlate(AdvanceRow),
        once_more(What.ADVANCE, AdvanceRow.id, AdvanceRow),
    )
    theirs = Theirs(
        What.ADVANCE, AdvanceRow.id, AdvanceRow.person_id, AdvanceRow.asked_at, approvers
    )
    columns = _columns(
        theirs,
        version=sa.literal(1),
        pence=AdvanceRow.pence,
        title=AdvanceRow.what,
        sent_at=_nothing(Claim.sent_at),
        closed_at=_nothing(Claim.closed_at),
        state=_nothing(Claim.state),
        asked=sa.false(),
        moved=sa.false(),
        day=AdvanceRow.event_on,
        days=_nothing(Activity.pays_in),
    )
    order = (AdvanceRow.event_on, AdvanceRow.id)
    holds = (*AHEAD, *_behind(What.ADVANCE, order, later=later))
    return Kind(columns, AdvanceRow, holds, order, theirs)


def in_turn(*which: sa.ColumnElement[bool], later: bool) -> Sequence[Kind]:
    """The kinds, for a page of a list; `which`: no other claims are in it; `later`: it stands behind another
    page.
    """
    return (_claims_in_turn(*which, later=later), _choices(later=later), _advances(later=later))


KINDS: Sequence[Kind] = (_claims(), _choices(later=False), _advances(later=False))
