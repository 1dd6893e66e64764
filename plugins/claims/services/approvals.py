"""Who approved what is to be paid: ever, and as it stands now. What was paid already needs them no more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    Adjustment,
    AdjustmentKind,
    Approval,
    ApprovedAgain,
    Claim,
    Line,
    Payment,
)
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.separation import Again, Involved, Yes
from plugins.claims.services.separating import parts_of

Row = Any  # (kind, what_id, person_id, at, version, number, detail_id)
_SAID, _RIGHT, _PROPOSED, AGAIN, _LEFT = "said", "right", "proposed", "again", "left"
_NONE = sa.literal(0)


def _leg(kind: Any, *columns: Any, number: Any = _NONE, detail: Any = _NONE) -> sa.Select[Any]:
    return sa.select(kind, *columns, number, detail)


def again_leg(what: What, ids: Collection[int]) -> sa.Select[Any]:
    """What was approved once more of one kind, to be read together with other rows; see `Row`."""
    return _leg(
        sa.literal(AGAIN),
        ApprovedAgain.what_id,
        ApprovedAgain.person_id,
        ApprovedAgain.at,
        ApprovedAgain.version,
        number=ApprovedAgain.pence,
        detail=ApprovedAgain.detail_id,
    ).where(ApprovedAgain.what == what, ApprovedAgain.what_id.in_(ids))


def agains(rows: Sequence[Row], version: int, since: datetime | None = None) -> tuple[Again, ...]:
    """What was approved once more, of this version, and since money for it left."""
    return tuple(
        Again(person, pence, detail)
        for kind, _key, person, at, of, pence, detail in rows
        if kind == AGAIN and of == version and (since is None or at > since)
    )


def everybody(rows: Sequence[Row]) -> frozenset[int]:
    """All who had a part in approving it, in whatever version."""
    return frozenset(person for _kind, _key, person, *_rest in rows if person is not None)


def many_involved(session: Session, ids: Collection[int]) -> dict[int, Involved]:
    """Who has a part in each of these claims, for paying them: everybody who ever approved them, or proposed
    or approved that something in them is put right, too. Three queries.
    """
    rows: dict[int, list[Row]] = {}
    for row in session.execute(_done(ids)):
        rows.setdefault(row[1], []).append(row)
    claims = session.execute(
        sa.select(
            Claim.id,
            Claim.person_id,
            Claim.submitted_by_id,
            Claim.begun_at,
            Claim.version,
            Claim.round,
        ).where(Claim.id.in_(ids))
    ).all()
    parts = parts_of(session, {one.id: (one.person_id, one.begun_at) for one in claims})
    return {one.id: _involved(parts[one.id], one, rows.get(one.id, ())) for one in claims}


def _involved(part: Involved, claim: Any, rows: Sequence[Row]) -> Involved:
    left = next((at for kind, _key, _who, at, *_ in rows if kind == _LEFT), None)
    before = (
        who for kind, _key, who, _at, _of, of, _ in rows if kind == _SAID and of < claim.round
    )
    return replace(
        part,
        submitters=frozenset({claim.submitted_by_id} if claim.submitted_by_id else ()),
        approved=everybody(rows),
        decided_before=frozenset(who for who in before if who is not None),
        said=_since(_said(claim, rows), left),
        again=agains(rows, claim.version, left),
    )


def _said(claim: Any, rows: Sequence[Row]) -> list[Yes]:
    """The approvals of the version that holds, and of what was put right since. Where an appeal was taken
    back, the version before it holds.
    """
    said = [row for row in rows if row[0] == _SAID]
    held = [row for row in said if row[4] == claim.version]
    if not held:
        earlier = [row for row in said if row[5] < claim.round]
        held = [row for row in earlier if row[4] == max(one[4] for one in earlier)]
    right = [row for row in rows if row[0] == _RIGHT]
    return [Yes(row[2], row[3]) for row in (*held, *right)]


def _since(said: Sequence[Yes], left: datetime | None) -> tuple[Yes, ...]:
    """Those that are newer than the last payment that left; all, where what is owed came about otherwise."""
    newer = tuple(one for one in said if left is None or one.at > left)
    return newer or tuple(said)


def _done(ids: Collection[int]) -> sa.CompoundSelect[Any]:
    """All that was done to these claims so that they are paid, in one question."""
    of_line = sa.and_(Line.id == Adjustment.line_id, Line.claim_id.in_(ids))
    first_of_two = sa.and_(
        Adjustment.kind == AdjustmentKind.TOP_UP, Adjustment.approved_at.is_not(None)
    )
    left = (
        _leg(
            sa.literal(_LEFT),
            Payment.what_id,
            sa.cast(sa.null(), sa.Integer),
            sa.func.max(Payment.sent_at),
            _NONE,
        )
        .where(
            Payment.what == What.CLAIM,
            Payment.what_id.in_(ids),
            Payment.outcome.in_((Outcome.SENT, Outcome.SETTLED)),
        )
        .group_by(Payment.what_id)
    )
    return sa.union_all(
        _leg(
            sa.literal(_SAID),
            Approval.claim_id,
            Approval.person_id,
            Approval.at,
            Approval.version,
            number=Approval.round,
        ).where(Approval.claim_id.in_(ids)),
        _leg(
            sa.literal(_RIGHT),
            Line.claim_id,
            Adjustment.approved_by_id,
            Adjustment.approved_at,
            _NONE,
        )
        .join(Line, of_line)
        .where(Adjustment.approved_at.is_not(None)),
        # Nobody proposes a top-up: of a larger one it is who approved it first.
        _leg(
            sa.case((first_of_two, _RIGHT), else_=_PROPOSED),
            Line.claim_id,
            Adjustment.by_id,
            sa.func.coalesce(Adjustment.approved_at, Adjustment.proposed_at),
            _NONE,
        )
        .join(Line, of_line)
        .where(Adjustment.by_id.is_not(None)),
        again_leg(What.CLAIM, ids),
        left,
    )
