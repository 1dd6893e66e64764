"""Somebody's claims: given back, let go, and joined where two records were one person's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.claims.models import (
    Adjustment,
    AdvanceClaim,
    Approval,
    Claim,
    Line,
    Prefill,
    Proof,
    Question,
    State,
    SupportedClaim,
)
from plugins.claims.services import receipts
from portal.files.api import let_go
from portal.plugin_api import EraseMode, Erasure, Veto, moved, now

Rows = Sequence[Mapping[str, Any]]
OPEN = (State.SUBMITTED, State.QUERIED)


def export_claims(session: Session, person_id: int) -> Rows:
    """Their claims with each line, and what was asked and answered. Receipts are among their files."""
    claims = session.scalars(
        sa.select(Claim).where(Claim.person_id == person_id).order_by(Claim.id)
    ).all()
    ids = [one.id for one in claims]
    lines = session.scalars(sa.select(Line).where(Line.claim_id.in_(ids)).order_by(Line.id)).all()
    asked = session.scalars(
        sa.select(Question).where(Question.claim_id.in_(ids)).order_by(Question.id)
    ).all()
    put_right = session.scalars(
        sa.select(Adjustment)
        .join(Line, Line.id == Adjustment.line_id)
        .where(Line.claim_id.in_(ids), Adjustment.approved_at.is_not(None))
        .order_by(Adjustment.id)
    ).all()
    return [
        {
            "claim": one.ref,
            "what": one.what,
            "state": one.state.value,
            "begun_at": one.begun_at,
            "sent_at": one.sent_at,
            "closed_at": one.closed_at,
            "appeal": one.appeal,
            "lines": [
                {
                    "category": line.category.value,
                    "day": line.day,
                    "tenths_of_a_mile": line.tenths,
                    "pence": line.pence,
                    "proof": line.proof.value if line.proof else None,
                    "decision": line.decision.value if line.decision else None,
                    "allowed_pence": line.allowed,
                    "reason": line.reason,
                    "put_right": [
                        {"pence": each.pence, "reason": each.reason, "at": each.approved_at}
                        for each in put_right
                        if each.line_id == line.id
                    ],
                }
                for line in lines
                if line.claim_id == one.id
            ],
            "questions": [
                {"asked": each.words, "at": each.asked_at, "answer": each.answer}
                for each in asked
                if each.claim_id == one.id
            ],
        }
        for one in claims
    ]


def erase_claims(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - the books stand
    """Drafts go, what was not decided is withdrawn, and of the rest only the sums stay, without a name."""
    theirs = Claim.person_id == person_id
    drafts = session.scalars(sa.select(Claim.id).where(theirs, Claim.state == State.DRAFT)).all()
    forget_drafts(session, drafts)
    named = session.scalars(sa.select(Claim.id).where(theirs)).all()
    undecided = sa.select(Line.id).join(Claim, Claim.id == Line.claim_id)
    undecided = undecided.where(Claim.id.in_(named), Claim.state.in_(OPEN))
    receipts.give_back(session, session.scalars(undecided).all())
    at = now()
    session.execute(
        sa.update(Claim)
        .where(Claim.id.in_(named), Claim.state.in_(OPEN))
        .values(state=State.WITHDRAWN, closed_at=at)
    )
    forget_names(session, named)
    session.execute(
        sa.update(Claim).where(Claim.submitted_by_id == person_id).values(submitted_by_id=None)
    )
    return Erasure("claims_claim", erased=len(drafts) + len(named))


def merge_claims(session: Session, kept_id: int, gone_id: int) -> None:
    """Gives them to the kept record.

    Raises:
        Veto: one record decided about what the other one claims, or put something right in it.
    """
    for payee, decider in ((kept_id, gone_id), (gone_id, kept_id)):
        decided = (
            sa.select(Approval.id)
            .join(Claim, Claim.id == Approval.claim_id)
            .where(Claim.person_id == payee, Approval.person_id == decider)
        )
        put_right = (
            sa.select(Adjustment.id)
            .join(Line, Line.id == Adjustment.line_id)
            .join(Claim, Claim.id == Line.claim_id)
            .where(
                Claim.person_id == payee,
                Adjustment.approved_at.is_not(None),
                sa.or_(Adjustment.by_id == decider, Adjustment.approved_by_id == decider),
            )
        )
        found = (session.scalar(one.limit(1)) for one in (decided, put_right))
        if any(one is not None for one in found):
            raise Veto(
                _l(
                    "One record decided about money that the other one claims. Have it decided anew."
                )
            )
    moved(Claim.person_id, Claim.submitted_by_id)(session, kept_id, gone_id)


def drafts_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's
    """Drafts that nobody has touched since."""
    return sa.select(Claim.id).where(Claim.state == State.DRAFT, Claim.changed_at < before)


def forget_drafts(session: Session, ids: Sequence[int]) -> None:
    """Delete them with their lines and receipts."""
    _forget_receipts(session, ids)
    session.execute(sa.delete(Line).where(Line.claim_id.in_(ids)))
    for model in (SupportedClaim, AdvanceClaim):
        session.execute(sa.delete(model).where(model.claim_id.in_(ids)))
    session.execute(sa.update(Prefill).where(Prefill.claim_id.in_(ids)).values(claim_id=None))
    session.execute(sa.delete(Claim).where(Claim.id.in_(ids)))


def closed_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's
    """Claims that were decided or withdrawn before, and still lead to somebody."""
    return sa.select(Claim.id).where(Claim.closed_at < before, Claim.person_id.is_not(None))


def forget_names(session: Session, ids: Sequence[int]) -> None:
    """Of these claims only days, kinds and sums stay: no name, no words, no receipts."""
    _forget_receipts(session, ids)
    session.execute(sa.update(Line).where(Line.claim_id.in_(ids)).values(reason=""))
    theirs = sa.select(Line.id).where(Line.claim_id.in_(ids))
    session.execute(sa.update(Adjustment).where(Adjustment.line_id.in_(theirs)).values(reason=""))
    session.execute(
        sa.update(Question).where(Question.claim_id.in_(ids)).values(words="", answer="")
    )
    session.execute(
        sa.update(Claim)
        .where(Claim.id.in_(ids))
        .values(person_id=None, submitted_by_id=None, what="", appeal="")
    )


def _forget_receipts(session: Session, ids: Sequence[int]) -> None:
    """Pictures go. What is counted of a receipt stays while somebody else claims of it."""
    rows = session.execute(
        sa.select(Line.file_id, Line.digest).where(
            Line.claim_id.in_(ids), sa.or_(Line.file_id.is_not(None), Line.digest != "")
        )
    ).all()
    session.execute(
        sa.update(Line)
        .where(Line.claim_id.in_(ids), Line.proof == Proof.FILE)
        .values(file_id=None, digest="")
    )
    receipts.forget(session, [digest for _file_id, digest in rows])
    for file_id, _digest in rows:
        if file_id is not None:
            let_go(session, file_id)
