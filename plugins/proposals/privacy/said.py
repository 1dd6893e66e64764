"""What somebody said about ideas: comments, reviews, decisions, and which steps they took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals.models import (
    Comment,
    Declaration,
    Invitation,
    Outcome,
    Proposal,
    Review,
    Step,
)

Rows = Sequence[Mapping[str, Any]]


def export_comments(session: Session, person_id: int) -> Rows:
    """What they said about ideas."""
    rows = session.scalars(
        sa.select(Comment).where(Comment.person_id == person_id).order_by(Comment.id)
    )
    return [
        {
            "about": one.key,
            "kind": one.kind.value,
            "words": one.words,
            "credit": one.credit.value,
            "other_name": one.pseudonym,
            "among_those_who_make_it": one.among,
            "at": one.at,
        }
        for one in rows
    ]


def export_asked(session: Session, person_id: int) -> Rows:
    """Where they asked to join."""
    rows = session.execute(
        sa.select(Invitation.at, Invitation.answer, Proposal.title)
        .join(Proposal, Proposal.id == Invitation.proposal_id)
        .where(Invitation.person_id == person_id)
        .order_by(Invitation.id)
    )
    return [
        {"idea": title, "asked_at": at, "answer": answer.value if answer else None}
        for at, answer, title in rows
    ]


def export_declared(session: Session, person_id: int) -> Rows:
    """What interests they declared before they reviewed something."""
    rows = session.execute(
        sa.select(Declaration, Proposal.title)
        .join(Proposal, Proposal.id == Declaration.proposal_id)
        .where(Declaration.person_id == person_id)
        .order_by(Declaration.id)
    )
    return [
        {
            "idea": title,
            "perspective": one.perspective.value,
            "interests": one.interests,
            "employer": one.employer,
            "at": one.at,
        }
        for one, title in rows
    ]


def export_reviews(session: Session, person_id: int) -> Rows:
    """What they said as a reviewer."""
    rows = session.execute(
        sa.select(Review, Proposal.title)
        .join(Proposal, Proposal.id == Review.proposal_id)
        .where(Review.person_id == person_id)
        .order_by(Review.id)
    )
    return [
        {
            "idea": title,
            "perspective": one.perspective.value,
            "answers": {name: list(said) for name, said in one.answers.items()},
            "version": one.version,
            "at": one.at,
        }
        for one, title in rows
    ]


def export_steps(session: Session, person_id: int) -> Rows:
    """Which steps they took for an idea."""
    rows = session.execute(
        sa.select(Step.stage, Step.at, Proposal.title)
        .join(Proposal, Proposal.id == Step.proposal_id)
        .where(Step.by_id == person_id)
        .order_by(Step.id)
    )
    return [{"idea": title, "stage": stage.value, "at": at} for stage, at, title in rows]


def export_decided(session: Session, person_id: int) -> Rows:
    """What they decided."""
    rows = session.execute(
        sa.select(Outcome.stage, Outcome.at, Proposal.title)
        .join(Proposal, Proposal.id == Outcome.proposal_id)
        .where(Outcome.decided_by_id == person_id)
        .order_by(Outcome.id)
    )
    return [{"idea": title, "decision": stage.value, "at": at} for stage, at, title in rows]
