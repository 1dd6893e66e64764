"""What somebody takes part in, wrote, is writing, and asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugins.proposals import states
from plugins.proposals.models import (
    Agreement,
    Contributor,
    Credit,
    Draft,
    Proposal,
    Review,
    Rung,
    SupportPlan,
    Version,
)
from plugins.proposals.services.store import GoneError, load, save
from plugins.proposals.services.taking_part import leave
from plugins.proposals.states import RefusedError
from portal.plugin_api import SYSTEM, Actor, Consent, EraseMode, Erasure, now

Rows = Sequence[Mapping[str, Any]]


def _parts(session: Session, person_id: int) -> Sequence[Contributor]:
    mine = sa.select(Contributor).where(Contributor.person_id == person_id)
    return session.scalars(mine.order_by(Contributor.id)).all()


def export_parts(session: Session, person_id: int) -> Rows:
    """What they take part in, as what, and what they wrote of it."""
    titles = {
        key: (title, ref)
        for key, title, ref in session.execute(
            sa.select(Proposal.id, Proposal.title, Proposal.ref)
            .join(Contributor, Contributor.proposal_id == Proposal.id)
            .where(Contributor.person_id == person_id)
        )
    }
    rungs = dict(
        session.execute(
            sa.select(Rung.contributor_id, Rung.rung)
            .join(Contributor, Contributor.id == Rung.contributor_id)
            .where(Contributor.person_id == person_id)
        ).all()
    )
    yes: dict[int, list[str]] = {}
    said = sa.select(Agreement.contributor_id, Agreement.about).order_by(Agreement.id)
    mine = Contributor.person_id == person_id
    for part, about in session.execute(said.join(Contributor).where(mine)):
        yes.setdefault(part, []).append(about)
    return [
        {
            "idea": titles[one.proposal_id][0],
            "address": titles[one.proposal_id][1],
            "perspective": one.perspective.value,
            "credit": one.credit.value,
            "other_name": one.pseudonym,
            "agreed_at": one.agreed_at,
            "agreed_how": one.agreed_how,
            "left_at": one.left_at,
            "weekly_news": one.digest,
            "rung": rungs.get(one.id),
            "said_yes_to": ", ".join(yes.get(one.id, ())),
        }
        for one in _parts(session, person_id)
    ]


def erase_parts(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - counts stand
    """Takes their name off what they made, and off their reviews; the work and every count stay."""
    parts = _parts(session, person_id)
    reviewed = sa.select(Review.proposal_id).where(Review.person_id == person_id)
    ids = sorted({one.proposal_id for one in parts} | set(session.scalars(reviewed)))
    # The portal's own times: this is asked too while the plugin is off, and nobody can read its settings.
    rules, at = states.Rules(), now()
    keys = [one.id for one in parts]
    for one in parts:
        one.credit, one.pseudonym, one.digest = Credit.NONE, "", False
    session.execute(sa.delete(Rung).where(Rung.contributor_id.in_(keys)))
    session.flush()
    for proposal_id in ids:
        loaded = load(session, proposal_id)
        after = states.erase(loaded.state, person_id, at=at, rules=rules)
        save(session, SYSTEM, loaded, after, "proposals:proposal:erase_name")
    return Erasure("proposals_contributor", erased=len(parts))


def export_written(session: Session, person_id: int) -> Rows:
    """The words of every version that they kept."""
    rows = session.execute(
        sa.select(Version.number, Version.at, Version.texts, Proposal.title)
        .join(Contributor, Contributor.id == Version.contributor_id)
        .join(Proposal, Proposal.id == Version.proposal_id)
        .where(Contributor.person_id == person_id)
        .order_by(Version.id)
    )
    return [
        {"idea": title, "version": number, "kept_at": at, "text": dict(texts)}
        for number, at, texts, title in rows
    ]


def erase_written(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001
    """Nothing here carries their name: it hangs on their part, whose name goes."""
    return Erasure("proposals_version")


def export_drafts(session: Session, person_id: int) -> Rows:
    """What they are still writing, and what support they asked for."""
    drafts = session.execute(
        sa.select(Draft.key, Draft.words, Draft.at)
        .join(Contributor, Contributor.id == Draft.contributor_id)
        .where(Contributor.person_id == person_id)
    )
    plans = session.execute(
        sa.select(SupportPlan.kind, SupportPlan.words, SupportPlan.at)
        .join(Contributor, Contributor.id == SupportPlan.contributor_id)
        .where(Contributor.person_id == person_id)
        .order_by(SupportPlan.id)
    )
    return [
        *({"section": key, "words": words, "at": at} for key, words, at in drafts),
        *({"support": kind.value, "words": words, "at": at} for kind, words, at in plans),
    ]


def erase_drafts(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001
    """Deletes them. Asked before the parts that they hang on lose their name."""
    keys = sa.select(Contributor.id).where(Contributor.person_id == person_id)
    gone = 0
    for table, column in ((Draft, Draft.key), (SupportPlan, SupportPlan.id)):
        mine = sa.delete(table).where(table.contributor_id.in_(keys)).returning(column)
        gone += len(session.execute(mine).all())
    return Erasure("proposals_draft", erased=gone)


def drafts_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's
    """Parts with drafts that nobody has touched since."""
    return sa.select(Draft.contributor_id).where(Draft.at < before).distinct()


def forget_drafts(session: Session, ids: Sequence[int]) -> None:
    """Let them go."""
    session.execute(sa.delete(Draft).where(Draft.contributor_id.in_(ids)))


def listed_consents(session: Session, person_id: int) -> list[Consent]:
    """The ideas that somebody takes part in now, for the page of what they agreed to."""
    rows = session.execute(
        sa.select(Contributor, Proposal.title)
        .join(Proposal, Proposal.id == Contributor.proposal_id)
        .where(Contributor.person_id == person_id, Contributor.left_at.is_(None))
        .order_by(Contributor.id)
    )
    return [
        Consent(
            ref=str(one.proposal_id),
            what=_("Take part in “%(title)s”", title=title),
            since=one.agreed_at,
            version=one.expectations,
        )
        for one, title in rows
    ]


def withdraw_consent(session: Session, actor: Actor, ref: str) -> None:
    """Leave the idea: what was given stays, and nobody asks why."""
    if actor.person_id is not None and ref.isdigit():
        with suppress(RefusedError, GoneError):
            leave(session, actor, int(ref), actor.person_id)
