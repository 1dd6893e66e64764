"""What is written: keeping a section, whoever else writes in it; and what somebody is still typing."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals import states
from plugins.proposals.models import Draft, Section, Version
from plugins.proposals.services.own_part import my_part
from plugins.proposals.services.store import GoneError, Loaded, load, save
from plugins.proposals.services.telling import tell_reviewers
from plugins.proposals.states import RefusedError, Stage, Why
from plugins.proposals.texts import NAME, SECTIONS, digest, folded, merge
from portal.plugin_api import Actor, insert_once, now


@dataclass(frozen=True, slots=True)
class Kept:
    """The version that holds what somebody wrote. `clash`: somebody else wrote in the same place."""

    version: int
    clash: bool


def keep(
    session: Session,
    actor: Actor,
    proposal_id: int,
    person_id: int,
    key: str,
    words: str,
    *,
    base: int,
) -> Kept:
    """Keep a section as a new version. What others kept since version `base` is in it, too.

    Raises:
        GoneError: no such proposal, section, or version.
        RefusedError: STAGE, NOT_HERE.
    """
    if key not in SECTIONS:
        raise GoneError
    loaded = load(session, proposal_id)
    part = loaded.part_of(person_id)
    texts = texts_now(session, proposal_id)
    before = texts.get(key, "")
    began = _text_at(session, proposal_id, base).get(key, "")
    merged = merge(began, before, words)
    forget_draft(session, part, key)
    if merged.words == before.strip():
        return Kept(loaded.row.version, merged.clash)
    after = states.revise(loaded.state, part)
    texts[key] = merged.words
    _write_section(session, proposal_id, key, merged.words, after.version)
    keep_version(session, loaded, part, texts, after.version)
    if key == "idea":
        loaded.row.words = folded(loaded.row.title, merged.words)
    save(session, actor, loaded, after, "proposals:text:keep", details={"version": after.version})
    _tell_reviewers(session, loaded)
    return Kept(after.version, merged.clash)


def _tell_reviewers(session: Session, loaded: Loaded) -> None:
    """What they saw was another version."""
    if loaded.row.stage in {Stage.REVIEW, Stage.CONVERSATION}:
        key = f"v{loaded.row.version}"
        tell_reviewers(session, loaded.row, "proposals:changed", key=key)


def keep_version(
    session: Session, loaded: Loaded, part: int | None, texts: dict[str, str], number: int
) -> None:
    """The whole text as it is from now on, with its name, under its number."""
    texts = {NAME: loaded.row.title, **texts}
    session.add(
        Version(
            proposal_id=loaded.row.id,
            number=number,
            digest=digest(texts),
            texts=texts,
            at=now(),
            contributor_id=part,
        )
    )


def _write_section(session: Session, proposal_id: int, key: str, words: str, version: int) -> None:
    row = session.get(Section, (proposal_id, key), populate_existing=True)
    if row is None:
        row = Section(proposal_id=proposal_id, key=key, words=words, version=version)
        session.add(row)
    row.words, row.version = words, version


def texts_now(session: Session, proposal_id: int) -> dict[str, str]:
    """The words of each section that has any."""
    rows = session.execute(
        sa.select(Section.key, Section.words).where(Section.proposal_id == proposal_id)
    )
    return dict(rows.all())


def _text_at(session: Session, proposal_id: int, number: int) -> dict[str, str]:
    found = session.scalar(
        sa.select(Version.texts).where(Version.proposal_id == proposal_id, Version.number == number)
    )
    if found is None:
        raise GoneError
    return dict(found)


def keep_draft(
    session: Session, proposal_id: int, person_id: int | None, key: str, words: str, *, base: int
) -> None:
    """What somebody is typing, for their own eyes, until they keep it.

    Raises:
        GoneError: no such section.
        RefusedError: NOT_HERE.
    """
    if key not in SECTIONS:
        raise GoneError
    mine = my_part(session, proposal_id, person_id)
    if mine.left_at is not None:
        raise RefusedError(Why.NOT_HERE)
    at = now()
    new = insert_once(
        session, Draft, contributor_id=mine.id, key=key, words=words, base=base, at=at
    )
    if not new:
        session.execute(
            sa.update(Draft)
            .where(Draft.contributor_id == mine.id, Draft.key == key)
            .values(words=words, base=base, at=at)
        )


def forget_draft(session: Session, part: int, key: str) -> None:
    """It is kept now, or not wanted."""
    session.execute(sa.delete(Draft).where(Draft.contributor_id == part, Draft.key == key))


def rename(session: Session, actor: Actor, proposal_id: int, title: str) -> None:
    """Give it another name, which makes a new version: a review is of the name, too.

    Raises:
        GoneError, RefusedError: NOT_HERE, STAGE.
    """
    loaded = load(session, proposal_id)
    part = loaded.part_of(actor.person_id)
    after = states.revise(loaded.state, part)
    if title == loaded.row.title:
        return
    loaded.row.title = title
    texts = texts_now(session, proposal_id)
    loaded.row.words = folded(title, texts.get("idea", ""))
    keep_version(session, loaded, part, texts, after.version)
    details = {"version": after.version}
    save(session, actor, loaded, after, "proposals:proposal:rename", details=details)
    _tell_reviewers(session, loaded)
