"""Saying that a block is wrong, and looking at it again: by somebody other than whoever decided it."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.audit.api import record
from portal.enrolment.models import AppealOutcome, Block, BlockAppeal, BlockEnd, How
from portal.enrolment.services import block_tasks, blocks, telling
from portal.enrolment.services.outcomes import NoSuchBlockError, RefusedError
from portal.plugin_api import Actor


def others(session: Session, block: Block, at: datetime) -> set[int]:
    """Who may look at a block beside whoever decided it, and whoever it is about."""
    return blocks.deciders(session, at) - {block.by_id or 0, block.person_id}


def may_look_again(session: Session, actor: Actor, block: Block, at: datetime) -> bool:
    """Whether it is for this actor: not about themselves, nor their own decision where there are others."""
    if actor.person_id == block.person_id:
        return False
    return actor.person_id != block.by_id or not others(session, block, at)


def appeal(
    session: Session,
    actor: Actor,
    block_id: int,
    words: str,
    *,
    today: date,
    at: datetime,
    how: How = How.ONLINE,
) -> int:
    """Somebody says that their block is wrong; the appeal's id. While one waits, it is that one.

    Raises:
        RefusedError: nothing is said, or the block is over.
    """
    if not words.strip():
        raise RefusedError("words", _l("Write what you want us to know"))
    block = blocks.locked(session, block_id)
    if not blocks.holds(block, at):
        raise RefusedError("", _l("This is over already. You can take places again."))
    waits = session.scalar(
        sa.select(BlockAppeal.id).where(
            BlockAppeal.block_id == block_id, BlockAppeal.answered_at.is_(None)
        )
    )
    if waits is not None:
        return waits
    row = BlockAppeal(
        block_id=block_id,
        words=words.strip(),
        how=how,
        written_by_id=None if actor.person_id == block.person_id else actor.person_id,
        at=at,
        answer="",
    )
    session.add(row)
    session.flush()
    details = {"block": block_id, "appeal": row.id, "how": how.value}
    record(session, actor, "enrolment:block:appealed", ("person", block.person_id), details=details)
    block_tasks.ask_for_answer(session, row, block, today)
    return row.id


def answer(
    session: Session,
    actor: Actor,
    appeal_id: int,
    *,
    outcome: AppealOutcome,
    words: str,
    at: datetime,
) -> bool:
    """Answer an appeal: the block stands, or ends now. False when it had been answered.

    Raises:
        RefusedError: it is not for the actor to answer, or there are no words.
        NoSuchBlockError: there is no such appeal.
    """
    row = session.scalar(
        sa.select(BlockAppeal)
        .where(BlockAppeal.id == appeal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NoSuchBlockError(appeal_id)
    block = blocks.locked(session, row.block_id)
    _must_be_somebody_else(session, actor, block, at)
    if row.answered_at is not None:
        return False
    if not words.strip():
        raise RefusedError("answer", _l("Write the answer"))
    row.outcome, row.answer = outcome, words.strip()
    row.answered_at, row.answered_by_id = at, actor.person_id
    session.flush()
    record(
        session,
        actor,
        "enrolment:block:appeal_answered",
        ("person", block.person_id),
        details={"block": block.id, "appeal": row.id, "outcome": outcome.value},
    )
    block_tasks.close_appeal(session, row.id)
    telling.appeal_answered(session, block.person_id, row.id)
    if outcome is AppealOutcome.LIFTED and blocks.holds(block, at):
        blocks.end(session, actor, block, BlockEnd.LIFTED, at)
    return True


def review(session: Session, actor: Actor, block_id: int, *, stands: bool, at: datetime) -> bool:
    """Somebody has looked at a block again: it stands to its last day, or ends now. False when it was over.

    Raises:
        RefusedError: it is not for the actor to look at.
        NoSuchBlockError: there is no such block.
    """
    block = blocks.locked(session, block_id)
    _must_be_somebody_else(session, actor, block, at)
    if not blocks.holds(block, at):
        return False
    block.reviewed_at, block.reviewed_by_id = at, actor.person_id
    record(
        session,
        actor,
        "enrolment:block:reviewed",
        ("person", block.person_id),
        details={"block": block.id, "stands": stands},
    )
    block_tasks.close_review(session, block.id)
    if not stands:
        blocks.end(session, actor, block, BlockEnd.LIFTED, at)
    return True


def _must_be_somebody_else(session: Session, actor: Actor, block: Block, at: datetime) -> None:
    blocks.must_not_be_ones_own(actor, block.person_id)
    if not may_look_again(session, actor, block, at):
        raise RefusedError(
            "", _l("You decided this yourself, so somebody else looks at it. Please ask them.")
        )
