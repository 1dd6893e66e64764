"""History: what every change leaves behind, in its own transaction.

One call writes the row that coordinators read, the audit entry, and a new version of the catalogue.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.api import record as record_audit
from portal.courses.models import CatalogueVersion, ChangeKind, CourseChange
from portal.courses.services.errors import Clash, StaleEditError
from portal.db import dialect_name, table_of
from portal.plugin_api import Actor

Changes = dict[str, list[Any]]
CHANCES = 50_000
CATALOGUE_ROWS = range(1, 17)
_ROW = "catalogue_row"  # key in session.info


def plain(value: object) -> Any:
    """The value as JSON holds it."""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return value


def apply(row: object, values: Mapping[str, Any]) -> Changes:
    """Set the values that differ and return them as field → [old, new]."""
    changes: Changes = {}
    for field, new in values.items():
        old = getattr(row, field)
        if old != new:
            changes[field] = [plain(old), plain(new)]
            setattr(row, field, new)
    return changes


def note(
    session: Session,
    actor: Actor,
    kind: ChangeKind,
    subject_id: int,
    action: str,
    *,
    course_id: int | None,
    why: str = "",
    changes: Changes | None = None,
) -> None:
    """Write one change into the history and the audit record, and count the catalogue up.

    The audit entry names the changed fields only; what they held stays in the history.
    """
    changes = changes or {}
    session.add(
        CourseChange(
            subject_kind=kind,
            subject_id=subject_id,
            course_id=course_id,
            action=action,
            at=clock.now(),
            actor_person_id=actor.person_id,
            why=why.strip(),
            changes=changes,
        )
    )
    record_audit(
        session,
        actor,
        f"courses:{kind.value}:{action}",
        (kind.value, subject_id),
        reason=why.strip(),
        details={"fields": sorted(changes)},
    )
    bump_catalogue(session)


def bump_catalogue(session: Session) -> None:
    """Count the catalogue's version up: every answer kept by a browser is then out of date.

    A session keeps to one of the rows, so that two transactions seldom wait for each other here, and
    one that changes much waits once.
    """
    session.flush()
    row = session.info.setdefault(_ROW, secrets.choice(CATALOGUE_ROWS))
    # The instant in milliseconds, then some digits of chance: no copy of the data, restored or emptied,
    # ever counts with a number that stood for something else. The sum of all rows fits 63 bits.
    instant = int(clock.now().timestamp() * 1000) * CHANCES + secrets.randbelow(CHANCES)
    session.execute(_count_up(dialect_name(session)), {"id": row, "version": instant})


@cache
def _count_up(dialect: str) -> sa.Insert:
    """Insert a row of the catalogue's version, or make it greater than both its old and its new number."""
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(table_of(CatalogueVersion))
    following, proposed = insert.table.c.version + 1, insert.excluded.version
    counted: sa.Insert = insert.on_conflict_do_update(
        index_elements=["id"],
        set_={"version": sa.case((following > proposed, following), else_=proposed)},
    )
    return counted


def check_version(
    session: Session,
    kind: ChangeKind,
    row: Any,
    version: int,
    typed: Mapping[str, Any],
) -> None:
    """Do nothing when the row still has the version that the person saw.

    Raises:
        StaleEditError: it has moved on; carries both texts, put together as far as they fit.
    """
    if row.version == version:
        return
    seen = _as_seen(session, kind, row, version, typed)
    merged: dict[str, Any] = {}
    clashes: list[Clash] = []
    for field, mine in typed.items():
        saved = getattr(row, field)
        if plain(mine) == seen[field]:
            merged[field] = saved
            continue
        merged[field] = mine
        if plain(saved) not in (seen[field], plain(mine)):
            clashes.append(Clash(field, saved, mine))
    raise StaleEditError(row.version, merged, tuple(clashes))


def _as_seen(
    session: Session, kind: ChangeKind, row: Any, version: int, fields: Iterable[str]
) -> dict[str, Any]:
    """The fields as they stood at an older version: today's values with later changes taken back."""
    seen = {field: plain(getattr(row, field)) for field in fields}
    later = session.scalars(
        sa.select(CourseChange.changes)
        .where(CourseChange.subject_kind == kind, CourseChange.subject_id == row.id)
        .order_by(CourseChange.id.desc())
    )
    for changes in later:
        if "version" not in changes or changes["version"][0] is None:
            continue
        if changes["version"][0] < version:
            break
        seen.update({field: pair[0] for field, pair in changes.items() if field in seen})
    return seen
