"""What a course's own page tells of how it was designed."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from plugins.proposals.models import Contributor, Proposal, Step
from plugins.proposals.queries.scope import chosen, names, visible
from plugins.proposals.states import ADOPTED, Stage
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
    """The steps of the proposal that it came from, and who made it. Three queries.

    The story is everybody's also while the next version is drafted; the way to the text is not.
    """
    rows = session.execute(
        sa.select(Step.stage, Step.at, Proposal.ref, Proposal.id, visible(actor))
        .join(Proposal, Proposal.id == Step.proposal_id)
        .where(Proposal.course_id == course_id)
        .order_by(Step.id)
    ).all()
    last = next((n for n in reversed(range(len(rows))) if rows[n][0] in ADOPTED), None)
    found = []
    for n, (stage, at, ref, key, open_to_actor) in enumerate(rows):
        url = f"/proposals/{ref}" if open_to_actor else ""
        if n == last:
            found.append(ThreadEntry(at, "designed", _made_by(session, key), url))
        if stage in _TELLS:
            found.append(ThreadEntry(at, *_TELLS[stage], url))  # type: ignore[arg-type]
    return found


def _made_by(session: Session, proposal_id: int) -> str:
    """Everybody who made it, those with a name as they chose it; the others are counted."""
    parts = session.scalars(
        sa.select(Contributor)
        .where(Contributor.proposal_id == proposal_id)
        .order_by(Contributor.id)
    ).all()
    people = names(session, [one.person_id for one in parts])
    named = [name for one in parts if (name := chosen(one, people))]
    others = len(parts) - len(named)
    if not named:
        return str(ngettext("%(num)d person made it", "%(num)d people made it together", others))
    if not others:
        return str(_("Made by: %(names)s", names=", ".join(named)))
    more = ngettext(
        "Made by: %(names)s, and %(num)d person more",
        "Made by: %(names)s, and %(num)d people more",
        others,
        names=", ".join(named),
    )
    return str(more)


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
