"""Somebody's bank details: given back without their digits, erased, and joined where two records were one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import ApprovedAgain, BankDetail, Payment
from portal.plugin_api import EraseMode, Erasure, now

Rows = Sequence[Mapping[str, Any]]


def export_details(session: Session, person_id: int) -> Rows:
    """When they gave and changed them. Of the account the last four digits: a copy may lie about."""
    rows = session.scalars(
        sa.select(BankDetail).where(BankDetail.person_id == person_id).order_by(BankDetail.id)
    )
    return [
        {
            "given_at": one.given_at,
            "ended_at": one.ended_at,
            "confirmed_at": one.confirmed_at,
            "account_ends_in": one.last_four,
            "bank_said_of_the_name": one.name_check.value if one.name_check else None,
        }
        for one in rows
    ]


def erase_details(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - nothing stays
    """All versions go, and their name from what they noted about those of others."""
    ids = session.scalars(sa.select(BankDetail.id).where(BankDetail.person_id == person_id)).all()
    forget_details(session, ids)
    _forget_caller(session, BankDetail.confirmed_by_id == person_id)
    return Erasure("claims_bank_detail", erased=len(ids))


def forget_details(session: Session, ids: Sequence[int]) -> None:
    """Delete them. Payments do not say any more where they went, nor what was approved for them."""
    for model in (Payment, ApprovedAgain):
        session.execute(sa.update(model).where(model.detail_id.in_(ids)).values(detail_id=None))
    session.execute(sa.delete(BankDetail).where(BankDetail.id.in_(ids)))


def _forget_caller(session: Session, which: sa.ColumnElement[bool]) -> None:
    session.execute(sa.update(BankDetail).where(which).values(confirmed_by_id=None))


def ended_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's
    """Details that were ended before."""
    return sa.select(BankDetail.id).where(BankDetail.ended_at < before)


def merge_details(session: Session, kept_id: int, gone_id: int) -> None:
    """Gives them to the kept record. Where both have details that hold, the kept record's do."""
    last = session.scalar(
        sa.select(sa.func.max(BankDetail.version)).where(BankDetail.person_id == kept_id)
    )
    theirs = session.scalars(
        sa.select(BankDetail).where(BankDetail.person_id == gone_id).order_by(BankDetail.version)
    ).all()
    holds = session.scalar(
        sa.select(BankDetail.id).where(
            BankDetail.person_id == kept_id, BankDetail.ended_at.is_(None)
        )
    )
    for place, one in enumerate(theirs, (last or 0) + 1):
        if holds is not None and one.ended_at is None:
            one.ended_at, one.sealed = now(), None
        one.version, one.person_id = place, kept_id
        session.flush()
    session.execute(
        sa.update(BankDetail)
        .where(BankDetail.confirmed_by_id == gone_id)
        .values(confirmed_by_id=kept_id)
    )
