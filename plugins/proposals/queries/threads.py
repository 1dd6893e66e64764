"""What a course's own page tells of how it was designed."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.proposals.models import Proposal, Step
from plugins.proposals.queries.scope import visible
from plugins.proposals.states import Stage
from portal.plugin_api import Actor, CourseAction, ThreadEntry

_TELLS: dict[Stage, tuple[str, object]] = {
    Stage.IDEA: ("designed", _l("Somebody had the idea")),
    Stage.DRAFTING: ("designed", _l("People began to write it together")),
    Stage.OPEN: ("designed", _l("Everybody could say what they think")),
    Stage.CONVERSATION: ("decided", _l("Two sides saw it differently, and talked it over")),
    Stage.ADOPTED: ("decided", _l("It was decided to make it a course")),
    Stage.ADOPTED_CHANGED: ("decided", _l("It was decided to make it a course, with changes")),
    Stage.NOT_NOW: ("decided", _l("The answer was: not now")),
    Stage.EVALUATION: ("heard", _l("Those who came were asked how it was")),
    Stage.IMPROVEMENT: ("changed", _l("It is being improved with what they said")),
}


def thread_of_course(session: Session, course_id: int, actor: Actor) -> list[ThreadEntry]:
    """The steps of the proposal that it came from. One query."""
    rows = session.execute(
        sa.select(Step.stage, Step.at, Proposal.ref)
        .join(Proposal, Proposal.id == Step.proposal_id)
        .where(Proposal.course_id == course_id, visible(actor))
        .order_by(Step.id)
    )
    return [
        ThreadEntry(at, *_TELLS[stage], f"/proposals/{ref}")  # type: ignore[arg-type]
        for stage, at, ref in rows
        if stage in _TELLS
    ]


def action_of_course(session: Session, course_id: int, actor: Actor) -> list[CourseAction]:
    """The way to the people who are making it."""
    ref = session.scalar(
        sa.select(Proposal.ref).where(Proposal.course_id == course_id, visible(actor))
    )
    if ref is None:
        return []
    return [
        CourseAction(
            _l("See who is making it"),
            f"/proposals/{ref}",
            text=_l("You can read how it came to be, and ask to join."),
        )
    ]
