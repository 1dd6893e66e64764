"""Who supports whom with claims, and which claims they wrote."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    AdvanceRow,
    Claim,
    SupportConsent,
    SupportedAdvance,
    SupportedClaim,
)
from plugins.claims.queries.pages import one_page
from portal.plugin_api import now

HOLDS = (SupportConsent.since.is_not(None), SupportConsent.until.is_(None))


@dataclass(frozen=True, slots=True)
class Support:
    """Somebody supports somebody else, or did. `ahead`: also by asking for money ahead."""

    id: int
    person_id: int
    supporter_id: int
    paid: bool
    ahead: bool
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Code:
    """A code that can be given to somebody, until then."""

    code: str
    until: datetime


def written_by(person_id: int | None) -> sa.Select[int]:
    """The ids of the claims that somebody wrote for others who let them do so at this moment."""
    return (
        sa.select(SupportedClaim.claim_id)
        .join(SupportConsent, SupportConsent.id == SupportedClaim.consent_id)
        .where(SupportConsent.supporter_id == person_id, *HOLDS)
    )


def claims_written(
    session: Session, person_id: int, after: str = ""
) -> tuple[Sequence[Claim], str]:
    """A page of these claims, the newest first, and after which place there are more. One query."""
    wanted = sa.select(Claim).where(Claim.id.in_(written_by(person_id)))
    rows, more = one_page(session, wanted, (Claim.begun_at, Claim.id), after, newest_first=True)
    return [one for one, *_key in rows], more


def asked_by(person_id: int | None) -> sa.Select[int]:
    """The ids of the money ahead that somebody asked for for others who let them do so at this moment."""
    return (
        sa.select(SupportedAdvance.advance_id)
        .join(SupportConsent, SupportConsent.id == SupportedAdvance.consent_id)
        .where(SupportConsent.supporter_id == person_id, *HOLDS)
    )


def ahead_asked(
    session: Session, person_id: int, after: str = ""
) -> tuple[Sequence[AdvanceRow], str]:
    """A page of this money ahead, the newest first, and after which place there is more. One query."""
    wanted = sa.select(AdvanceRow).where(AdvanceRow.id.in_(asked_by(person_id)))
    key = (AdvanceRow.asked_at, AdvanceRow.id)
    rows, more = one_page(session, wanted, key, after, newest_first=True)
    return [one for one, *_key in rows], more


def asker_of(session: Session, advance_id: int) -> int | None:
    """The supporter who asked for money ahead, if one did."""
    return session.scalar(
        sa.select(SupportConsent.supporter_id)
        .join(SupportedAdvance, SupportedAdvance.consent_id == SupportConsent.id)
        .where(SupportedAdvance.advance_id == advance_id)
    )


def writer_of(session: Session, claim_id: int) -> int | None:
    """The supporter who began a claim, if one did."""
    return session.scalar(
        sa.select(SupportConsent.supporter_id)
        .join(SupportedClaim, SupportedClaim.consent_id == SupportConsent.id)
        .where(SupportedClaim.claim_id == claim_id)
    )


def supporters_of(session: Session, person_id: int) -> list[Support]:
    """Who may write claims for somebody now."""
    return _supports(session, SupportConsent.person_id == person_id, *HOLDS)


def supported_by(session: Session, person_id: int) -> list[Support]:
    """For whom somebody may write claims now."""
    return _supports(session, SupportConsent.supporter_id == person_id, *HOLDS)


def ever_supported(session: Session, person_ids: Collection[int]) -> list[Support]:
    """Who supports these people, or did. One query, none for nobody."""
    if not person_ids:
        return []
    return _supports(
        session, SupportConsent.person_id.in_(person_ids), SupportConsent.since.is_not(None)
    )


def open_code(session: Session, person_id: int) -> Code | None:
    """The code that somebody can give away now."""
    found = session.scalars(
        sa.select(SupportConsent)
        .where(
            SupportConsent.person_id == person_id,
            SupportConsent.code != "",
            SupportConsent.code_until > now(),
        )
        .order_by(SupportConsent.id.desc())
        .limit(1)
    ).one_or_none()
    return Code(found.code, found.code_until) if found else None


def _supports(session: Session, *conditions: sa.ColumnElement[bool]) -> list[Support]:
    rows = session.scalars(sa.select(SupportConsent).where(*conditions).order_by(SupportConsent.id))
    return [
        Support(one.id, one.person_id, one.supporter_id, one.paid, one.ahead, one.since, one.until)
        for one in rows
        if one.person_id is not None and one.supporter_id is not None and one.since is not None
    ]
