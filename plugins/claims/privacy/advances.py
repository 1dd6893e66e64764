"""Somebody's money ahead of events, and who approved it: given back, let go, joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.claims.models import AdvanceApproval, AdvanceRow, AdvanceState
from plugins.claims.services.advances import stays_here, take_back
from portal.plugin_api import EraseMode, Erasure, Veto, moved

Rows = Sequence[Mapping[str, Any]]


def export_advances(session: Session, person_id: int) -> Rows:
    """What they asked for, what was decided, and what became of it."""
    rows = session.scalars(
        sa.select(AdvanceRow).where(AdvanceRow.person_id == person_id).order_by(AdvanceRow.id)
    )
    return [
        {
            "what": one.what,
            "for": one.event_on,
            "state": one.state.value,
            "asked_pence": one.asked,
            "approved_pence": one.pence,
            "reason": one.reason,
            "asked_at": one.asked_at,
            "decided_at": one.decided_at,
            "paid_pence": one.paid,
            "claimed_pence": one.claimed,
            "returned_pence": one.returned,
            "let_go_pence": one.written_off,
        }
        for one in rows
    ]


def erase_advances(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - the books stand
    """What is not on its way is withdrawn; of the rest days and sums stay, without a name."""
    rows = session.scalars(sa.select(AdvanceRow).where(AdvanceRow.person_id == person_id)).all()
    for one in rows:
        waits = one.state in {AdvanceState.ASKED, AdvanceState.APPROVED}
        if waits and stays_here(one):
            take_back(session, one)
    forget_advances(session, [one.id for one in rows])
    return Erasure("claims_advance", erased=len(rows))


def merge_advances(session: Session, kept_id: int, gone_id: int) -> None:
    """Gives them to the kept record.

    Raises:
        Veto: one record approved what the other one asked for.
    """
    for payee, approver in ((kept_id, gone_id), (gone_id, kept_id)):
        approved = (
            sa.select(AdvanceApproval.id)
            .join(AdvanceRow, AdvanceRow.id == AdvanceApproval.advance_id)
            .where(AdvanceRow.person_id == payee, AdvanceApproval.person_id == approver)
        )
        if session.scalar(approved.limit(1)) is not None:
            raise Veto(_l("One record decided about money that the other one asked for ahead."))
    moved(AdvanceRow.person_id)(session, kept_id, gone_id)


def asked_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's
    """What was asked for before, and still leads to somebody; not what is still open."""
    return sa.select(AdvanceRow.id).where(
        AdvanceRow.asked_at < before,
        AdvanceRow.person_id.is_not(None),
        AdvanceRow.left_open == 0,
        AdvanceRow.state != AdvanceState.ASKED,
    )


def forget_advances(session: Session, ids: Sequence[int]) -> None:
    """Of these only days and sums stay: no name, no words."""
    session.execute(
        sa.update(AdvanceRow)
        .where(AdvanceRow.id.in_(ids))
        .values(person_id=None, what="", reason="")
    )
