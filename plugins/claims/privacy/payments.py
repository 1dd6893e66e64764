"""What was paid to somebody, and what others of the college did so that it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session, aliased

from plugins.claims.models import BankDetail, Batch, BatchState, Export, LeftOut, Payment, Signature
from plugins.claims.privacy.again import approved_again_for
from plugins.claims.services.batching import take_out
from portal.plugin_api import EraseMode, Erasure, Veto, moved

Rows = Sequence[Mapping[str, Any]]
UNANSWERED = (BatchState.OPEN, BatchState.LOCKED, BatchState.EXPORTED)


def export_payments(session: Session, person_id: int) -> Rows:
    """What was paid to them, how, and what came back."""
    rows = session.scalars(
        sa.select(Payment).where(Payment.person_id == person_id).order_by(Payment.id)
    )
    return [
        {
            "for": one.what.value,
            "way": one.way.value,
            "pence": one.pence,
            "try": one.attempt,
            "reference": one.ref,
            "sent_at": one.sent_at,
            "outcome": one.outcome.value if one.outcome else None,
            "came_back_because": one.came_back.value if one.came_back else None,
        }
        for one in rows
    ]


def erase_payments(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - the books stand
    """What has not left is taken out; of what has, the sum stays without a name. Files go that the bank has
    answered.
    """
    theirs = session.scalars(sa.select(Payment).where(Payment.person_id == person_id)).all()
    batches = {one.batch_id for one in theirs if one.batch_id}
    for one in theirs:
        if one.outcome is None:
            take_out(session, one)
        else:
            one.person_id, one.detail_id = None, None
    session.flush()
    held = session.scalars(
        sa.select(Export.id)
        .join(Batch, Batch.id == Export.batch_id)
        .where(Batch.id.in_(batches), Batch.state.in_(UNANSWERED), Export.sealed.is_not(None))
    ).all()
    files = sa.select(Batch.id).where(Batch.id.in_(batches), Batch.state.not_in(UNANSWERED))
    session.execute(sa.update(Export).where(Export.batch_id.in_(files)).values(sealed=None))
    return Erasure(
        "claims_payment",
        erased=len(theirs),
        held=len(held),
        reason=_l("A file with their account is with the bank. It goes once the bank has answered.")
        if held
        else "",
    )


def merge_payments(session: Session, kept_id: int, gone_id: int) -> None:
    """Gives them to the kept record.

    Raises:
        Veto: one record paid the other one, or approved once more what they get; or both signed for the same
            cash.
    """
    for payee, payer in ((kept_id, gone_id), (gone_id, kept_id)):
        if _paid(session, payee, payer):
            raise Veto(_l("One record paid money to the other one. Ask whoever keeps the books."))
        if approved_again_for(session, payee, payer):
            raise Veto(_l("One record approved money that the other one is to get."))
    twin = aliased(Signature)
    both = (
        sa.select(Signature.id)
        .join(twin, twin.payment_id == Signature.payment_id)
        .where(Signature.person_id == kept_id, twin.person_id == gone_id)
    )
    if session.scalar(both.limit(1)) is not None:
        raise Veto(_l("Both records signed for the same cash. Ask whoever keeps the books."))
    moved(Payment.person_id)(session, kept_id, gone_id)


def _paid(session: Session, payee: int, payer: int) -> bool:
    of_batch = sa.or_(Batch.made_by_id == payer, Export.made_by_id == payer)
    found = (
        sa.select(Payment.id)
        .outerjoin(Batch, Batch.id == Payment.batch_id)
        .outerjoin(Export, Export.batch_id == Batch.id)
        .outerjoin(Signature, Signature.payment_id == Payment.id)
        .outerjoin(BankDetail, BankDetail.id == Payment.detail_id)
        .where(
            Payment.person_id == payee,
            sa.or_(of_batch, Signature.person_id == payer, BankDetail.confirmed_by_id == payer),
        )
    )
    return session.scalar(found.limit(1)) is not None


def export_left_out(session: Session, person_id: int) -> Rows:
    """Why something of theirs did not go with other payments."""
    rows = session.scalars(
        sa.select(LeftOut).where(LeftOut.person_id == person_id).order_by(LeftOut.id)
    )
    return [{"at": one.at, "for": one.what.value, "reason": one.reason} for one in rows]


def files_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's
    """Files that are still kept of batches that the bank answered before."""
    return (
        sa.select(Export.id)
        .join(Batch, Batch.id == Export.batch_id)
        .where(Batch.answered_at < before, Export.sealed.is_not(None))
    )


def forget_files(session: Session, ids: Sequence[int]) -> None:
    """Let the bytes go; their hash stays."""
    session.execute(sa.update(Export).where(Export.id.in_(ids)).values(sealed=None))
