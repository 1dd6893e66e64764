"""Letting go of what has been kept long enough: a few hundred rows at a time, each lot in a transaction of
its own.

How far a run has come stands in the database with the lot itself, so a worker that is killed loses nothing
and the next one goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.db import insert_once
from portal.plugin_api.dispatch import privacy_parts, setting
from portal.plugin_api.personal import Keeping, PrivacySource
from portal.privacy.models import RetentionRun

LOT = 200  # rows let go in one transaction: a few milliseconds of the write lock


@dataclass(frozen=True, slots=True)
class Kept:
    """One time that is set for one table."""

    key: str
    part: str
    source: PrivacySource
    keeping: Keeping


def all_kept(session: Session) -> list[Kept]:
    """Every time that a part has set, in the order of erasing: what hangs on something goes before it."""
    parts = reversed(privacy_parts(session))
    return [one for part in parts for one in kept_of(part.sources, part.name)]


def kept_of(sources: Iterable[PrivacySource], part: str = "") -> Iterator[Kept]:
    """The times that these declarations set."""
    for source in sources:
        for keeping in source.keeping:
            name = f":{keeping.name}" if keeping.name else ""
            yield Kept(f"{source.table}{name}", part, source, keeping)


def due(session: Session, keeping: Keeping, at: datetime) -> sa.Select[Any]:
    """The ids of rows whose time has come, from the smallest."""
    days = int(setting(session, keeping.setting)) if keeping.setting else keeping.days
    ids = keeping.due(session, at - timedelta(days=days)).subquery()
    return sa.select(ids.c[0]).order_by(ids.c[0])


def count_due(session: Session, keeping: Keeping, at: datetime) -> int:
    """How many rows would be let go."""
    chosen = due(session, keeping, at).order_by(None).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(chosen)) or 0


def begin(session: Session, key: str, at: datetime) -> None:
    """A run of this table begins; one that was cut off goes on from where it was."""
    insert_once(
        session, RetentionRun, key=key, started_at=at, after_id=0, done=0, last_done=0, failed=""
    )
    run = _locked(session, key)
    if run.finished_at is not None:
        run.started_at, run.finished_at, run.after_id, run.done = at, None, 0, 0
    session.flush()


def step(session: Session, kept: Kept, at: datetime) -> bool:
    """Let one lot go, and note how far that was. False once there is nothing more."""
    run = _locked(session, kept.key)
    if run.finished_at is not None:
        return False  # somebody else did the rest meanwhile
    chosen = due(session, kept.keeping, at)
    ids = session.scalars(chosen.where(chosen.selected_columns[0] > run.after_id).limit(LOT)).all()
    if ids:
        kept.keeping.forget(session, ids)
        run.after_id, run.done = ids[-1], run.done + len(ids)
    if len(ids) < LOT:
        run.finished_at, run.last_done, run.failed = at, run.done, ""
    session.flush()
    return run.finished_at is None


def note_failure(session: Session, key: str, error: BaseException) -> None:
    """This table could not be let go of: the health page says so until a run ends well."""
    _locked(session, key).failed = type(error).__name__[:100]
    session.flush()


def _locked(session: Session, key: str) -> RetentionRun:
    return session.scalars(
        sa.select(RetentionRun)
        .where(RetentionRun.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
