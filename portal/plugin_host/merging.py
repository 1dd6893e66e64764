"""Two records of one person become one: every installed part gives what points at the one to the other.

What each table does is declared; that nothing was left behind is looked up here, in the schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from portal.db import metadata
from portal.plugin_api.personal import Follow, FollowingPart, MergeFailedError, PrivacyPart
from portal.plugin_host.guard import GuardedError, guarded
from portal.plugin_host.personal import PERSON, parts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.plugin_host.registry import Registry


def pointers(table: str) -> list[sa.Column[int]]:
    """The columns of a table that point at a person; none when it is not in memory."""
    found = metadata.tables.get(table)
    keys = found.foreign_keys if found is not None else ()
    columns = [key.parent for key in keys if key.target_fullname.split(".")[0] == PERSON]
    return sorted(columns, key=lambda column: column.name)


def count(registry: Registry, session: Session, person_id: int) -> list[FollowingPart]:
    """How many rows of each source point at somebody, those without any left out.

    Raises:
        MergeFailedError: a part cannot be asked.
    """
    found = []
    for part in _working(registry, session):
        for source in part.sources:
            rows = _pointing(session, source.table, person_id)
            if rows:
                found.append(FollowingPart(part.name, part.title, source, rows))
    return found


def merge(registry: Registry, session: Session, kept_id: int, gone_id: int) -> None:
    """Let every source give the rows of one record to the other: plugins first, then the rooms from the top.

    Raises:
        MergeFailedError: a part failed, left something behind, or cannot be asked.
        Veto: a part says no, with the reason.
    """
    working = list(_working(registry, session))
    for part in reversed(working):
        for follow in _once_each(part):
            try:
                guarded(
                    registry,
                    part.name,
                    "merge",
                    session,
                    partial(_follow, follow, session, kept_id, gone_id),
                )
            except GuardedError as error:
                raise MergeFailedError(part.name, part.title) from error
    for part in working:
        for source in part.sources:
            if _pointing(session, source.table, gone_id):
                raise MergeFailedError(part.name, part.title)


def _working(registry: Registry, session: Session) -> Iterator[PrivacyPart]:
    for part in parts(registry, session):
        if not part.working:
            raise MergeFailedError(part.name, part.title)
        yield part


def _once_each(part: PrivacyPart) -> list[Follow]:
    return list(dict.fromkeys(source.merge for source in part.sources if source.merge))


def _follow(follow: Follow, session: Session, kept_id: int, gone_id: int) -> None:
    follow(session, kept_id, gone_id)
    session.flush()
    session.expire_all()


def _pointing(session: Session, table: str, person_id: int) -> int:
    columns = pointers(table)
    if not columns:
        return 0
    chosen = sa.select(sa.func.count()).select_from(columns[0].table)
    found = session.scalar(chosen.where(sa.or_(*(column == person_id for column in columns))))
    return found or 0
