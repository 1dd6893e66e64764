"""Who sees which proposals, and how people are named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session, aliased

from plugins.proposals.models import Comment, Contributor, Credit, Proposal, Step
from plugins.proposals.states import ADOPTED, Stage
from portal.accounts.api import PersonRef, people_by_ids
from portal.plugin_api import Actor

# Before comments are invited a proposal is for people who are signed in; a paused one, too.
FOR_EVERYBODY = ADOPTED | {
    Stage.OPEN,
    Stage.REVIEW,
    Stage.CONVERSATION,
    Stage.NOT_NOW,
    Stage.DELIVERY,
    Stage.EVALUATION,
    Stage.IMPROVEMENT,
    Stage.RETIRED,
}


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """The condition on `Proposal` that the actor may see it."""
    return visible_to(actor.is_signed_in)


def visible_to(signed_in: bool) -> sa.ColumnElement[bool]:
    """The same for anybody who is signed in, or anybody who is not."""
    if signed_in:
        return sa.true()
    return sa.or_(
        Proposal.stage.in_(sorted(FOR_EVERYBODY)),
        sa.and_(Proposal.stage == Stage.MERGED, _open_when_merged()),
    )


def _open_when_merged() -> sa.ColumnElement[bool]:
    """What has become part of another idea is for everybody if it was before: nobody opened it by joining."""
    move = aliased(Step)  # who asks may look at steps, too
    return (
        sa.select(move.id)
        .where(
            move.proposal_id == Proposal.id,
            move.stage == Stage.MERGED,
            move.before.in_(sorted(FOR_EVERYBODY)),
        )
        .correlate(Proposal)
        .exists()
    )


def id_of(session: Session, ref: str, actor: Actor) -> int | None:
    """The id of a proposal that the actor may see, by its address."""
    return session.scalar(sa.select(Proposal.id).where(Proposal.ref == ref, visible(actor)))


def names(session: Session, ids: Iterable[int | None]) -> Mapping[int, PersonRef]:
    """People by id, in one query; none when nobody is asked for."""
    wanted = {one for one in ids if one is not None}
    return people_by_ids(session, wanted) if wanted else {}


def credited(part: Contributor, people: Mapping[int, PersonRef]) -> str:
    """Somebody's name as they chose it for this proposal."""
    if part.person_id is None:
        return str(_("A contributor (account erased)"))
    return chosen(part, people) or str(_("A contributor"))


def said_by(comment: Comment, people: Mapping[int, PersonRef]) -> str:
    """Somebody's name as they chose it for this comment. Without one, nothing tells whether they make the
    idea: or a new name among its makers would tell whose comment it was.
    """
    if comment.person_id is None:
        return str(_("Somebody (account erased)"))
    return chosen(comment, people) or str(_("Somebody"))


def chosen(one: Contributor | Comment, people: Mapping[int, PersonRef]) -> str:
    """The name that somebody chose; empty where they chose none, or are erased."""
    if one.credit is Credit.PSEUDONYM:
        return one.pseudonym
    person = people.get(one.person_id or 0)
    return person.name if one.credit is Credit.NAME and person is not None else ""
