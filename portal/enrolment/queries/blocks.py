"""What is known of blocks: who is blocked at an instant, one block with its appeals, all that are open."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.api import erased_among
from portal.db import UTCDateTime, table_of
from portal.enrolment.models import (
    Block,
    BlockAppeal,
    Enrolment,
    EnrolmentState,
    WaitBody,
    WaitEntry,
    WaitState,
)
from portal.one_of import one_of

# Asked for every place that is taken. Of tables: the same statement, without the ORM's part in running it.
_BLOCK = table_of(Block)
_HOLDS = sa.and_(
    _BLOCK.c.ended_at.is_(None),
    _BLOCK.c.starts_at <= sa.bindparam("at", type_=UTCDateTime()),
    _BLOCK.c.ends_at > sa.bindparam("at", type_=UTCDateTime()),
)
_BLOCKED = sa.select(_BLOCK.c.person_id).where(one_of(_BLOCK.c.person_id, "people"), _HOLDS)
_REFUSED = sa.union_all(_BLOCKED, erased_among("people"))


@dataclass(frozen=True, slots=True)
class BlockLine:
    """A block that holds, for a list. `appealed`: an appeal waits for its answer."""

    block: Block
    appealed: bool


def refused_among(session: Session, ids: Collection[int], at: datetime) -> frozenset[int]:
    """Who of these is given nothing: blocked at that instant, or erased. One query."""
    if not ids:
        return frozenset()
    return frozenset(session.scalars(_REFUSED, {"people": sorted(ids), "at": at}))


def blocked_among(session: Session, ids: Collection[int], at: datetime) -> frozenset[int]:
    """Who of these is blocked at that instant. One query."""
    if not ids:
        return frozenset()
    given = {"people": sorted(ids), "at": at}
    return frozenset(person_id for (person_id,) in session.execute(_BLOCKED, given))


def block_at(session: Session, person_id: int, at: datetime) -> Block | None:
    """The block that holds for somebody at that instant."""
    return session.scalar(
        sa.select(Block)
        .where(
            Block.person_id == person_id,
            Block.ended_at.is_(None),
            Block.starts_at <= at,
            Block.ends_at > at,
        )
        .execution_options(populate_existing=True)
    )


def blocks_at(session: Session, at: datetime) -> Sequence[BlockLine]:
    """Every block that holds at that instant, the first to be reviewed first."""
    appealed = (
        sa.select(sa.literal(1))
        .where(BlockAppeal.block_id == Block.id, BlockAppeal.answered_at.is_(None))
        .correlate(Block)
        .exists()
    )
    rows = session.execute(
        sa.select(Block, appealed)
        .where(Block.ended_at.is_(None), Block.starts_at <= at, Block.ends_at > at)
        .order_by(Block.review_on, Block.id)
    )
    return [BlockLine(block, bool(waits)) for block, waits in rows]


def over_at(session: Session, at: datetime) -> Sequence[int]:
    """Ids of the blocks whose last day has passed, and which nobody has seen to."""
    return session.scalars(
        sa.select(Block.id).where(Block.ended_at.is_(None), Block.ends_at <= at).order_by(Block.id)
    ).all()


def appeals_of(session: Session, block_id: int) -> Sequence[BlockAppeal]:
    """What was said against a block, oldest first."""
    return session.scalars(
        sa.select(BlockAppeal).where(BlockAppeal.block_id == block_id).order_by(BlockAppeal.id)
    ).all()


def places_of(session: Session, person_id: int) -> Sequence[tuple[int, int]]:
    """(run, enrolment) of every place that has not ended, by run: the order in which runs are locked."""
    rows = session.execute(
        sa.select(Enrolment.run_id, Enrolment.id)
        .where(Enrolment.person_id == person_id, Enrolment.state == EnrolmentState.ENROLLED)
        .order_by(Enrolment.run_id)
    )
    return [(run_id, enrolment_id) for run_id, enrolment_id in rows]


def waits_of(session: Session, person_id: int) -> Sequence[int]:
    """The runs for which somebody waits or has an offer, in a party of their own or of somebody else."""
    return session.scalars(
        sa.select(WaitEntry.run_id)
        .join(WaitBody, WaitBody.entry_id == WaitEntry.id)
        .where(
            WaitBody.person_id == person_id,
            WaitEntry.state.in_((WaitState.WAITING, WaitState.OFFERED)),
        )
        .distinct()
        .order_by(WaitEntry.run_id)
    ).all()


def latest_block(session: Session, person_id: int) -> Block | None:
    """The last decision about somebody, over or not."""
    return session.scalar(
        sa.select(Block).where(Block.person_id == person_id).order_by(Block.id.desc()).limit(1)
    )
