"""What the tables of stopped places keep about people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.enrolment.models import Block, BlockAppeal, BlockEnd
from portal.enrolment.privacy.places import NOBODY, plain_rows
from portal.enrolment.services.merging import merge_room
from portal.plugin_api import EraseMode, Erasure, PrivacySource

BASIS = _l("Legitimate interests: keeping courses safe, with decisions that can be questioned")
HELD = _l(
    "That a decision was made, and by whom it was looked at, stays visible. No name, no words."
)


def export_blocks(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """What was decided about the person, and why."""
    return plain_rows(
        session,
        sa.select(
            Block.reason,
            Block.starts_at,
            Block.ends_at,
            Block.review_on,
            Block.reviewed_at,
            Block.ended_at,
            Block.ended_how,
        )
        .where(Block.person_id == person_id)
        .order_by(Block.id),
    )


def erase_blocks(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - the words go either way
    """Why is forgotten, and what holds ends; that it was decided stays, of a person without a name."""
    rows = session.scalars(sa.select(Block).where(Block.person_id == person_id)).all()
    for row in rows:
        row.reason = NOBODY
        if row.ended_at is None:
            row.ended_at, row.ended_how = clock.now(), BlockEnd.LIFTED
    session.flush()
    return Erasure("block", held=len(rows), reason=HELD if rows else "")


def export_appeals(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """What the person said against it, and the answers."""
    mine = sa.select(Block.id).where(Block.person_id == person_id)
    return plain_rows(
        session,
        sa.select(
            BlockAppeal.words,
            BlockAppeal.how,
            BlockAppeal.at,
            BlockAppeal.outcome,
            BlockAppeal.answer,
            BlockAppeal.answered_at,
        )
        .where(BlockAppeal.block_id.in_(mine))
        .order_by(BlockAppeal.id),
    )


def erase_appeals(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them."""
    mine = sa.select(Block.id).where(Block.person_id == person_id)
    gone = session.execute(
        sa.delete(BlockAppeal).where(BlockAppeal.block_id.in_(mine)).returning(BlockAppeal.id)
    )
    return Erasure("block_appeal", erased=len(gone.all()))


SOURCES = (
    PrivacySource(
        table="block_appeal",
        subject="block_id, written_by_id, answered_by_id",
        what=_l("What you said about a decision to stop your places, and our answer"),
        purpose=_l("So that you can say that a decision about your places is wrong"),
        lawful_basis=BASIS,
        sensitivity="special",
        retention=_l("As long as the decision it is about"),
        export=export_appeals,
        erase=erase_appeals,
        merge=merge_room,
    ),
    PrivacySource(
        table="block",
        subject="person_id, by_id, reviewed_by_id, ended_by_id",
        what=_l("A decision to stop your places, with its reason and its end"),
        on_erasure="pseudonymise",
        purpose=_l("To stop somebody's places for a time, with a reason, a review and an end"),
        lawful_basis=BASIS,
        sensitivity="special",
        retention=_l("As long as the college runs, without your name and the reason once erased"),
        export=export_blocks,
        erase=erase_blocks,
        merge=merge_room,
    ),
)
