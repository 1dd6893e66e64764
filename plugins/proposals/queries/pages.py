"""One proposal as its page shows it: text, people, comments, story; more of it for those who make it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals.models import (
    Agreement,
    Answer,
    Comment,
    CommentKind,
    Contributor,
    Draft,
    Invitation,
    Outcome,
    Proposal,
    Relation,
    RelationState,
    Section,
    Step,
)
from plugins.proposals.queries.scope import credited, names, said_by, visible
from plugins.proposals.queries.versions import for_everybody
from plugins.proposals.states import Perspective, Stage
from plugins.proposals.texts import SECTIONS
from portal.accounts.api import PersonRef
from portal.plugin_api import Actor


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment or suggestion, with its answer."""

    id: int
    kind: CommentKind
    who: str
    words: str
    at: datetime
    version: int
    answer: Answer | None
    thanks: str


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody who makes it: `who` as they chose; what they bring is for the others who make it."""

    id: int
    who: str
    perspective: Perspective
    since: datetime
    left: bool
    me: bool
    wants_end: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who would like to join."""

    id: int
    who: str
    perspective: Perspective | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Text:
    """One section with what is said about it. `draft`: the reader has words there that are not kept yet."""

    key: str
    words: str
    remarks: Sequence[Remark]
    draft: bool


@dataclass(frozen=True, slots=True)
class Happened:
    """One step of the story."""

    stage: Stage
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, with its reasons by criterion."""

    stage: Stage
    at: datetime
    reasons: Mapping[str, str]
    change: str
    contact: str
    appealed: bool
    appeal: str


@dataclass(frozen=True, slots=True)
class Other:
    """Another proposal that this one is linked to. `here` is true where this one is the one that goes."""

    relation_id: int
    ref: str
    title: str
    state: RelationState
    here: bool
    asked_at: datetime
    mine: bool  # the reader has said yes


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal's page."""

    id: int
    ref: str
    title: str
    stage: Stage
    since: datetime
    started_at: datetime
    version: int
    until: date | None
    steward_until: datetime | None
    course_id: int | None
    texts: Sequence[Text]
    parts: Sequence[Part]
    asked: Sequence[Asked]
    asking: bool  # the reader has asked to join
    story: Sequence[Happened]
    decisions: Sequence[Decided]
    others: Sequence[Other]

    @property
    def me(self) -> Part | None:
        """The reader's own part, now or before."""
        return next((one for one in self.parts if one.me), None)

    @property
    def makes_it(self) -> bool:
        """True for whoever takes part now."""
        return self.me is not None and not self.me.left

    @property
    def versions(self) -> frozenset[int]:
        """The numbers of the versions that the reader may read."""
        if self.makes_it:
            return frozenset(range(1, self.version + 1))
        return for_everybody([(one.stage, one.version) for one in self.story], self.version)

    @property
    def here(self) -> Sequence[Part]:
        """Who takes part now."""
        return [one for one in self.parts if not one.left]

    @property
    def waits_for(self) -> Sequence[Remark]:
        """What was said and not answered yet."""
        return [one for text in self.texts for one in text.remarks if one.answer is None]


def shown(session: Session, ref: str, actor: Actor) -> Shown | None:
    """A proposal that the actor may see. At most ten queries, however much is said about it."""
    row = session.scalar(sa.select(Proposal).where(Proposal.ref == ref, visible(actor)))
    if row is None:
        return None
    parts = session.scalars(
        sa.select(Contributor).where(Contributor.proposal_id == row.id).order_by(Contributor.id)
    ).all()
    mine = next(
        (one for one in parts if actor.person_id and one.person_id == actor.person_id), None
    )
    inside = mine is not None and mine.left_at is None
    comments = session.scalars(
        sa.select(Comment).where(Comment.proposal_id == row.id).order_by(Comment.id)
    ).all()
    asked = _asked(session, row.id, actor, inside=inside)
    ids = [one.person_id for rows in (parts, comments, asked) for one in rows]
    people = names(session, ids)
    yes = _yes(session, [one.id for one in parts]) if inside else {}
    return Shown(
        id=row.id,
        ref=row.ref,
        title=row.title,
        stage=row.stage,
        since=row.stage_since,
        started_at=row.started_at,
        version=row.version,
        until=row.until,
        steward_until=row.steward_until,
        course_id=row.course_id,
        texts=_texts(session, row.id, mine, _remarks(comments, people)),
        parts=[_part(one, people, actor, yes) for one in parts],
        asked=[_asks(one, people) for one in asked if inside and one.person_id != actor.person_id],
        asking=any(one.person_id == actor.person_id for one in asked),
        story=_story(session, row.id),
        decisions=_decisions(session, row.id),
        others=_others(session, row.id, mine, yes),
    )


