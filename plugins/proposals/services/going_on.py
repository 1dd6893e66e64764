"""Steps of a proposal that those who make it take, and what time does by itself."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals import states
from plugins.proposals.models import Proposal, Relation, RelationState
from plugins.proposals.policies import COMMENT_DAYS, MORE_TIME
from plugins.proposals.services.store import load, rules_of, save
from plugins.proposals.services.taking_part import look_for_steward, steward_key
from plugins.proposals.services.telling import tell_parts
from plugins.proposals.services.writing import keep_version, texts_now
from plugins.proposals.states import RefusedError, Stage, Why
from portal.audit import api as audit
from portal.desk.api import close_task, had_task
from portal.plugin_api import SYSTEM, Actor, now, setting

_AT_ONCE = 200


def take_step(
    session: Session, actor: Actor, proposal_id: int, expected: Stage | None = None
) -> None:
    """One step on: to drafting, to everybody's comments, to review; from where it was `expected` to stand.

    Raises:
        GoneError, RefusedError: STAGE, NOT_HERE, PERSPECTIVES.
    """
    loaded = load(session, proposal_id)
    if expected is not None and loaded.row.stage is not expected:
        raise RefusedError(Why.STAGE)
    after = states.take_step(loaded.state, loaded.part_of(actor.person_id))
    if after.stage is Stage.OPEN:
        days = int(setting(session, COMMENT_DAYS))
        loaded.row.until = now().date() + timedelta(days=days)
    elif after.stage is Stage.REVIEW:
        loaded.row.until = None
    save(session, actor, loaded, after, "proposals:proposal:step")


def more_time(session: Session, actor: Actor, proposal_id: int) -> None:
    """Two weeks more for comments, as often as anybody who makes it likes, without a reason.

    Raises:
        GoneError, RefusedError: NOT_HERE, STAGE.
    """
    loaded = load(session, proposal_id)
    loaded.part_of(actor.person_id)
    if loaded.row.stage is not Stage.OPEN or loaded.row.until is None:
        raise RefusedError(Why.STAGE)
    loaded.row.until = max(loaded.row.until, now().date()) + MORE_TIME
    session.flush()
    audit.record(session, actor, "proposals:proposal:more_time", ("proposal", proposal_id))


def pause(session: Session, actor: Actor, proposal_id: int) -> None:
    """Rest, without a reason and without losing anything.

    Raises:
        GoneError, RefusedError: STAGE, NOT_HERE.
    """
    loaded = load(session, proposal_id)
    after = states.pause(loaded.state, loaded.part_of(actor.person_id))
    save(session, actor, loaded, after, "proposals:proposal:pause")


def resume(session: Session, actor: Actor, proposal_id: int) -> None:
    """Go on where it was.

    Raises:
        GoneError, RefusedError: STAGE, NOT_HERE.
    """
    loaded = load(session, proposal_id)
    after = states.resume(loaded.state, loaded.part_of(actor.person_id))
    save(session, actor, loaded, after, "proposals:proposal:resume")


def agree_to_end(session: Session, actor: Actor, proposal_id: int) -> bool:
    """The actor would end it. True when that was everybody, and it is withdrawn.

    Raises:
        GoneError, RefusedError: STAGE, NOT_HERE.
    """
    loaded = load(session, proposal_id)
    first = not loaded.state.ending
    after = states.agree_to_withdraw(loaded.state, loaded.part_of(actor.person_id))
    save(session, actor, loaded, after, "proposals:proposal:agree_to_end")
    if after.stage is Stage.WITHDRAWN:
        return True
    if first:
        key = f"end:{now():%Y%m%d}"
        tell_parts(session, loaded, "proposals:yes_needed", key=key, but=actor.person_id)
    return False


def keep_going(session: Session, actor: Actor, proposal_id: int) -> None:
    """The actor takes their yes to ending it back.

    Raises:
        GoneError, RefusedError: NOT_HERE.
    """
    loaded = load(session, proposal_id)
    after = states.keep_going(loaded.state, loaded.part_of(actor.person_id))
    save(session, actor, loaded, after, "proposals:proposal:keep_going")


def advance(session: Session, actor: Actor, proposal_id: int, to: Stage) -> None:
    """A step in the life of the course that it became; who may is for the caller to ask.

    Raises:
        GoneError, RefusedError: STAGE, NOT_HERE.
    """
    loaded = load(session, proposal_id)
    after = states.advance(loaded.state, to)
    if after.version != loaded.state.version:
        keep_version(session, loaded, None, texts_now(session, proposal_id), after.version)
    save(session, actor, loaded, after, "proposals:proposal:advance")


def write_again(session: Session, actor: Actor, proposal_id: int) -> None:
    """After a "not now": write its next version, once what would change the answer is there.

    Raises:
        GoneError, RefusedError: STAGE, NOT_HERE.
    """
    loaded = load(session, proposal_id)
    part = loaded.part_of(actor.person_id)
    after = states.write_again(loaded.state, part)
    keep_version(session, loaded, part, texts_now(session, proposal_id), after.version)
    save(session, actor, loaded, after, "proposals:proposal:write_again")


def follow_time(session: Session) -> int:
    """Pause what nobody was found for, and turn merges that were not agreed into links; how many.

    What looks for somebody since an erasure is put on the desk.
    """
    at, rules, done = now(), rules_of(session), 0
    looking = sa.select(Proposal).where(
        Proposal.stage == Stage.STEWARD, Proposal.steward_until > at
    )
    for row in session.scalars(looking.order_by(Proposal.id).limit(_AT_ONCE)):
        if not had_task(session, steward_key(row)):
            look_for_steward(session, row)
    waiting = session.scalars(
        sa.select(Proposal.id)
        .where(Proposal.stage == Stage.STEWARD, Proposal.steward_until <= at)
        .order_by(Proposal.id)
        .limit(_AT_ONCE)
    ).all()
    for proposal_id in waiting:
        loaded = load(session, proposal_id)
        after = states.steward_over(loaded.state, at=at)
        if after != loaded.state:
            close_task(session, steward_key(loaded.row))
            save(session, SYSTEM, loaded, after, "proposals:proposal:pause")
            done += 1
    silent = session.scalars(
        sa.select(Relation)
        .where(Relation.state == RelationState.ASKED, Relation.asked_at <= at - rules.silence)
        .order_by(Relation.id)
        .limit(_AT_ONCE)
        .with_for_update()
    ).all()
    for relation in silent:
        relation.state, relation.settled_at = RelationState.RELATED, at
        subject = ("proposal", relation.source_id)
        audit.record(session, SYSTEM, "proposals:merge:related", subject)
        done += 1
    session.flush()
    return done
