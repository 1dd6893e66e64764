"""The nightly run that lets go of what has been kept long enough, in every part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.orm import Session

from portal import clock
from portal.db import run_unit, unit_of_work
from portal.logs import describe
from portal.privacy.services import retention

log = structlog.get_logger(__name__)


class NotAllError(Exception):
    """Some parts failed; the others were let go of. The message names them."""


def let_go(until: datetime | None = None, told: Callable[[str], None] = lambda _key: None) -> None:
    """Let go in every part, each lot in a unit of its own. Past `until` the rest waits for the next night.

    A part that fails keeps no other waiting. Needs an app context.

    Raises:
        NotAllError: some parts failed.
    """
    with unit_of_work("read") as session:
        everything = retention.all_kept(session)
    failed = []
    for kept in everything:
        try:
            if not _let_go_of(kept, until):
                return
        except Exception as error:  # noqa: BLE001 - a part's own code: noted, and raised below
            log.error("retention_failed", table=kept.key, **describe(error))
            run_unit(partial(retention.note_failure, key=kept.key, error=error))
            failed.append(kept.key)
        told(kept.key)
    if failed:
        raise NotAllError(", ".join(failed))


def _let_go_of(kept: retention.Kept, until: datetime | None) -> bool:
    """False when the time was over before the table was done."""
    at = clock.now()
    run_unit(partial(retention.begin, key=kept.key, at=at))

    def step(session: Session) -> bool:
        return retention.step(session, kept, at)

    while run_unit(step):
        if until is not None and clock.now() >= until:
            return False
    return True
