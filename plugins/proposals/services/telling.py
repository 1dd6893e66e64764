"""Telling people, quietly: only what needs them, and one letter a week for those who wish it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals.models import Proposal, Review
from plugins.proposals.services.store import Loaded
from portal.messages.api import tell


def tell_part(session: Session, person_id: int, row: Proposal, purpose: str, *, key: str) -> None:
    """Tell one person something about a proposal, once for each key."""
    full = f"proposals:{row.id}:{key}:{person_id}"
    tell(session, person_id, purpose, {"proposal": row.id}, key=full)


def tell_parts(
    session: Session, loaded: Loaded, purpose: str, *, key: str, but: int | None = None
) -> None:
    """Tell everybody who takes part, but one."""
    for one in loaded.state.active:
        if one.person_id is not None and one.person_id != but:
            tell_part(session, one.person_id, loaded.row, purpose, key=key)


def tell_reviewers(session: Session, row: Proposal, purpose: str, *, key: str) -> None:
    """Tell everybody whose review counts, or waits for their word."""
    people = session.scalars(
        sa.select(Review.person_id).where(
            Review.proposal_id == row.id,
            Review.person_id.is_not(None),
            Review.voided_at.is_(None),
        )
    )
    for person_id in sorted({one for one in people if one is not None}):
        tell_part(session, person_id, row, purpose, key=key)
