"""Money ahead of an event, as pages show it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import AdvanceClaim, AdvanceMove, AdvanceRow, AdvanceState, Claim, Move
from plugins.claims.queries.pages import one_page
from plugins.claims.queries.support import asked_by
from portal.plugin_api import one_of


@dataclass(frozen=True, slots=True)
class Ahead:
    """The money ahead that a claim is counted against: its address, its words, pence that are open, and pence
    of the claim that it covers.
    """

    ref: str
    what: str
    left_open: int
    covered: int


# The question of `covered`, of the claims given as `ids`: also asked together with others.
COVERED = (
    sa.select(AdvanceMove.claim_id, sa.func.sum(AdvanceMove.pence).label("pence"))
    .where(one_of(AdvanceMove.claim_id, "ids"), AdvanceMove.kind == Move.CLAIMED)
    .group_by(AdvanceMove.claim_id)
)


def own(session: Session, ref: str, person_id: int | None) -> AdvanceRow | None:
    """The one of an address, for whom it is."""
    return session.scalars(
        sa.select(AdvanceRow).where(AdvanceRow.ref == ref, AdvanceRow.person_id == person_id)
    ).one_or_none()


def seen(session: Session, ref: str, person_id: int | None) -> AdvanceRow | None:
    """The one of an address, for whom it is, or for whoever asked for it for them."""
    theirs = sa.or_(AdvanceRow.person_id == person_id, AdvanceRow.id.in_(asked_by(person_id)))
    return session.scalars(sa.select(AdvanceRow).where(AdvanceRow.ref == ref, theirs)).one_or_none()


def of_ref(session: Session, ref: str) -> AdvanceRow | None:
    """The one of an address."""
    return session.scalars(sa.select(AdvanceRow).where(AdvanceRow.ref == ref)).one_or_none()


def asked(session: Session, after: str = "") -> tuple[list[AdvanceRow], str]:
    """A page of what waits for a decision, the earliest event first, and after which place there is more."""
    return _page(session, after, AdvanceRow.state == AdvanceState.ASKED)


def not_accounted_for(session: Session, after: str = "") -> tuple[list[AdvanceRow], str]:
    """The same of what was approved, and is still to be paid or accounted for."""
    return _page(
        session,
        after,
        AdvanceRow.state == AdvanceState.APPROVED,
        sa.or_(AdvanceRow.paid == 0, AdvanceRow.left_open > 0),
    )


def _page(
    session: Session, after: str, *which: sa.ColumnElement[bool]
) -> tuple[list[AdvanceRow], str]:
    key = (AdvanceRow.event_on, AdvanceRow.id)
    rows, more = one_page(session, sa.select(AdvanceRow).where(*which), key, after)
    return [one for one, *_key in rows], more


def claims_against(session: Session, advance_id: int) -> Sequence[Claim]:
    """The claims that say what was spent of it."""
    return session.scalars(
        sa.select(Claim)
        .join(AdvanceClaim, AdvanceClaim.claim_id == Claim.id)
        .where(AdvanceClaim.advance_id == advance_id)
        .order_by(Claim.id)
    ).all()


def covered(session: Session, claim_ids: Collection[int]) -> dict[int, int]:
    """Pence of these claims that were paid ahead already, by claim, where there are any. One query.

    Whoever pays a claim pays so much less for it.
    """
    rows = session.execute(COVERED, {"ids": claim_ids})
    return {claim_id: int(pence) for claim_id, pence in rows if claim_id is not None and pence}


def ahead_of(session: Session, claim_id: int) -> Ahead | None:
    """The money ahead that a claim is counted against. At most two queries."""
    one = session.scalars(
        sa.select(AdvanceRow)
        .join(AdvanceClaim, AdvanceClaim.advance_id == AdvanceRow.id)
        .where(AdvanceClaim.claim_id == claim_id)
    ).one_or_none()
    if one is None:
        return None
    return Ahead(one.ref, one.what, one.left_open, covered(session, [claim_id]).get(claim_id, 0))
