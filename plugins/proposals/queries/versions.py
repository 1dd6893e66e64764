"""The versions of a proposal's text, and a section that is opened to write in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals.models import Contributor, Draft, Proposal, Section, Version
from plugins.proposals.queries.scope import FOR_EVERYBODY, credited, names
from plugins.proposals.states import Stage


def for_everybody(story: Sequence[tuple[Stage, int]], now: int) -> frozenset[int]:
    """The numbers of the versions that whoever does not make it may read, too.

    These are the ones that stood while everybody could read the text, and the one of now. What was written
    and taken back before comments were invited stays with those who wrote it.

    Args:
        story: each step's stage with the version at that moment, the first first.
        now: the present version.
    """
    ends = [*(version for _stage, version in story[1:]), now]
    shown = {now}
    for (stage, begins), ends_at in zip(story, ends, strict=True):
        if stage in FOR_EVERYBODY:
            shown.update(range(begins, ends_at + 1))
    return frozenset(shown)


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version on the list of all."""

    number: int
    at: datetime
    who: str


def versions(session: Session, proposal_id: int, offered: Collection[int]) -> list[VersionLine]:
    """The versions of these numbers, the newest first. Three queries."""
    parts = {
        one.id: one
        for one in session.scalars(
            sa.select(Contributor).where(Contributor.proposal_id == proposal_id)
        )
    }
    people = names(session, [one.person_id for one in parts.values()])
    rows = session.execute(
        sa.select(Version.number, Version.at, Version.contributor_id)
        .where(Version.proposal_id == proposal_id, Version.number.in_(offered))
        .order_by(Version.number.desc())
    )
    return [
        VersionLine(number, at, credited(parts[key], people) if key in parts else "")
        for number, at, key in rows
    ]


def texts_of(
    session: Session, proposal_id: int, numbers: Collection[int]
) -> dict[int, dict[str, Any]]:
    """The whole text of these versions, by number."""
    rows = session.execute(
        sa.select(Version.number, Version.texts).where(
            Version.proposal_id == proposal_id, Version.number.in_(numbers)
        )
    )
    return {number: dict(texts) for number, texts in rows}


@dataclass(frozen=True, slots=True)
class Writing:
    """A section that somebody opens to write in: what is kept, and what they were typing."""

    words: str
    version: int
    draft: str | None = None
    base: int = 1


def writing(session: Session, proposal_id: int, person_id: int, key: str) -> Writing:
    """What stands there, with the reader's own draft."""
    version = session.scalars(sa.select(Proposal.version).where(Proposal.id == proposal_id)).one()
    words = session.scalar(
        sa.select(Section.words).where(Section.proposal_id == proposal_id, Section.key == key)
    )
    draft = session.execute(
        sa.select(Draft.words, Draft.base)
        .join(Contributor, Contributor.id == Draft.contributor_id)
        .where(
            Contributor.proposal_id == proposal_id,
            Contributor.person_id == person_id,
            Draft.key == key,
        )
    ).first()
    if draft is None:
        return Writing(words or "", version, base=version)
    return Writing(words or "", version, draft.words, draft.base)
