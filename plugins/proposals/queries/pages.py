"""One proposal as its page shows it: text, people, comments, story; more of it for those who make it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals.models import (
    Agreement,
    Comment,
    Contributor,
    Credit,
    Draft,
    Invitation,
    Outcome,
    Proposal,
    Relation,
    Section,
    Step,
)
from plugins.proposals.queries.scope import credited, names, said_by, visible
from plugins.proposals.queries.shown import (
    Asked,
    Decided,
    Happened,
    Other,
    Part,
    Remark,
    Shown,
    Text,
)
from plugins.proposals.texts import SECTIONS
from portal.accounts.api import PersonRef
from portal.plugin_api import Actor


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
    said = sa.select(Comment).where(Comment.proposal_id == row.id)
    if not inside:
        said = said.where(Comment.among.is_(False))
    comments = session.scalars(said.order_by(Comment.id)).all()
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
        texts=_texts(session, row.id, mine, _remarks(comments, people, actor)),
        parts=[_part(one, people, actor, yes) for one in parts],
        asked=[_asks(one, people) for one in asked if inside and one.person_id != actor.person_id],
        asking=any(one.person_id == actor.person_id for one in asked),
        story=_story(session, row.id),
        decisions=_decisions(session, row.id),
        others=_others(session, row.id, actor, mine, yes),
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
    comments: Sequence[Comment], people: Mapping[int, PersonRef], actor: Actor
) -> dict[str, list[Remark]]:
    """By section."""
    found: dict[str, list[Remark]] = {}
    for one in comments:
        who = said_by(one, people)
        remark = Remark(
            id=one.id,
            kind=one.kind,
            who=who,
            words=one.words,
            at=one.at,
            version=one.version,
            answer=one.answer,
            thanks=one.thanks,
            among=one.among,
            my_name=one.person_id is not None
            and one.person_id == actor.person_id
            and one.credit is not Credit.NONE,
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
    session: Session,
    proposal_id: int,
    actor: Actor,
    mine: Contributor | None,
    yes: Mapping[int, set[str]],
) -> list[Other]:
    there = sa.case(
        (Relation.source_id == proposal_id, Relation.target_id), else_=Relation.source_id
    )
    rows = session.execute(
        sa.select(Relation, Proposal.ref, Proposal.title, sa.not_(_somebody_is_silent()))
        .join(Proposal, Proposal.id == there)
        .where(sa.or_(Relation.source_id == proposal_id, Relation.target_id == proposal_id))
        .where(visible(actor))
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
            all=everybody,
        )
        for one, ref, title, everybody in rows
    ]


def _somebody_is_silent() -> sa.ColumnElement[bool]:
    """The condition on `Relation` that one of those who make either has not said yes to joining them."""
    yes = sa.select(Agreement.id).where(
        Agreement.contributor_id == Contributor.id,
        Agreement.about == sa.literal("merge:") + sa.cast(Relation.id, sa.String),
    )
    return (
        sa.select(Contributor.id)
        .where(
            Contributor.proposal_id.in_([Relation.source_id, Relation.target_id]),
            Contributor.left_at.is_(None),
            ~yes.correlate(Contributor, Relation).exists(),
        )
        .correlate(Relation)
        .exists()
    )
