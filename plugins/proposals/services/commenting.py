"""What people say about a section, and the answer with thanks."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals.models import Answer, Comment, CommentKind, Credit
from plugins.proposals.services.store import GoneError, load
from plugins.proposals.states import EARLY, WITH_TEXT, RefusedError, Why
from plugins.proposals.texts import SECTIONS
from portal.audit import api as audit
from portal.plugin_api import Actor, now


def comment(
    session: Session,
    actor: Actor,
    proposal_id: int,
    key: str,
    kind: CommentKind,
    words: str,
    credit: Credit = Credit.NONE,
    pseudonym: str = "",
    *,
    among: bool = False,
) -> int:
    """Say something about a section: whoever makes it at any time, others once comments are invited.

    Whoever has a part in it, now or before, is named as there; everybody else as they choose here.

    What those who make it say before comments are invited stays among them for good; so does what one of
    them began to write then (`among`), wherever it stands by now.

    Returns the comment's id.

    Raises:
        GoneError: no such section.
        RefusedError: NOT_HERE, STAGE.
    """
    if key not in SECTIONS:
        raise GoneError
    loaded = load(session, proposal_id)
    stage = loaded.row.stage
    if stage not in WITH_TEXT:
        raise RefusedError(Why.STAGE)
    part = loaded.state.of_person(actor.person_id)
    makes_it = part is not None and part.active
    if actor.person_id is None or ((stage in EARLY or among) and not makes_it):
        raise RefusedError(Why.NOT_HERE)
    mine = next((one for one in loaded.people if one.person_id == actor.person_id), None)
    if mine is not None:
        credit, pseudonym = mine.credit, mine.pseudonym
    row = Comment(
        proposal_id=proposal_id,
        key=key,
        kind=kind,
        person_id=actor.person_id,
        credit=credit,
        pseudonym=pseudonym if credit is Credit.PSEUDONYM else "",
        words=words,
        among=among or stage in EARLY,
        version=loaded.row.version,
        at=now(),
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "proposals:comment:write", ("proposal", proposal_id))
    return row.id


def take_name_off(session: Session, actor: Actor, proposal_id: int, comment_id: int) -> None:
    """What the actor said stands without a name from now on.

    Raises:
        GoneError: no such comment of theirs on this proposal.
    """
    load(session, proposal_id)
    mine = (
        sa.update(Comment)
        .where(
            Comment.id == comment_id,
            Comment.proposal_id == proposal_id,
            Comment.person_id == actor.person_id,
        )
        .values(credit=Credit.NONE, pseudonym="")
    )
    if not session.execute(mine.returning(Comment.id)).all():
        raise GoneError
    audit.record(session, actor, "proposals:comment:take_name_off", ("proposal", proposal_id))


def answer(
    session: Session, actor: Actor, proposal_id: int, comment_id: int, said: Answer, thanks: str
) -> None:
    """Take what somebody said, or not, and thank them. The first answer stands.

    Raises:
        GoneError: no such comment on this proposal.
        RefusedError: NOT_HERE; ANSWERED, where somebody said something else before.
    """
    loaded = load(session, proposal_id)
    loaded.part_of(actor.person_id)
    row = session.scalar(
        sa.select(Comment)
        .where(Comment.id == comment_id, Comment.proposal_id == proposal_id)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise GoneError
    if row.answer is not None and (row.answer, row.thanks) != (said, thanks):
        raise RefusedError(Why.ANSWERED)
    if row.answer is None:
        row.answer, row.thanks, row.answered_at = said, thanks, now()
        session.flush()
        audit.record(session, actor, "proposals:comment:answer", ("proposal", proposal_id))