def _asked(
    session: Session, proposal_id: int, actor: Actor, *, inside: bool
) -> Sequence[Invitation]:
    if actor.person_id is None:
        return ()
    found = sa.select(Invitation).where(
        Invitation.proposal_id == proposal_id,
        Invitation.person_id.is_not(None),
        Invitation.digest.is_(None),
        Invitation.answer.is_(None),
    )
    if not inside:
        found = found.where(Invitation.person_id == actor.person_id)
    return session.scalars(found.order_by(Invitation.id)).all()


def _asks(one: Invitation, people: Mapping[int, PersonRef]) -> Asked:
    person = people.get(one.person_id or 0)
    return Asked(one.id, person.name if person else "", one.perspective, one.at)


def _yes(session: Session, parts: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    rows = sa.select(Agreement.contributor_id, Agreement.about)
    for key, about in session.execute(rows.where(Agreement.contributor_id.in_(parts))):
        found.setdefault(key, set()).add(about)
    return found


def _part(
    one: Contributor, people: Mapping[int, PersonRef], actor: Actor, yes: Mapping[int, set[str]]
) -> Part:
    return Part(
        id=one.id,
        who=credited(one, people),
        perspective=one.perspective,
        since=one.joined_at,
        left=one.left_at is not None or one.person_id is None,
        me=one.person_id is not None and one.person_id == actor.person_id,
        wants_end="end" in yes.get(one.id, ()),
    )


def _remarks(
    comments: Sequence[Comment], people: Mapping[int, PersonRef]
) -> dict[str, list[Remark]]:
    """By section."""
    found: dict[str, list[Remark]] = {}
    for one in comments:
        who = said_by(one, people)
        remark = Remark(
            one.id, one.kind, who, one.words, one.at, one.version, one.answer, one.thanks
        )
        found.setdefault(one.key, []).append(remark)
    return found


def _texts(
    session: Session,
    proposal_id: int,
    mine: Contributor | None,
    remarks: Mapping[str, Sequence[Remark]],
) -> list[Text]:
    part = mine.id if mine else 0
    rows = {
        key: (words, draft)
        for key, words, draft in session.execute(
            sa.select(Section.key, Section.words, Draft.key)
            .outerjoin(Draft, sa.and_(Draft.key == Section.key, Draft.contributor_id == part))
            .where(Section.proposal_id == proposal_id)
        )
    }
    return [
        Text(
            key,
            rows[key][0] if key in rows else "",
            remarks.get(key, ()),
            key in rows and bool(rows[key][1]),
        )
        for key in SECTIONS
    ]


def _story(session: Session, proposal_id: int) -> list[Happened]:
    rows = session.execute(
        sa.select(Step.stage, Step.at, Step.version)
        .where(Step.proposal_id == proposal_id)
        .order_by(Step.id)
    )
    return [Happened(*row) for row in rows]


def _decisions(session: Session, proposal_id: int) -> list[Decided]:
    rows = session.scalars(
        sa.select(Outcome).where(Outcome.proposal_id == proposal_id).order_by(Outcome.id)
    )
    return [
        Decided(
            one.stage,
            one.at,
            {name: str(words) for name, words in one.reasons.items()},
            one.change,
            one.contact,
            one.appealed_at is not None,
            one.appeal,
        )
        for one in rows
    ]


def _others(
    session: Session, proposal_id: int, mine: Contributor | None, yes: Mapping[int, set[str]]
) -> list[Other]:
    there = sa.case(
        (Relation.source_id == proposal_id, Relation.target_id), else_=Relation.source_id
    )
    rows = session.execute(
        sa.select(Relation, Proposal.ref, Proposal.title)
        .join(Proposal, Proposal.id == there)
        .where(sa.or_(Relation.source_id == proposal_id, Relation.target_id == proposal_id))
        .order_by(Relation.id)
    )
    said = yes.get(mine.id, set()) if mine else set()
    return [
        Other(
            relation_id=one.id,
            ref=ref,
            title=title,
            state=one.state,
            here=one.source_id == proposal_id,
            asked_at=one.asked_at,
            mine=f"merge:{one.id}" in said,
        )
        for one, ref, title in rows
    ]
