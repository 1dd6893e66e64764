"""Two people who must not share a group: handled where places are given away, without saying why."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.audit.api import record
from portal.enrolment.models import KeepApart
from portal.plugin_api import Actor


def keep_apart(session: Session, actor: Actor, one: int, other: int, *, at: datetime) -> int:
    """See to it that these two get no places in one group from now on; the pair's id.

    Places they have already stay: somebody talks to both. The record names no reason.

    Raises:
        ValueError: that is one person.
    """
    if one == other:
        raise ValueError("nobody is kept apart from themselves")
    first, second = sorted((one, other))
    pair = session.scalar(
        sa.select(KeepApart).where(KeepApart.one_id == first, KeepApart.other_id == second)
    )
    if pair is None:
        pair = KeepApart(one_id=first, other_id=second, by_id=actor.person_id, at=at)
        session.add(pair)
        session.flush()
        record(session, actor, "enrolment:apart:kept", ("keep_apart", pair.id))
    return pair.id


def end_keep_apart(session: Session, actor: Actor, pair_id: int) -> None:
    """They may share a group again. Nothing is written of what had ended before."""
    ended = sa.delete(KeepApart).where(KeepApart.id == pair_id).returning(KeepApart.id)
    if session.scalar(ended) is None:
        return
    record(session, actor, "enrolment:apart:ended", ("keep_apart", pair_id))
