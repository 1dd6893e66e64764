"""Who let whom write claims: given back, let go, and joined where two records were one person's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError
from plugins.claims.models import SupportConsent, SupportedAdvance, SupportedClaim
from plugins.claims.queries.support import HOLDS, supporters_of
from plugins.claims.services.support import end
from portal.plugin_api import Actor, Consent, EraseMode, Erasure

Rows = Sequence[Mapping[str, Any]]


def export_support(session: Session, person_id: int) -> Rows:
    """When they let somebody write claims for them, or were let; never whom, as that is about two people."""
    rows = session.scalars(
        sa.select(SupportConsent).where(_theirs(person_id)).order_by(SupportConsent.id)
    )
    return [
        {
            "you_were_supported": one.person_id == person_id,
            "begun_at": one.begun_at,
            "since": one.since,
            "until": one.until,
            "paid_work": one.paid,
            "also_money_ahead": one.ahead,
        }
        for one in rows
    ]


def erase_support(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - nothing stands
    """All of it goes, so nobody writes for them any more. Claims stay, as whose they are."""
    ids = session.scalars(sa.select(SupportConsent.id).where(_theirs(person_id))).all()
    forget_support(session, ids)
    return Erasure("claims_support_consent", erased=len(ids))


def merge_support(session: Session, kept_id: int, gone_id: int) -> None:
    """Gives it to the kept record. Where both records had the same supporter, or supported each other, one
    consent is left, or none.
    """
    rows = session.scalars(sa.select(SupportConsent).where(_theirs(gone_id))).all()
    for one in rows:
        person = kept_id if one.person_id == gone_id else one.person_id
        supporter = kept_id if one.supporter_id == gone_id else one.supporter_id
        if person == supporter:
            forget_support(session, [one.id])
            continue
        twin = _twin(session, one, person, supporter)
        if twin is not None:
            for model in (SupportedClaim, SupportedAdvance):
                session.execute(
                    sa.update(model).where(model.consent_id == one.id).values(consent_id=twin)
                )
            forget_support(session, [one.id])
            continue
        one.person_id, one.supporter_id = person, supporter
        session.flush()


def _twin(
    session: Session, one: SupportConsent, person: int | None, supporter: int | None
) -> int | None:
    if one.until is not None or supporter is None:
        return None
    return session.scalar(
        sa.select(SupportConsent.id).where(
            SupportConsent.person_id == person,
            SupportConsent.supporter_id == supporter,
            SupportConsent.id != one.id,
            *HOLDS,
        )
    )


def unused_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's
    """Codes that nobody used."""
    return sa.select(SupportConsent.id).where(
        SupportConsent.since.is_(None), SupportConsent.begun_at < before
    )


def ended_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's
    """What ended before."""
    return sa.select(SupportConsent.id).where(SupportConsent.until < before)


def forget_support(session: Session, ids: Sequence[int]) -> None:
    """Delete them, with what was written and asked for by them."""
    for model in (SupportedClaim, SupportedAdvance):
        session.execute(sa.delete(model).where(model.consent_id.in_(ids)))
    session.execute(sa.delete(SupportConsent).where(SupportConsent.id.in_(ids)))


def _theirs(person_id: int) -> sa.ColumnElement[bool]:
    return sa.or_(SupportConsent.person_id == person_id, SupportConsent.supporter_id == person_id)


def listed_consents(session: Session, person_id: int) -> list[Consent]:
    """Who may write claims for somebody now, for the page of what they agreed to."""
    what = _("Somebody may write claims for me")
    return [Consent(str(one.id), what, one.since) for one in supporters_of(session, person_id)]


def withdraw_consent(session: Session, actor: Actor, ref: str) -> None:
    """They write no more for the actor."""
    if ref.isdigit() and int(ref) in {
        one.id for one in supporters_of(session, actor.person_id or 0)
    }:
        try:
            end(session, actor, int(ref))
        except GoneError:
            return
