"""Whether somebody may be given anything, asked under a lock: a block that is being decided waits for whoever
asks, and whoever asks waits for it. So neither slips past the other.

Whoever asks has locked the run before; whoever decides has locked the person's runs before. SQLite writes one
at a time anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.db import dialect_name
from portal.enrolment.queries.blocks import refused_among
from portal.enrolment.services.outcomes import BlockedError

_LOCK = 7_237  # any number that only this file uses


def refuse(session: Session, people: Iterable[int | None], at: datetime) -> None:
    """Do nothing when none of these is blocked at that instant, or erased; neither happens to them before the
    commit.

    Raises:
        BlockedError: one of them is.
    """
    asked = sorted({person_id for person_id in people if person_id is not None})
    if dialect_name(session) == "postgresql":
        for person_id in asked:
            session.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_LOCK, person_id)))
    if refused_among(session, asked, at):
        raise BlockedError


def wait_for_others(session: Session, person_id: int) -> None:
    """Until the commit nobody else gives this person anything; what was being given has been, or will be
    refused.
    """
    if dialect_name(session) == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK, person_id)))
