"""What somebody did as one who decides about claims of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Approval, Question
from portal.plugin_api import EraseMode, Erasure

Rows = Sequence[Mapping[str, Any]]


def export_asked(session: Session, person_id: int) -> Rows:
    """When they asked something. The words are about somebody else."""
    rows = session.scalars(
        sa.select(Question.asked_at).where(Question.asked_by_id == person_id).order_by(Question.id)
    )
    return [{"asked_at": at} for at in rows]


def erase_asked(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - it belongs to the claim
    """Takes their name off what they asked."""
    gone = session.scalars(
        sa.update(Question)
        .where(Question.asked_by_id == person_id)
        .values(asked_by_id=None)
        .returning(Question.id)
    )
    return Erasure("claims_question", erased=len(gone.all()))


def export_approved(session: Session, person_id: int) -> Rows:
    """When they decided about a claim."""
    rows = session.scalars(
        sa.select(Approval.at).where(Approval.person_id == person_id).order_by(Approval.id)
    )
    return [{"decided_at": at} for at in rows]


def erase_approved(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - that somebody did stands
    """Takes their name off what they decided."""
    gone = session.scalars(
        sa.update(Approval)
        .where(Approval.person_id == person_id)
        .values(person_id=None)
        .returning(Approval.id)
    )
    return Erasure("claims_approval", erased=len(gone.all()))


def asked_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's
    """Questions from before that still lead to who asked."""
    return sa.select(Question.id).where(
        Question.asked_at < before, Question.asked_by_id.is_not(None)
    )


def forget_asked(session: Session, ids: Sequence[int]) -> None:
    """Take the names off them."""
    session.execute(sa.update(Question).where(Question.id.in_(ids)).values(asked_by_id=None))


def approved_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's
    """Decisions from before that still lead to who decided."""
    return sa.select(Approval.id).where(Approval.at < before, Approval.person_id.is_not(None))


def forget_approved(session: Session, ids: Sequence[int]) -> None:
    """Take the names off them."""
    session.execute(sa.update(Approval).where(Approval.id.in_(ids)).values(person_id=None))
